"""What becomes of a process's pages when its regions change: replaced, moved, grown, protected."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from cowviz.memory.machine import Prot
from cowviz.record.frame_owners import FrameOwners
from cowviz.record.inferred_events import FileShortened, InferredEvent, RegionsMoved, RegionsSet, RegionTaken
from cowviz.record.observations import FileCut, Mapped, Moved, Regions
from cowviz.record.process_memory import ProcessMemory, pages_inside
from cowviz.record.regions import RecordedRegion, RegionNames


def laid(memory: ProcessMemory, owners: FrameOwners, fact: Regions) -> Iterator[InferredEvent]:
    """Take the regions as they are now. A stack's growth is told later, with the fault that made it grow."""
    old, memory.areas = memory.areas, memory.names.areas(fact.maps)
    kept = set(memory.areas)
    for area in [area for area in old if area not in kept]:
        for vpn in [vpn for vpn in pages_inside(area, memory.pages) if memory.area(vpn) is None]:
            owners.let_go(memory.pages.pop(vpn))
        for vpn in [vpn for vpn in memory.swapped if vpn in area and memory.area(vpn) is None]:
            del memory.swapped[vpn]
    for area in memory.areas:
        if area not in old:
            _protect(memory, owners, area)
    now = RegionsSet(fact.pid, memory.areas)
    if (page := _grown_to(old, memory.areas)) is not None:
        memory.growth = page, now
    else:
        yield now


def grown(memory: ProcessMemory) -> Iterator[RegionsSet]:
    """Yield the growth of a stack that no fault has told."""
    if memory.growth is not None:
        yield memory.growth[1]
        memory.growth = None


def mapped(memory: ProcessMemory, owners: FrameOwners, fact: Mapped) -> Iterator[InferredEvent]:
    """Take note of a new region, in whose place (MAP_FIXED) there may have been another."""
    if fact.is_fixed:
        yield from _taken(memory, owners, fact.pid, fact.start, fact.pages)
    if not fact.is_named:
        memory.names.made(fact.start, fact.pages, fact.grows)


def moved(memory: ProcessMemory, owners: FrameOwners, fact: Moved) -> Iterator[InferredEvent]:
    """Take pages to another address, as mremap does: a longer region's new pages are told as a new region."""
    kept = min(fact.pages, fact.new_pages)
    if kept < fact.pages:
        yield from _taken(memory, owners, fact.pid, fact.start + kept, fact.pages - kept)
    if fact.to != fact.start and kept:
        yield from _taken(memory, owners, fact.pid, fact.to, fact.new_pages)
        shift, gone = fact.to - fact.start, range(fact.start, fact.start + kept)
        memory.pages = {vpn + shift if vpn in gone else vpn: page for vpn, page in memory.pages.items()}
        memory.swapped = {vpn + shift if vpn in gone else vpn: page for vpn, page in memory.swapped.items()}
        yield RegionsMoved(fact.pid, fact.start, fact.to, kept)
    if fact.pages:  # mremap of nothing is a second view of shared memory
        memory.names.moved(fact.start, fact.to, fact.pages, fact.new_pages, fact.keeps_region)


def cut(
    names: RegionNames, memories: Iterable[ProcessMemory], owners: FrameOwners, fact: FileCut
) -> Iterator[FileShortened]:
    """Take away what lies beyond a file's end: the page cache's frames and private copies, in every process."""
    files = set(names.called(fact.inode))
    for memory in memories:
        for area in [area for area in memory.areas if area.file in files]:
            beyond = range(max(area.start, area.start + fact.pages - area.pgoff), area.end)
            for vpn in [vpn for vpn in beyond if vpn in memory.pages]:
                owners.let_go(memory.pages.pop(vpn))
            for vpn in [vpn for vpn in memory.swapped if vpn in beyond]:
                del memory.swapped[vpn]
    for key in [key for key in owners.cached if key[0] in files and key[1] >= fact.pages]:
        del owners.cached[key]
    for file in sorted(files):
        yield FileShortened(fact.pid, file, fact.pages)


def _taken(memory: ProcessMemory, owners: FrameOwners, pid: int, start: int, pages: int) -> Iterator[InferredEvent]:
    """Take away what is in a range, if there is anything."""
    end = start + pages
    if not any(area.start < end and start < area.end for area in memory.areas):
        return
    for vpn in [vpn for vpn in memory.pages if start <= vpn < end]:
        owners.let_go(memory.pages.pop(vpn))
    memory.swapped = {vpn: page for vpn, page in memory.swapped.items() if not start <= vpn < end}
    memory.names.taken(start, end)
    yield RegionTaken(pid, start, pages)


def _grown_to(old: tuple[RecordedRegion, ...], new: tuple[RecordedRegion, ...]) -> int | None:
    """Return the first page of the region that has grown down, where nothing else has changed."""
    before, after = set(old) - set(new), set(new) - set(old)
    if len(before) != 1 or len(after) != 1:
        return None
    was, area = before.pop(), after.pop()
    has_grown = area.grows and area.start < was.start and replace(area, start=was.start) == was
    return area.start if has_grown else None


def _protect(memory: ProcessMemory, owners: FrameOwners, area: RecordedRegion) -> None:
    """What pages may do after mprotect: W comes back at once where no copy-on-write is due."""
    may_write = bool(area.prot & Prot.W)
    for vpn in pages_inside(area, memory.pages):
        page = memory.pages[vpn]
        own = area.shared or page.frame in owners.exclusive
        if page.writable != (may_write and own):
            memory.pages[vpn] = replace(page, writable=may_write and own)
