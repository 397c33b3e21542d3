"""Cuts a recording into steps, each with a caption: at the marks of the program, else where what happens changes."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from cowviz.memory.events import Event, FaultRaised, Forked
from cowviz.memory.machine import Machine
from cowviz.memory.many_pages import MANY
from cowviz.record.captions import Part, caption
from cowviz.record.compaction import compacted
from cowviz.record.inferred_events import ForkObserved, InferredEvent, RegionsSet, Touched
from cowviz.record.machine_builder import MachineBuilder
from cowviz.record.observations import Marked, ProcessEnded, Reaped, Started
from cowviz.trace.model import Snapshot, Step

MOST_MOMENTS = 4  # phases of a step that are shown one after the other
SMALL = 8  # faults of a phase that is no step of its own before anything of note has happened


@dataclass
class Phase:
    """Happenings of one kind: they are shown at once."""

    key: Hashable
    before: Machine
    machine: Machine
    events: list[Event] = field(default_factory=list)
    mark: str | None = None  # begins with this mark

    @property
    def faults(self) -> int:
        return sum(isinstance(event, FaultRaised) for event in self.events)

    @property
    def is_turn(self) -> bool:
        """A fork, an exec, an end: never joined with other phases while there is another way."""
        return isinstance(self.key, str)


def steps(inferred: Iterable[InferredEvent], mirror: MachineBuilder, most: int) -> tuple[Step, ...]:
    """Return the steps of what is drawn, no more than ``most`` of them."""
    found = list(phases(inferred, mirror))
    groups = _by_marks(found) if any(phase.mark for phase in found) else _joined(_started(found), most)
    return tuple(Step(_caption(group), tuple(_snapshots(group))) for group in groups)


def phases(inferred: Iterable[InferredEvent], mirror: MachineBuilder) -> Iterator[Phase]:
    """Yield what is drawn, as neighbours of one kind."""
    phase: Phase | None = None
    mark = None
    for happening in inferred:
        if isinstance(happening, Marked):
            if mark is not None or phase:
                if phase:
                    yield phase
                if mark is not None:
                    yield Phase(("mark", mark), mirror.machine, mirror.machine, mark=mark)
                phase = None
            mark = happening.text
            continue
        before = mirror.machine
        events = mirror.follow(happening)
        is_aside = phase is not None and isinstance(happening, Reaped)  # no phase of its own
        if phase and (is_aside or not events):
            phase.events += events
            phase.machine = mirror.machine
        if is_aside or not events:
            continue
        key = _key(happening, events)
        if phase is None or key != phase.key or isinstance(key, str) or mark is not None:
            if phase:
                yield phase
            phase = Phase(key, before, mirror.machine, mark=mark)
            mark = None
        phase.events += events
        phase.machine = mirror.machine
    if phase:
        yield phase
    if mark is not None:
        yield Phase(("mark", mark), mirror.machine, mirror.machine, mark=mark)


def _key(happening: InferredEvent, events: Sequence[Event]) -> Hashable:
    match happening:
        case Touched(pid, _, kind, _, area):
            return pid, kind, area.name, happening.by_kernel
        case ForkObserved():
            return "fork" if any(isinstance(event, Forked) for event in events) else (happening.parent, "protect")
        case Started():
            return "start"
        case ProcessEnded():
            return "end"
        case RegionsSet(pid):
            return pid, "regions"
    return getattr(happening, "pid", 0), type(happening).__name__


def _started(phases: Sequence[Phase]) -> list[list[Phase]]:
    """What a program does before anything of note happens (the dynamic linker, libraries) is one step."""
    large = max((phase.faults for phase in phases), default=0)
    first = next((i for i, p in enumerate(phases) if i and (p.is_turn or p.faults >= max(SMALL, large // 20))), 0)
    while first > 1 and phases[first - 1].key[1:] == ("regions",) and not phases[first].is_turn:  # type: ignore[index]
        first -= 1
    head = [list(phases[: max(first, 1)])] if phases else []
    return head + [[phase] for phase in phases[max(first, 1) :]]


def _joined(groups: list[list[Phase]], most: int) -> list[list[Phase]]:
    """Neighbours joined, those with the fewest faults first, until there are no more than ``most``."""
    while len(groups) > most:

        def cost(i: int) -> tuple[bool, bool, int]:
            a, b = groups[i], groups[i + 1]
            turns = any(phase.is_turn for phase in a + b)
            return turns, _pid(a) != _pid(b), sum(phase.faults for phase in a + b)

        i = min(range(len(groups) - 1), key=cost)
        groups[i : i + 2] = [groups[i] + groups[i + 1]]
    return groups


def _by_marks(phases: Sequence[Phase]) -> list[list[Phase]]:
    groups: list[list[Phase]] = []
    for phase in phases:
        if phase.mark is not None or not groups:
            groups.append([])
        groups[-1].append(phase)
    return groups


def _pid(group: Sequence[Phase]) -> object:
    key = group[0].key
    return key[0] if isinstance(key, tuple) else key


def _snapshots(group: Sequence[Phase]) -> Iterator[Snapshot]:
    """One a phase, or one for many phases; a single fault is raised before it is resolved."""
    if len(group) > MOST_MOMENTS:
        if group[0].key == "start":
            yield Snapshot(group[0].machine, compacted(group[0].events, MANY))
            group = group[1:]
        yield Snapshot(group[-1].machine, compacted([event for phase in group for event in phase.events], MANY))
        return
    for phase in group:
        events = tuple(phase.events)
        if phase.faults == 1 and isinstance(events[0], FaultRaised):
            yield Snapshot(phase.before, events[:1])
            events = events[1:]
        yield Snapshot(phase.machine, compacted(events, MANY))


def _caption(group: Sequence[Phase]) -> str:
    return caption([Part(phase.events, phase.before, phase.machine) for phase in group], group[0].mark)
