"""The graph of a picture: pages and frames as nodes, PTEs as edges, the same nodes all through the movie.

Where memory is larger than a blackboard, a node stands for a run: neighbouring pages (or frames) to which the same
happens in every snapshot. Nothing here knows a coordinate.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

import networkx as nx

from cowviz.memory.machine import ZERO_PFN, Machine, Process, Prot, Vma
from cowviz.story.trace import Trace


class PageRun(NamedTuple):
    """Pages ``start`` to ``start + n - 1`` of a process; drawn as one bar."""

    pid: int
    start: int
    n: int

    @property
    def id(self) -> str:
        return f"page:{self.pid}:{self.start:x}"


class FrameRun(NamedTuple):
    """Frames ``start`` to ``start + n - 1``; drawn as one box. The zero page is ``FrameRun(ZERO_PFN, 1)``."""

    start: int
    n: int

    @property
    def id(self) -> str:
        return f"frame:{self.start}" if self.start != ZERO_PFN else "frame:zero"


Program = tuple[int, str]  # a pid and what it runs: exec gives a process another life, with pages of its own


def program(process: Process) -> Program:
    return process.pid, process.name


@dataclass(frozen=True)
class Nodes:
    """All page and frame runs that a movie ever shows, in address order."""

    pages: dict[Program, tuple[PageRun, ...]]
    regions: dict[Program, dict[str, range]]  # every vpn from a region's first to its last, by its name
    frames: tuple[FrameRun, ...]

    def page(self, process: Process, vpn: int) -> PageRun:
        return next(run for run in self.pages[program(process)] if run.start <= vpn < run.start + run.n)

    def row(self, process: Process, run: PageRun) -> int:
        return self.pages[program(process)].index(run)

    def frame(self, pfn: int) -> FrameRun:
        return next(run for run in self.frames if run.start <= pfn < run.start + run.n)

    def rows(self, pid: int) -> int:
        """The most bars that a process ever has."""
        return max(len(runs) for (owner, _), runs in self.pages.items() if owner == pid)


def nodes(trace: Trace, max_pages: Callable[[int], int], max_frames: int) -> Nodes:
    """The nodes of a movie: single pages and frames where they fit, else the runs to which the same happens.

    ``max_pages`` gives the bars that a pid may have. What is still too many is merged further, smallest runs first.
    """
    machines = [snapshot.machine for step in trace.steps for snapshot in step.snapshots]
    lives: dict[Program, list[Process]] = {}
    for process in (process for machine in machines for process in machine.processes.values()):
        lives.setdefault(program(process), []).append(process)
    everyone = [process for life in lives.values() for process in life]
    pages = {
        who: tuple(PageRun(who[0], *run) for run in _page_runs(life, everyone, max_pages(who[0])))
        for who, life in lives.items()
    }
    frames = tuple(FrameRun(start, n) for start, n in _frame_runs(machines, max_frames))
    zero = any(pte.pfn == ZERO_PFN for m in machines for p in m.living() for _, pte in p.table.items())
    regions = {who: _regions(life) for who, life in lives.items()}
    return Nodes(pages, regions, (*frames, *([FrameRun(ZERO_PFN, 1)] if zero else [])))


def _regions(life: Sequence[Process]) -> dict[str, range]:
    spans: dict[str, range] = {}
    for vma in (vma for process in life for vma in process.vmas):
        span = spans.get(vma.name, range(vma.start, vma.end))
        spans[vma.name] = range(min(span.start, vma.start), max(span.stop, vma.end))
    return spans


def graph(machine: Machine, of: Nodes) -> nx.DiGraph[str]:
    """Who maps what in one snapshot: nodes carry ``run``; an edge's ``ptes`` and ``writable`` count its entries."""
    result: nx.DiGraph[str] = nx.DiGraph()
    result.add_nodes_from((run.id, {"run": run}) for run in of.frames)
    for process in machine.living():
        for run in of.pages.get(program(process), ()):
            result.add_node(run.id, run=run)
            for _, pte in process.table.items(run.start, run.start + run.n):
                target = of.frame(pte.pfn).id
                edge = result.get_edge_data(run.id, target, {"ptes": 0, "writable": 0})
                writable = edge["writable"] + bool(pte.prot & Prot.W)
                result.add_edge(run.id, target, ptes=edge["ptes"] + 1, writable=writable)
    return result


def _page_runs(life: Sequence[Process], everyone: Sequence[Process], most: int) -> list[tuple[int, int]]:
    """Runs of a process's pages: (first vpn, pages). Relatives have the same runs, so that their rows correspond."""
    vpns = sorted({vpn for process in life for vma in process.vmas for vpn in range(vma.start, vma.end)})
    if len(vpns) <= most:
        return [(vpn, 1) for vpn in vpns]

    def same(vpn: int) -> Hashable:
        return tuple(_fate(process.vma(vpn), process, vpn) for process in everyone)

    def region(vpn: int) -> Hashable:
        return next(vma.name for process in life if (vma := process.vma(vpn)))

    return _merge(_runs(vpns, same), region, most)


def _fate(vma: Vma | None, process: Process, vpn: int) -> Hashable:
    if vma is None:
        return None
    pte = process.pte(vpn)
    if pte is None:
        return (vma.name, int(vma.prot))
    return (vma.name, int(vma.prot), int(pte.prot), "zero" if pte.pfn == ZERO_PFN else pte.pfn - vpn)


def _frame_runs(machines: Sequence[Machine], most: int) -> list[tuple[int, int]]:
    """Runs of the frames that are ever used; a machine that is small is shown whole, its free frames too."""
    total = machines[0].total_frames
    used = sorted({pfn for machine in machines for pfn, _ in machine.frames.items()})
    pfns = list(range(total)) if total <= most else used
    if len(pfns) <= most:
        return [(pfn, 1) for pfn in pfns]
    owners: dict[int, list[Hashable]] = {pfn: [] for pfn in pfns}
    for machine in machines:
        mapped: dict[int, list[tuple[int, int]]] = {}
        for process in machine.living():
            for vpn, pte in process.table.items():
                mapped.setdefault(pte.pfn, []).append((process.pid, vpn - pte.pfn))
        for pfn in pfns:
            frame = machine.frames.get(pfn)
            owners[pfn].append((frame and frame.content, tuple(mapped.get(pfn, ()))))
    return _merge(_runs(pfns, lambda pfn: tuple(owners[pfn])), lambda pfn: 0, most)


def _runs(numbers: Iterable[int], same: Callable[[int], Hashable]) -> list[tuple[int, int]]:
    """Neighbouring numbers of the same kind, as (first, how many)."""
    keyed = [(number - place, same(number), number) for place, number in enumerate(numbers)]
    groups = [[number for *_, number in group] for _, group in groupby(keyed, key=lambda k: k[:2])]
    return [(group[0], len(group)) for group in groups]


def _merge(runs: list[tuple[int, int]], region: Callable[[int], Hashable], most: int) -> list[tuple[int, int]]:
    """Join neighbours of one region, the smallest first, until no more than ``most`` are left (if that can be)."""
    runs = list(runs)
    while len(runs) > most:
        pairs = [
            (runs[i][1] + runs[i + 1][1], i)
            for i in range(len(runs) - 1)
            if region(runs[i][0]) == region(runs[i + 1][0])
        ]
        if not pairs:
            break
        _, i = min(pairs)
        (start, _), (last, n) = runs[i], runs[i + 1]
        runs[i : i + 2] = [(start, last + n - start)]
    return runs
