"""How each kind of fault is resolved: a function a kind, one change per sentence of the lecture.

``RESOLVERS`` says which; ``page_fault.handle`` has raised the fault and made sure that the frames needed are free.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import replace

from cowviz.memory import frames, merging
from cowviz.memory.changes import Change, Changes
from cowviz.memory.events import (
    FaultKind,
    FrameAllocated,
    FrameCopied,
    FrameFilled,
    FrameSwappedIn,
    MappingSplit,
    PageMapped,
    PageReused,
    RegionMapped,
)
from cowviz.memory.fault import Fault as Fault
from cowviz.memory.fault import counted as counted
from cowviz.memory.fault import maps_zero_page as maps_zero_page
from cowviz.memory.machine import PAGE_SIZE, ZERO_PFN, Machine, Prot, Pte
from cowviz.memory.rare import huge, swap
from cowviz.memory.tables.levels import BITS


def _demand_zero(machine: Machine, fault: Fault) -> Changes:
    """A fresh frame of zeroes, or a huge page of them (mm/memory.c: do_anonymous_page)."""
    if huge.may_be_huge(machine.process(fault.pid), fault.vma, fault.vpn) and (taken := frames.allocate_huge(machine)):
        return (yield from _map_huge(*taken, fault))
    machine, pfn = frames.allocate(machine)
    yield Change(FrameAllocated(fault.pid, pfn), machine)
    return (yield from _map_private(machine, fault, pfn))


def _zero_page(machine: Machine, fault: Fault) -> Changes:
    """The shared zero page, read-only, so that the first write faults again; or the huge one (2 MiB of zeroes)."""
    process = machine.process(fault.pid)
    is_huge = huge.may_be_huge(process, fault.vma, fault.vpn)
    first, pages = (huge.first_of(fault.vpn), frames.HUGE_PAGE_FRAMES) if is_huge else (fault.vpn, 1)
    pte = Pte(ZERO_PFN, fault.readonly)
    table = process.table.updated((vpn, pte) for vpn in range(first, first + pages))
    machine = machine.with_process(replace(process, table=table))
    if is_huge:
        machine = with_private(machine, fault)
    elif table.is_full_of_zero_pages(fault.vpn >> BITS):  # one by one: this is not the huge page of zeroes
        machine = machine.with_process(replace(process, table=table.with_tables([fault.vpn >> BITS])))
    yield Change(PageMapped(fault.pid, fault.vpn, ZERO_PFN, None, fault.kind, pages), machine)
    return machine


def _grow_stack(machine: Machine, fault: Fault) -> Changes:
    """The region reaches down to the touched page, which then is as any untouched one."""
    process = machine.process(fault.pid)
    grown = replace(fault.vma, start=fault.vpn)
    vmas = tuple(grown if vma == fault.vma else vma for vma in process.vmas)
    machine = with_private(machine.with_process(replace(process, vmas=vmas)), fault)
    yield Change(RegionMapped(fault.pid, fault.vpn, fault.vma.start - fault.vpn), machine)
    touch = _zero_page if maps_zero_page(machine, fault) else _demand_zero
    return (yield from touch(machine, replace(fault, vma=grown)))


def _cow_copy(machine: Machine, fault: Fault) -> Changes:
    """Give the writer its own copy of a frame that others map too (mm/memory.c: wp_page_copy, do_cow_fault)."""
    if fault.pte is None:
        machine, source = yield from _file_frame(machine, fault)
    else:
        source = fault.pte.pfn
        if huge.is_whole(machine, machine.process(fault.pid), fault.vpn):  # mm/huge_memory.c: do_huge_pmd_wp_page
            yield Change(MappingSplit(fault.pid, fault.vpn), machine)
    machine, pfn = frames.allocate(machine)
    yield Change(FrameAllocated(fault.pid, pfn), machine)
    machine = frames.with_content(machine, pfn, machine.content(source))
    machine = counted(machine, fault.pid, copies=1, copied_bytes=PAGE_SIZE)
    yield Change(FrameCopied(fault.pid, source, pfn), machine)
    return (yield from _map_private(machine, fault, pfn))


def _cow_reuse(machine: Machine, fault: Fault) -> Changes:
    """The last owner may write to the frame itself, and to all of a huge page (mm/memory.c: wp_page_reuse)."""
    assert fault.pte is not None
    process, vpns = machine.process(fault.pid), range(fault.vpn, fault.vpn + 1)
    if huge.is_whole(machine, process, fault.vpn):
        vpns = range(huge.first_of(fault.vpn), huge.first_of(fault.vpn) + frames.HUGE_PAGE_FRAMES)
    for vpn in vpns:
        pfn = fault.pte.pfn + vpn - fault.vpn
        machine = frames.made_exclusive(machine, pfn)
        machine = frames.remap(machine, fault.pid, vpn, Pte(pfn, fault.vma.prot))
    machine = counted(machine, fault.pid, reuses=1)
    yield Change(PageReused(fault.pid, fault.vpn, fault.pte.pfn, len(vpns)), machine)
    return machine


def _swap_in(machine: Machine, fault: Fault) -> Changes:
    """The frame that the slot's bytes are in, or are read into; a write to a co-owned one goes on with a copy.

    Who was its only owner when it went may write at once, even after a read (mm/memory.c: do_swap_page).
    """
    process = machine.process(fault.pid)
    number = process.swapped.get(fault.vpn)
    assert number is not None, "no swap entry"
    slot = swap.slot_of(machine, number)
    pfn = slot.pfn
    if pfn is None:
        machine, pfn = swap.brought_in(machine, number)
        yield Change(FrameSwappedIn(fault.pid, pfn, number), machine)
    swapped = process.swapped.without_range(fault.vpn, fault.vpn + 1)
    machine = machine.with_process(replace(machine.process(fault.pid), swapped=swapped))
    pte = Pte(pfn, fault.readonly)
    machine, _ = swap.dropped(frames.remap(machine, fault.pid, fault.vpn, pte), [number])
    is_own = slot.exclusive or (fault.is_write and swap.is_sole(machine, pfn))
    if is_own:
        machine = frames.made_exclusive(machine, pfn)
        machine = frames.remap(machine, fault.pid, fault.vpn, Pte(pfn, fault.vma.prot))
    yield Change(PageMapped(fault.pid, fault.vpn, pfn, None, fault.kind), machine)
    if fault.is_write and not is_own:
        return (yield from _cow_copy(machine, replace(fault, pte=pte, kind=FaultKind.COW_COPY)))
    return machine


def _map_file(machine: Machine, fault: Fault) -> Changes:
    """Map the page cache's own frame, read in where need be, and on a read its cached neighbours too."""
    if fault.wants_copy:
        return (yield from _cow_copy(machine, fault))
    machine, pfn = yield from _file_frame(machine, fault)
    around = {fault.vpn: pfn}
    if not fault.is_write:
        around |= _cached_around(machine, fault)
    prot, dirty = _file_prot(machine, fault), fault.is_write and machine.wants_notice(fault.vma)
    for vpn, neighbour in around.items():
        machine = frames.remap(machine, fault.pid, vpn, Pte(neighbour, prot, dirty))
    old = fault.pte.pfn if fault.pte else None
    yield Change(PageMapped(fault.pid, fault.vpn, pfn, old, fault.kind, len(around)), machine)
    return machine


