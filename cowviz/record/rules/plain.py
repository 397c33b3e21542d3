"""What was seen, without the rules: what becomes of a process's memory where they do not explain it."""

from __future__ import annotations

from collections.abc import Iterator

from cowviz.linux.pagemap import FILE, PFN_MASK, PRESENT
from cowviz.memory.machine import ZERO_PFN, Prot
from cowviz.record.frame_owners import FrameOwners
from cowviz.record.inferred_events import ForkObserved, InferredEvent, MappedPage, PagesGone, Present, RegionsSet
from cowviz.record.observations import (
    ZERO,
    Faulted,
    FileCut,
    ForkSeen,
    Hinted,
    Mapped,
    Moved,
    Noticed,
    Observation,
    PagemapEntries,
    ProcessEnded,
    Puzzle,
    Reaped,
    Regions,
    Signalled,
    Started,
)
from cowviz.record.process_memory import ProcessMemory
from cowviz.record.regions import RegionNames

_CALLED: dict[type, str] = {
    Regions: "/proc/PID/maps",
    Mapped: "mmap",
    Faulted: "page fault",
    Noticed: "page table",
    Moved: "mremap",
    FileCut: "truncate",
    Hinted: "madvise",
    Started: "exec",
    ForkSeen: "fork",
    ProcessEnded: "exit",
    Reaped: "wait",
    Signalled: "signal",
}


def puzzle(fact: Observation) -> Puzzle:
    """Return what is said of a fact that was not understood: where, and what."""
    vpn = getattr(fact, "vpn", getattr(fact, "start", 0))
    pid = fact.parent if isinstance(fact, ForkSeen) else fact.pid
    what = _CALLED.get(type(fact), type(fact).__name__)
    return Puzzle(pid, vpn, f"{what} at {vpn << 12:#x}" if vpn else what)


def as_seen(processes: dict[int, ProcessMemory], owners: FrameOwners, fact: Observation) -> Iterator[InferredEvent]:
    """Yield what a fact says of memory by itself."""
    match fact:
        case ForkSeen(parent, child, entries):
            mother = processes.get(parent) or ProcessMemory(RegionNames())
            memory = processes[child] = ProcessMemory(mother.names.child(), {}, mother.areas)
            _seen(memory, owners, entries)
            yield ForkObserved(parent, child, memory.areas, tuple(memory.pages.items()))
        case Started(pid, program):
            processes[pid] = ProcessMemory(RegionNames(program))
            yield fact
        case ProcessEnded(pid):
            processes.pop(pid, None)
            yield fact
        case Faulted(pid, vpn, raw, around) if pid in processes:
            yield from _pages(pid, processes[pid], owners, ((vpn, raw), *around))
        case Noticed(pid, entries) if pid in processes:
            yield from _pages(pid, processes[pid], owners, entries)
        case Regions(pid, maps) if pid in processes:
            memory = processes[pid]
            memory.areas, memory.growth = memory.names.areas(maps), None
            memory.pages = {vpn: page for vpn, page in memory.pages.items() if memory.area(vpn)}
            yield RegionsSet(pid, memory.areas)
            yield Present(pid, tuple(memory.pages.items()))


def _pages(pid: int, memory: ProcessMemory, owners: FrameOwners, entries: PagemapEntries) -> Iterator[InferredEvent]:
    gone = _seen(memory, owners, entries)
    yield PagesGone(pid, tuple(gone))
    yield Present(pid, tuple((vpn, memory.pages[vpn]) for vpn, _ in entries if vpn in memory.pages))


def _seen(memory: ProcessMemory, owners: FrameOwners, entries: PagemapEntries) -> list[int]:
    """Let the process map what the entries say; return the pages that are gone. Nobody may write without a fault."""
    gone = []
    known = {number: frame for frame, number in owners.numbers.items()}
    for vpn, raw in entries:
        area = memory.area(vpn)
        if not raw & PRESENT or area is None:
            gone += [vpn] if memory.pages.pop(vpn, None) else []
            continue
        if raw & ZERO:
            page = MappedPage(ZERO_PFN, False)
        elif area.file is not None and raw & FILE:
            may_write = area.shared and bool(area.prot & Prot.W)
            page = MappedPage(owners.file_frame(area, vpn, raw), may_write, of_file=True)
        else:
            frame = known.get(raw & PFN_MASK) if raw & PFN_MASK else None
            page = MappedPage(owners.new_frame(raw) if frame is None else frame, False)
        owners.map(memory.pages, vpn, page)
    return gone
