"""Cuts a recording into steps, each with a caption: at the marks of the program, else where what happens changes."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from cowviz.kernel.captions import Tally, faults_caption, fitting
from cowviz.kernel.happenings import Happening, Laid, Split, Touched
from cowviz.kernel.mirror import Mirror
from cowviz.kernel.seen import Ended, Marked, Started
from cowviz.memory.events import (
    Advised,
    Event,
    Execed,
    Exited,
    FaultRaised,
    Forked,
    PagedOut,
    PagesMerged,
    RegionMapped,
    RegionUnmapped,
    WriteProtected,
)
from cowviz.memory.machine import Machine
from cowviz.story.trace import Snapshot, Step
from cowviz.story.words import count

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


def steps(happenings: Iterable[Happening], mirror: Mirror, most: int) -> tuple[Step, ...]:
    """The steps of what is drawn, no more than ``most`` of them."""
    found = list(phases(happenings, mirror))
    groups = _by_marks(found) if any(phase.mark for phase in found) else _joined(_started(found), most)
    return tuple(Step(_caption(group), tuple(_snapshots(group))) for group in groups)


def phases(happenings: Iterable[Happening], mirror: Mirror) -> Iterator[Phase]:
    """What is drawn, as neighbours of one kind."""
    phase: Phase | None = None
    mark = None
    for happening in happenings:
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
        if not events:
            if phase:
                phase.machine = mirror.machine
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


def _key(happening: Happening, events: Sequence[Event]) -> Hashable:
    match happening:
        case Touched(pid, _, kind, _, area):
            return pid, kind, area.name, happening.by_kernel
        case Split():
            return "fork" if any(isinstance(event, Forked) for event in events) else (happening.parent, "protect")
        case Started():
            return "start"
        case Ended():
            return "end"
        case Laid(pid):
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
            yield Snapshot(group[0].machine, tuple(group[0].events))
            group = group[1:]
        yield Snapshot(group[-1].machine, tuple([event for phase in group for event in phase.events]))
        return
    for phase in group:
        events = tuple(phase.events)
        if phase.faults == 1 and isinstance(events[0], FaultRaised):
            yield Snapshot(phase.before, events[:1])
            events = events[1:]
        yield Snapshot(phase.machine, events)


def _caption(group: Sequence[Phase]) -> str:
    """The program's own words and what they came to; or what happened."""
    turns = [text for text in map(_turn, group) if text]
    faults = [faults_caption(who, tally) for who, tally in _tallies(group) if tally.faults]
    mark = group[0].mark
    if mark is not None:
        return fitting([mark, *(faults or turns or ["No fault."])])
    regions = _regions([event for phase in group for event in phase.events], group[-1].machine)
    return fitting(turns + faults or [regions])


def _turn(phase: Phase) -> str:
    """A fork, an exec, a start or an end in words."""
    machine, words = phase.machine, []
    for event in phase.events:
        match event:
            case Forked(parent, child, pages):
                words.append(
                    f"{_name(machine, parent)} forks {_name(machine, child)}: {count(pages, 'PTE')} copied, no frame."
                )
            case Execed(pid, program):
                words.append(f"{_name(phase.before, pid)} runs {program}: its old memory is gone.")
            case Exited(pid, status, freed):
                words.append(f"{_name(machine, pid)} ends ({status}): {count(len(freed), 'frame')} free again.")
    if phase.key == "start" and not words:
        words = [f"{list(machine.processes.values())[-1].name} starts."]
    return " ".join(words)


def _tallies(group: Sequence[Phase]) -> list[tuple[str, Tally]]:
    found: dict[str, Tally] = {}
    for phase in group:
        for pid in dict.fromkeys(event.pid for event in phase.events if isinstance(event, FaultRaised)):
            tally = Tally.of(phase.events, phase.machine, pid)
            whole = found.setdefault(_name(phase.machine, pid), Tally())
            whole.kinds += tally.kinds
            whole.accesses |= tally.accesses
            for name, (first, vpns) in tally.pages.items():
                whole.pages.setdefault(name, (first, []))[1].extend(vpns)
    return list(found.items())


def _regions(events: Sequence[Event], machine: Machine) -> str:
    """New and lost regions in words."""
    words = []
    for event in events:
        if isinstance(event, RegionMapped):
            vma = machine.process(event.pid).vma(event.start)
            if vma:
                words.append(
                    f"{_name(machine, event.pid)} maps {vma.name}: {count(event.pages, 'page')}, no frame yet."
                )
        elif isinstance(event, RegionUnmapped):
            words.append(f"{_name(machine, event.pid)} gives back {count(event.pages, 'page')}.")
        elif isinstance(event, Advised):
            words.append(f"{_name(machine, event.pid)} calls madvise({event.advice.upper()}).")
        elif isinstance(event, PagedOut):
            words.append(f"{count(event.pages, 'page')} of {_name(machine, event.pid)} now in swap.")
        elif isinstance(event, PagesMerged):
            words.append(f"KSM merges equal pages: {count(event.pages, 'PTE')} on one frame.")
        elif isinstance(event, WriteProtected):
            words.append(f"{_name(machine, event.pid)} forks: {count(event.pages, 'page')} write-protected.")
    return " ".join(dict.fromkeys(words)) or "Memory changes."


def _name(machine: Machine, pid: int) -> str:
    return machine.process(pid).name
