"""Builds the page graph: pages and frames are nodes, PTEs are edges, and the nodes stay the same for a whole movie.

In a large memory a node stands for a run: neighbouring pages (or frames) that change alike in every snapshot.
This module knows no coordinates.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from operator import is_
from typing import TypeVar

import networkx as nx

from cowviz.diagram.cutting import Stretch, cut, merge, union
from cowviz.diagram.things import FrameRange, PageRange
from cowviz.memory.machine import ZERO_PFN, Machine, Process, Vma
from cowviz.memory.tables.frame_table import FrameTable
from cowviz.memory.tables.page_table import PageTable
from cowviz.trace.model import Trace

R = TypeVar("R", PageRange, FrameRange)
WRITABLE = 2  # of ``Prot``: plain ints are what thousands of pages are looked through with
Vmas = tuple[Vma, ...]

Program = tuple[int, str]  # a pid and what it runs: exec gives a process another life, with pages of its own


def program(process: Process) -> Program:
    """Return the key of a process and its current program; after exec its pages are new nodes."""
    return process.pid, process.name


@dataclass(slots=True)
class Entries:
    """Holds what the page table entries of one run of pages are, all together."""

    count: int = 0
    frames: dict[FrameRange, tuple[int, int]] = field(default_factory=dict)  # how many name it, how many may write


@dataclass(frozen=True, slots=True)
class TableSummary:
    """Holds a page table as the nodes of a movie show it."""

    entries: Mapping[PageRange, Entries]
    used: Mapping[FrameRange, Vma]  # of each run of frames, the region of the first page that maps one of them


@dataclass(frozen=True)
class Nodes:
    """Holds all runs of pages and frames that a movie shows, in address order."""

    pages: dict[Program, tuple[PageRange, ...]]
    regions: dict[Program, dict[str, range]]  # every vpn from a region's first to its last, by its name
    frames: tuple[FrameRange, ...]
    lazy: frozenset[str] = frozenset()  # ids of the page runs that at some time lack a frame
    _latest: dict[Program, tuple[PageTable, Vmas, TableSummary]] = field(default_factory=dict, compare=False)
    _last_graph: list[tuple[list[TableSummary], nx.DiGraph[str]]] = field(default_factory=list, compare=False)

    def page(self, process: Process, vpn: int) -> PageRange | None:
        """Return the run that contains a page, or None if the process's current program never has that page."""
        return _covering(self.pages[program(process)], vpn)

    def row(self, process: Process, run: PageRange) -> int:
        return self.pages[program(process)].index(run)

    def frame(self, pfn: int) -> FrameRange | None:
        """Return the run that contains a frame, or None if no snapshot shows that frame."""
        return _covering(self._by_number, pfn)

    def rows(self, pid: int) -> int:
        """Return the largest number of bars that a process has at any time."""
        return max(len(runs) for (owner, _), runs in self.pages.items() if owner == pid)

    def summary(self, process: Process) -> TableSummary:
        """Return a process's page table in these nodes, made anew only where table or regions are other ones."""
        table, vmas, found = self._latest.get(program(process), (None, None, None))
        if found is None or table is not process.table or vmas is not process.vmas:
            found = self._summary(process)
            self._latest[program(process)] = process.table, process.vmas, found
        return found

    @cached_property
    def _by_number(self) -> tuple[FrameRange, ...]:
        return tuple(sorted(self.frames))  # wherever their boxes stand

    def _summary(self, process: Process) -> TableSummary:
        entries: dict[PageRange, Entries] = {}
        used: dict[FrameRange, Vma] = {}
        runs = self.pages.get(program(process), ())
        for vpn, n, pfn, rights in _entry_runs(process.table):
            for page, first, inside in _parts(runs, vpn, n):
                to = entries.setdefault(page, Entries()) if page else Entries()
                to.count += inside
                begin = pfn if pfn == ZERO_PFN else pfn + first - vpn
                for frame, at, ptes in _targets(self, begin, inside):
                    so_far, writable = to.frames.get(frame, (0, 0))
                    to.frames[frame] = so_far + ptes, writable + (ptes if rights & WRITABLE else 0)
                    if frame not in used and (vma := process.vma(first + at)):
                        used[frame] = vma
        return TableSummary(entries, used)


