"""Builds the page graph: pages and frames are nodes, PTEs are edges, and the nodes stay the same for a whole movie.

In a large memory a node stands for a run: neighbouring pages (or frames) that change alike in every snapshot.
This module knows no coordinates.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple, TypeVar

import networkx as nx

from cowviz.diagram.things import FrameRange, PageRange
from cowviz.memory.machine import ZERO_PFN, Machine, Process, Prot
from cowviz.trace.model import Trace

T = TypeVar("T")
WRITABLE = int(Prot.W)  # plain ints are what thousands of pages are looked through with


Program = tuple[int, str]  # a pid and what it runs: exec gives a process another life, with pages of its own


def program(process: Process) -> Program:
    """Return the key of a process and its current program; after exec its pages are new nodes."""
    return process.pid, process.name


@dataclass(frozen=True)
class Nodes:
    """Holds all runs of pages and frames that a movie shows, in address order."""

    pages: dict[Program, tuple[PageRange, ...]]
    regions: dict[Program, dict[str, range]]  # every vpn from a region's first to its last, by its name
    lazy: frozenset[str]  # ids of the page runs that at some time lack a frame
    frames: tuple[FrameRange, ...]

    def page(self, process: Process, vpn: int) -> PageRange | None:
        """Return the run that contains a page, or None if the process's current program never has that page."""
        return next((run for run in self.pages[program(process)] if run.start <= vpn < run.start + run.n), None)

    def row(self, process: Process, run: PageRange) -> int:
        return self.pages[program(process)].index(run)

    def frame(self, pfn: int) -> FrameRange | None:
        """Return the run that contains a frame, or None if no snapshot shows that frame."""
        return next((run for run in self.frames if run.start <= pfn < run.start + run.n), None)

    def rows(self, pid: int) -> int:
        """Return the largest number of bars that a process has at any time."""
        return max(len(runs) for (owner, _), runs in self.pages.items() if owner == pid)


def nodes(trace: Trace, max_pages: Callable[[int], int], max_frames: int) -> Nodes:
    """Return the nodes of a movie: single pages and frames if they fit, else runs of those that change alike.

    ``max_pages`` maps a pid to its largest number of bars. If runs are still too many, the smallest are merged.
    Threads and vfork children have no pages of their own.
    """
    machines = [snapshot.machine for step in trace.steps for snapshot in step.snapshots]
    lives: dict[Program, list[Process]] = {}
    for process in (process for machine in machines for process in machine.processes.values()):
        lives.setdefault(program(process), []).extend([process] if process.mm is None else [])
    everyone = [process for life in lives.values() for process in life]
    pages = {
        who: tuple(PageRange(who[0], *run) for run in _page_runs(life, everyone, max_pages(who[0])))
        for who, life in lives.items()
    }
    frames = tuple(FrameRange(start, n) for start, n in _frame_runs(machines, max_frames))
    tables = _distinct(process.table for machine in machines for process in machine.living())
    zero = any(pte.pfn == ZERO_PFN for table in tables for _, _, pte in table.runs())
    regions = {who: _regions(life) for who, life in lives.items()}
    lazy = frozenset(run.id for who, life in lives.items() for run in pages[who] if _lacks_frames(run, life))
    return Nodes(pages, regions, lazy, (*frames, *([FrameRange(ZERO_PFN, 1)] if zero else [])))


def _lacks_frames(run: PageRange, life: Sequence[Process]) -> bool:
    tables = _distinct(process.table for process in life if process.vma(run.start))
    return any(sum(n for _, n, _ in table.runs(run.start, run.start + run.n)) < run.n for table in tables)


def _regions(life: Sequence[Process]) -> dict[str, range]:
    spans: dict[str, range] = {}
    for vma in (vma for process in life for vma in process.vmas):
        span = spans.get(vma.name, range(vma.start, vma.end))
        spans[vma.name] = range(min(span.start, vma.start), max(span.stop, vma.end))
    return spans


def graph(machine: Machine, of: Nodes) -> nx.DiGraph[str]:
    """Return the page graph of one snapshot.

    A node has ``run``; an edge has ``ptes`` and ``writable``, the number of its PTEs and of the writable ones."""
    result: nx.DiGraph[str] = nx.DiGraph()
    result.add_nodes_from((run.id, {"run": run}) for run in of.frames)
    for process in (one for one in machine.living() if one.mm is None):
        for run in of.pages.get(program(process), ()):
            result.add_node(run.id, run=run)
            for _, n, pte in process.table.runs(run.start, run.start + run.n):
                for frame, ptes in _targets(of, pte.pfn, n):
                    edge = result.get_edge_data(run.id, frame.id, {"ptes": 0, "writable": 0})
                    writable = edge["writable"] + (ptes if int(pte.prot) & WRITABLE else 0)
                    result.add_edge(run.id, frame.id, ptes=edge["ptes"] + ptes, writable=writable)
    return result