def _file_frame(machine: Machine, fault: Fault) -> Generator[Change, None, tuple[Machine, int]]:
    """The page cache's frame of the file's page, filled first where it is not there."""
    assert fault.vma.file is not None
    file, offset = fault.vma.file, fault.vma.offset(fault.vpn)
    pfn = frames.cached(machine, file, offset)
    if pfn is None:
        for near in _read_with(machine, file, fault):
            machine = frames.fill(machine, file, [near])
            filled = frames.cached(machine, file, near)
            assert filled is not None
            yield Change(FrameFilled(fault.pid, filled, file, near), machine)
        pfn = frames.cached(machine, file, offset)
        assert pfn is not None
    return machine, pfn


def _read_with(machine: Machine, file: str, fault: Fault) -> list[int]:
    """The missing pages that are read from the disk at once, as far as there are frames for them.

    Around the page; in a region that may be executed from the page on, and not beyond the region.
    Source: mm/filemap.c: do_sync_mmap_readahead (VM_EXEC: since Linux 6.16).
    """
    assert fault.vma is not None
    offset, vma = fault.vma.offset(fault.vpn), fault.vma
    size, end = machine.files[file].readahead, len(machine.files[file].contents)
    first = max(offset - size // 2, 0)
    if Prot.X in vma.prot:
        first, end = offset, min(end, vma.offset(vma.end))
    near = [page for page in range(first, min(first + size, end)) if frames.cached(machine, file, page) is None]
    return near if 1 < len(near) <= len(machine.free) else [offset]


def _cached_around(machine: Machine, fault: Fault) -> dict[int, int]:
    """Pages without a PTE around the faulting one whose frames are in memory already.

    The window starts at an aligned address or at the region's start, and ends with the region and with the leaf of
    the page table (mm/memory.c: do_fault_around).
    """
    vma, size = fault.vma, machine.profile.fault_around
    assert vma.file is not None
    start = max(fault.vpn - fault.vpn % size, vma.start)
    end = min(start + size, vma.end, (fault.vpn | 511) + 1)
    process, found = machine.process(fault.pid), {}
    for vpn in range(start, end):
        pfn = frames.cached(machine, vma.file, vma.offset(vpn))
        has_entry = vpn in process.table or vpn in process.swapped or vpn in process.guards  # pte_none() is false
        if pfn is not None and not has_entry:
            found[vpn] = pfn
    return found


def with_cached_around(machine: Machine, fault: Fault) -> Machine:
    """Map the cached pages around a read before anything else; a shared write maps none."""
    if fault.is_write or _is_too_early(machine, fault):
        return machine
    prot = _file_prot(machine, fault)
    for vpn, neighbour in _cached_around(machine, fault).items():
        machine = frames.remap(machine, fault.pid, vpn, Pte(neighbour, prot))
    return machine


def _is_too_early(machine: Machine, fault: Fault) -> bool:
    """Whether nothing can be mapped around, for want of a page table: the first page found is its file's last.

    Files in memory alone are exempt (mm/filemap.c: filemap_map_pages, can_map_large).
    """
    assert fault.vma.file is not None
    file = machine.files[fault.vma.file]
    if not file.on_disk or huge.has_table(machine.process(fault.pid), fault.vpn):
        return False
    found = (fault.vma.offset(vpn) for vpn in sorted(_cached_around(machine, fault)))
    return next(found, None) == len(file.contents) - 1


def with_private(machine: Machine, fault: Fault) -> Machine:
    """Return the region knows that it may have a page of its own (mm/memory.c: vmf_anon_prepare)."""
    if fault.vma.has_private:
        return machine
    process = machine.process(fault.pid)
    return machine.with_process(replace(process, vmas=merging.with_anon_vma(process.vmas, fault.vpn)))


def _file_prot(machine: Machine, fault: Fault) -> Prot:
    """A private region reads the file's frame and never writes it; ext4 wants to hear of the first shared write."""
    if not fault.vma.shared or (machine.wants_notice(fault.vma) and not fault.is_write):
        return fault.readonly
    return fault.vma.prot


def _map_private(machine: Machine, fault: Fault, pfn: int) -> Changes:
    """Map a frame that belongs to this process alone: writable where the region is."""
    machine = with_private(machine, fault)
    machine = frames.remap(machine, fault.pid, fault.vpn, Pte(pfn, fault.vma.prot))
    old = fault.pte.pfn if fault.pte else None
    yield Change(PageMapped(fault.pid, fault.vpn, pfn, old, fault.kind), machine)
    return machine


def _map_huge(machine: Machine, folio: int, fault: Fault) -> Changes:
    """Map 512 fresh frames at once, where the fault's range is untouched (__do_huge_pmd_anonymous_page)."""
    yield Change(FrameAllocated(fault.pid, folio, frames.HUGE_PAGE_FRAMES), machine)
    machine = with_private(machine, fault)
    process, first = machine.process(fault.pid), huge.first_of(fault.vpn)
    table = process.table.updated((first + i, Pte(folio + i, fault.vma.prot)) for i in range(frames.HUGE_PAGE_FRAMES))
    machine = machine.with_process(replace(process, table=table))
    machine = frames.mapped(machine, range(folio, folio + frames.HUGE_PAGE_FRAMES))
    old, pfn = fault.pte.pfn if fault.pte else None, folio + fault.vpn - first
    yield Change(PageMapped(fault.pid, fault.vpn, pfn, old, fault.kind, frames.HUGE_PAGE_FRAMES), machine)
    return machine


Resolver = Callable[[Machine, Fault], Changes]

RESOLVERS: dict[FaultKind, Resolver] = {
    FaultKind.DEMAND_ZERO: _demand_zero,
    FaultKind.ZERO_PAGE: _zero_page,
    FaultKind.STACK_GROWTH: _grow_stack,
    FaultKind.COW_COPY: _cow_copy,
    FaultKind.COW_REUSE: _cow_reuse,
    FaultKind.FILE_MAPPED: _map_file,
    FaultKind.FILE_READ: _map_file,
    FaultKind.SWAP_IN: _swap_in,
    FaultKind.SWAP_CACHED: _swap_in,
}