def nodes(trace: Trace, max_pages: Callable[[int], int], max_frames: int) -> Nodes:
    """Return the nodes of a movie: single pages and frames if they fit, else runs of those that change alike.

    ``max_pages`` maps a pid to its largest number of bars. If runs are still too many, the smallest are merged.
    Threads and vfork children have no pages of their own.
    """
    survey = _Survey()
    for machine in trace.machines:
        survey.look_at(machine)
    pages = {
        who: tuple(PageRange(who[0], *run) for run in _page_runs(life, survey.page_cuts, max_pages(who[0])))
        for who, life in survey.lives.items()
    }
    frames = tuple(FrameRange(start, n) for start, n in survey.frame_runs(max_frames))
    regions = {who: _regions(life) for who, life in survey.lives.items()}
    return Nodes(pages, regions, (*frames, *([FrameRange(ZERO_PFN, 1)] if survey.has_zero_page else [])))


def lacking(process: Process, of: Nodes) -> Iterator[str]:
    """Yield the ids of the runs of a process's pages some of which lack a frame."""
    if process.mm is None:
        entries = of.summary(process).entries
        for run in of.pages[program(process)]:
            if process.vma(run.start) and (run not in entries or entries[run].count < run.n):
                yield run.id


@dataclass(slots=True)
class _Survey:
    """Collects what the machines of a movie contain, one after the other; skips what a machine shares with the last."""

    lives: dict[Program, list[Vmas]] = field(default_factory=dict)
    page_cuts: set[int] = field(default_factory=set)
    frame_cuts: set[int] = field(default_factory=set)
    frames: list[tuple[int, int]] = field(default_factory=list)  # used at some time
    has_zero_page: bool = False
    total: int = 0
    tables: dict[int, PageTable] = field(default_factory=dict)  # of the last machine, by pid
    last: FrameTable | None = None

    def look_at(self, machine: Machine) -> None:
        self.total = self.total or machine.total_frames
        for pid, process in machine.processes.items():
            life = self.lives.setdefault(program(process), [])
            if process.mm is None and not (life and life[-1] is process.vmas):
                life.append(process.vmas)
                self.page_cuts.update(edge for vma in process.vmas for edge in (vma.start, vma.end))
            if not any(table is process.table for table in self.tables.values()):
                self._look_at_table(process.table)
            self.tables[pid] = process.table
        if self.last is not machine.frames:
            self.last = machine.frames
            for pfn, n, _ in machine.frames.held():
                self.frame_cuts |= {pfn, pfn + n}
                self.frames.append((pfn, pfn + n))
            self.frames = union(self.frames)

    def _look_at_table(self, table: PageTable) -> None:
        for vpn, n, pfn, _ in _entry_runs(table):
            self.page_cuts |= {vpn, vpn + n}
            self.frame_cuts |= {pfn, pfn + n}
            self.has_zero_page |= pfn == ZERO_PFN

    def frame_runs(self, most: int) -> list[Stretch]:
        """Runs of the frames that are ever used; a machine that is small is shown whole, its free frames too."""
        small = [(0, self.total)] if self.total <= most else []
        spans = union([*small, *self.frames])
        if sum(end - start for start, end in spans) <= most:
            return [(pfn, 1) for start, end in spans for pfn in range(start, end)]
        return merge(cut(spans, self.frame_cuts), lambda pfn: 0, most)


def _regions(life: Sequence[Vmas]) -> dict[str, range]:
    spans: dict[str, range] = {}
    for vma in chain.from_iterable(life):
        span = spans.get(vma.name, range(vma.start, vma.end))
        spans[vma.name] = range(min(span.start, vma.start), max(span.stop, vma.end))
    return spans