def _targets(of: Nodes, pfn: int, n: int) -> Iterator[tuple[FrameRange, int]]:
    """The nodes that ``n`` neighbouring frames lie in, and how many in each; all pages of the zero page name one."""
    while n:
        frame = of.frame(pfn)
        assert frame, "a snapshot's frames all have their nodes"
        inside = n if pfn == ZERO_PFN else min(n, frame.start + frame.n - pfn)
        yield frame, inside
        pfn, n = pfn + inside, n - inside


def _page_runs(life: Sequence[Process], everyone: Sequence[Process], most: int) -> list[tuple[int, int]]:
    """Runs of a process's pages: (first vpn, pages). Relatives have the same runs, so that their rows correspond."""
    spans = _union((vma.start, vma.end) for process in life for vma in process.vmas)
    if sum(end - start for start, end in spans) <= most:
        return [(vpn, 1) for start, end in spans for vpn in range(start, end)]
    cuts = {edge for process in everyone for vma in process.vmas for edge in (vma.start, vma.end)}
    for run in _mappings(everyone):
        cuts |= {run.vpn, run.vpn + run.n}

    def region(vpn: int) -> Hashable:
        return next(vma.name for process in life if (vma := process.vma(vpn)))

    return _merge(_cut(spans, cuts), region, most)


def _frame_runs(machines: Sequence[Machine], most: int) -> list[tuple[int, int]]:
    """Runs of the frames that are ever used; a machine that is small is shown whole, its free frames too."""
    total = machines[0].total_frames
    tables = _distinct(machine.frames for machine in machines)
    small = [(0, total)] if total <= most else []
    spans = _union([*small, *((pfn, pfn + n) for table in tables for pfn, n, _ in table.runs())])
    if sum(end - start for start, end in spans) <= most:
        return [(pfn, 1) for start, end in spans for pfn in range(start, end)]
    cuts: set[int] = set()
    for table in tables:
        last, content = -1, None
        for pfn, n, frame in table.runs():
            if pfn != last + 1 or frame.content != content:
                cuts |= {pfn, last + 1}
            last, content = pfn + n - 1, frame.content
        cuts.add(last + 1)
    for run in _mappings(process for machine in machines for process in machine.living()):
        cuts |= {run.pfn, run.pfn + run.n}
    return _merge(_cut(spans, cuts), lambda pfn: 0, most)


class _PteRun(NamedTuple):
    """Neighbouring PTEs of one permission that name neighbouring frames."""

    vpn: int
    pfn: int
    n: int


def _mappings(processes: Iterable[Process]) -> Iterator[_PteRun]:
    for table in _distinct(process.table for process in processes):
        run: _PteRun | None = None
        prot = Prot.NONE
        for vpn, n, pte in table.runs():  # which end where a dirty bit does, too
            if run and vpn == run.vpn + run.n and pte.prot == prot and pte.pfn == _next_frame(run):
                run = run._replace(n=run.n + n)
                continue
            if run:
                yield run
            run, prot = _PteRun(vpn, pte.pfn, n), pte.prot
        if run:
            yield run


def _next_frame(run: _PteRun) -> int:
    return ZERO_PFN if run.pfn == ZERO_PFN else run.pfn + run.n


def _distinct(tables: Iterable[T]) -> list[T]:
    """Each table once: most snapshots share theirs with the one before."""
    return list({id(table): table for table in tables}.values())


def _union(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The spans in order, those that touch or overlap joined."""
    result: list[tuple[int, int]] = []
    for start, end in sorted(set(spans)):
        if result and start <= result[-1][1]:
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        else:
            result.append((start, end))
    return result


def _cut(spans: Iterable[tuple[int, int]], cuts: set[int]) -> list[tuple[int, int]]:
    """The spans cut into runs, as (first, how many)."""
    ordered = sorted(cuts)
    runs = []
    for start, end in spans:
        inside = ordered[bisect_right(ordered, start) : bisect_left(ordered, end)]
        edges = [start, *inside, end]
        runs += [(a, b - a) for a, b in pairwise(edges)]
    return runs


def _merge(runs: list[tuple[int, int]], region: Callable[[int], Hashable], most: int) -> list[tuple[int, int]]:
    """Join neighbours of one region, the smallest first, until no more than ``most`` are left (if that can be)."""
    runs = list(runs)
    regions = [region(start) for start, _ in runs]
    while len(runs) > most:
        sizes = [(runs[i][1] + runs[i + 1][1], i) for i in range(len(runs) - 1) if regions[i] == regions[i + 1]]
        if not sizes:
            break
        _, i = min(sizes)
        (start, _), (last, n) = runs[i], runs[i + 1]
        runs[i : i + 2] = [(start, last + n - start)]
        del regions[i + 1]
    return runs
