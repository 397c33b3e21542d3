"""Who and what of a recording is drawn: a picture holds three processes, and a few regions of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cowviz.language import _
from cowviz.memory.events import FaultKind
from cowviz.record.inferred_events import ForkObserved, InferredEvent, RegionsSet, Touched
from cowviz.record.observations import Started
from cowviz.record.regions import RecordedRegion, Scope

MOST_PROCESSES = 3
MOST_REGIONS, MOST_STACKED = 6, 3  # of a process; where three processes share the picture
LEAST_SHARE = 50  # a region with less than a fiftieth of the largest's faults is left out
QUIET = ("library", "headers", "file")  # left out where nothing is asked for


@dataclass(frozen=True)
class Cast:
    """What a mirror follows."""

    scope: Scope
    pids: dict[int, int]  # the kernel's pid -> 1, 2, 3
    names: dict[int, tuple[str, ...]]  # by 1, 2, 3: at birth, and after each exec
    rename: dict[str, str]  # of regions: "anon" where there is only one
    left_out: int  # processes


def cast(inferred: Sequence[InferredEvent], scope: Scope) -> Cast:
    """Choose the processes with the most faults, in order of birth, and without a wish the regions with the most."""
    touches = [h for h in inferred if isinstance(h, Touched) and scope.holds(h.area)]
    born = _lives(inferred)
    if scope.only is None:
        quiet = _loaders(inferred)
        touches = [h for h in touches if h.area.kind not in QUIET and (h.pid, h.area.start) not in quiet] or touches
    faults = Counter(h.pid for h in touches)
    first = next(iter(born))
    chosen = sorted(
        [first, *[pid for pid in born if pid != first and faults[pid]]], key=lambda p: (p != first, -faults[p])
    )
    drawn = [pid for pid in born if pid in chosen[:MOST_PROCESSES]]
    touches = [h for h in touches if h.pid in drawn]
    if scope.only is None:
        most = MOST_STACKED if len(drawn) == MOST_PROCESSES else MOST_REGIONS
        scope = Scope(frozenset(_busiest(touches, most)) or None, scope.pages)
    pids = {pid: number for number, pid in enumerate(drawn, 1)}
    names = {pids[pid]: tuple(names) for pid, names in _named({pid: born[pid] for pid in drawn}).items()}
    left_out = sum(1 for pid in born if faults[pid] and pid not in drawn)
    return Cast(scope, pids, names, _renamed(inferred, scope, drawn), left_out)


def everyone(inferred: Sequence[InferredEvent]) -> Cast:
    """Return all processes and all regions."""
    lives = _lives(inferred)
    pids = {pid: number for number, pid in enumerate(lives, 1)}
    names = {pids[pid]: tuple(name or f"{pid}" for name in names) for pid, names in lives.items()}
    return Cast(Scope(), pids, names, {}, 0)


def _loaders(inferred: Sequence[InferredEvent]) -> set[tuple[int, int]]:
    """Anonymous regions that a process has before it runs anything of its own: those of the dynamic linker."""
    loading: set[int] = set()
    quiet: set[tuple[int, int]] = set()
    for happening in inferred:
        match happening:
            case Started(pid, is_running=False):
                loading.add(pid)
                quiet = {region for region in quiet if region[0] != pid}
            case RegionsSet(pid, areas) if pid in loading:
                quiet |= {(pid, area.start) for area in areas if area.kind == "anon"}
            case Touched(pid) if happening.area.kind == "text":
                loading.discard(pid)
            case ForkObserved(parent, child):
                quiet |= {(child, start) for pid, start in quiet if pid == parent}
    return quiet


def _busiest(touches: Iterable[Touched], most: int) -> list[str]:
    """The regions' names with the most faults; copies weigh double, they are what one looks for."""
    weight: Counter[str] = Counter()
    for touch in touches:
        weight[touch.area.name] += 2 if touch.kind is FaultKind.COW_COPY and touch.old is not None else 1
    top = max(weight.values(), default=0)
    return [name for name, n in weight.most_common()[:most] if n * LEAST_SHARE >= top]


def _lives(inferred: Iterable[InferredEvent]) -> dict[int, list[str | None]]:
    """Every process in order of birth, with the programs it ran; None for the one that it was born with by fork."""
    lives: dict[int, list[str | None]] = {}
    for happening in inferred:
        if isinstance(happening, Started):
            lives.setdefault(happening.pid, []).append(happening.program)
        elif isinstance(happening, ForkObserved):
            lives[happening.child] = [None]
    return lives


def _named(lives: dict[int, list[str | None]]) -> dict[int, list[str]]:
    """Parent and Child where one forked the other; the program's name where it runs one of its own."""
    children = [pid for pid, names in lives.items() if names[0] is None]
    result = {}
    for pid, names in lives.items():
        if names[0] is None:
            number = children.index(pid) + 1
            own = _("Child") if len(children) == 1 else _("Child {number}").format(number=number)
        else:
            own = _("Parent") if children and pid == next(iter(lives)) else names[0]
        result[pid] = [own, *[name or "?" for name in names[1:]]]
    return result


def _renamed(inferred: Iterable[InferredEvent], scope: Scope, drawn: Sequence[int]) -> dict[str, str]:
    """Anonymous regions are counted from 1 as they are drawn; a single one needs no number."""
    areas: dict[str, RecordedRegion] = {}
    for happening in inferred:
        if isinstance(happening, RegionsSet | ForkObserved):
            pid = happening.pid if isinstance(happening, RegionsSet) else happening.child
            if pid in drawn:
                areas |= {a.name: a for a in happening.areas if a.kind == "anon" and scope.holds(a)}
    numbered = [name for name in areas if name.startswith("anon ")]
    if len(numbered) == 1:
        return {numbered[0]: "anon"}
    return {name: f"anon {number}" for number, name in enumerate(numbered, 1)}