def graph(machine: Machine, of: Nodes) -> nx.DiGraph[str]:
    """Return the page graph of one snapshot.

    A node has ``run``; an edge has ``ptes`` and ``writable``, the number of its PTEs and of the writable ones. It is
    the same object as the last one where the page tables are; nobody may change it.
    """
    owners = [process for process in machine.living() if process.mm is None]
    seen = [of.summary(process) for process in owners]
    last, known = of._last_graph[-1] if of._last_graph else ([], None)
    if known is not None and len(seen) == len(last) and all(map(is_, seen, last)):
        return known
    result: nx.DiGraph[str] = nx.DiGraph()
    of._last_graph[:] = [(seen, result)]
    result.add_nodes_from((run.id, {"run": run}) for run in of.frames)
    for process in owners:
        entries = of.summary(process).entries
        for run in of.pages.get(program(process), ()):
            result.add_node(run.id, run=run)
            for frame, (ptes, writable) in entries[run].frames.items() if run in entries else ():
                result.add_edge(run.id, frame.id, ptes=ptes, writable=writable)
    return result


def _covering(runs: Sequence[R], number: int) -> R | None:
    """Find the run that contains a number, or None; the runs are in order."""
    place = bisect_right(runs, number, key=lambda run: run.start) - 1
    return runs[place] if place >= 0 and number < runs[place].start + runs[place].n else None


def _parts(runs: Sequence[PageRange], vpn: int, n: int) -> Iterator[tuple[PageRange | None, int, int]]:
    """Split ``n`` pages by the runs that they lie in: yield each run (or None), the first page in it, and how many."""
    end = vpn + n
    place = max(bisect_right(runs, vpn, key=lambda run: run.start) - 1, 0)
    for run in runs[place:]:
        if run.start >= end:
            break
        if vpn < run.start:
            yield None, vpn, run.start - vpn
        first, last = max(vpn, run.start), min(end, run.start + run.n)
        if first < last:
            yield run, first, last - first
            vpn = last
    if vpn < end:
        yield None, vpn, end - vpn


def _targets(of: Nodes, pfn: int, n: int) -> Iterator[tuple[FrameRange, int, int]]:
    """Split ``n`` neighbouring frames by their nodes: yield each node, the index of its first frame, and how many."""
    at = 0
    while at < n:
        frame = of.frame(pfn)
        assert frame, "a snapshot's frames all have their nodes"
        inside = n if pfn == ZERO_PFN else min(n - at, frame.start + frame.n - pfn)
        yield frame, at, inside
        pfn, at = pfn + inside, at + inside


def _page_runs(life: Sequence[Vmas], cuts: set[int], most: int) -> list[Stretch]:
    """Return runs of a process's pages, (first vpn, pages); relatives have equal runs, so that their rows match."""
    spans = union((vma.start, vma.end) for vma in chain.from_iterable(life))
    if sum(end - start for start, end in spans) <= most:
        return [(vpn, 1) for start, end in spans for vpn in range(start, end)]

    def region(vpn: int) -> Hashable:
        return next(vma.name for vma in chain.from_iterable(life) if vma.start <= vpn < vma.end)

    return merge(cut(spans, cuts), region, most)


def _entry_runs(table: PageTable) -> Iterator[tuple[int, int, int, int]]:
    """Yield runs of PTEs with one permission that name neighbouring frames: (vpn, how many, pfn, rights)."""
    vpn = n = pfn = rights = 0
    for start, pages, pte in table.runs():  # which end where a dirty bit does, too
        goes_on = n and start == vpn + n and pte.prot == rights
        if goes_on and pte.pfn == (ZERO_PFN if pfn == ZERO_PFN else pfn + n):
            n += pages
            continue
        if n:
            yield vpn, n, pfn, rights
        vpn, n, pfn, rights = start, pages, pte.pfn, int(pte.prot)
    if n:
        yield vpn, n, pfn, rights
