"""One process's regions: where they may lie, how they are cut, and what is left when they go."""

from __future__ import annotations

from dataclasses import replace

from cowviz.memory import frames
from cowviz.memory.calls import sharing
from cowviz.memory.machine import Machine, MisuseError, Process, Section, Vma
from cowviz.memory.rare import huge, swap
from cowviz.memory.tables.levels import BITS, KEYS
from cowviz.memory.tables.page_table import PageTable
from cowviz.memory.tables.radix import Radix

SECTION_BASE: dict[Section, int] = {  # first page of each section, low addresses first
    Section.TEXT: 0x400,
    Section.RODATA: 0x500,
    Section.DATA: 0x600,
    Section.BSS: 0x700,
    Section.HEAP: 0x800,
    Section.MMAP: 0x7F0000,
    Section.STACK: 0x7FFF00,
}


def find_gap(process: Process, pages: int) -> int:
    """Find the first page of the lowest unused range of this size in the mmap area. Raises MisuseError."""
    start = SECTION_BASE[Section.MMAP]
    for vma in process.vmas:
        if vma.end > start and vma.start < start + pages:
            start = vma.end
    return checked(start, pages)


def checked(start: int, pages: int) -> int:
    """Return ``start``, where ``pages`` pages from it make a possible range. Raises MisuseError."""
    if pages < 1:
        raise MisuseError(f"a region needs at least one page, not {pages}")
    if start < 0 or start + pages > KEYS:
        raise MisuseError(f"pages {start:#x} to {start + pages:#x} are outside of the address space")
    return start


def inserted(vmas: tuple[Vma, ...], new: Vma) -> tuple[Vma, ...]:
    """Return the regions with one more, in order; MisuseError where it overlaps one."""
    for vma in vmas:
        if vma.start < new.end and new.start < vma.end:
            problem = f"{new.name} would overlap {vma.name}: munmap that first, or find room elsewhere"
            raise MisuseError(problem, "EEXIST")
    return tuple(sorted((*vmas, new), key=lambda vma: vma.start))


def split_at(vmas: tuple[Vma, ...], start: int, end: int) -> tuple[tuple[Vma, ...], tuple[Vma, ...]]:
    """Return the regions cut at ``start`` and ``end``: the parts outside and the parts inside (mm/vma.c: split_vma)."""
    outside: list[Vma] = []
    inside: list[Vma] = []
    for vma in vmas:
        for lo, hi in ((vma.start, start), (start, end), (end, vma.end)):
            lo, hi = max(lo, vma.start), min(hi, vma.end)
            if lo < hi:
                (inside if start <= lo < end else outside).append(vma.part(lo, hi))
    return tuple(outside), tuple(inside)


def covered(process: Process, start: int, pages: int) -> tuple[tuple[Vma, ...], tuple[Vma, ...]]:
    """Split as ``split_at`` does; raise MisuseError where part of the range has no region (the kernel: ENOMEM)."""
    checked(start, pages)
    outside, inside = split_at(process.vmas, start, start + pages)
    if sum(vma.pages for vma in inside) != pages:
        last = start + pages - 1
        raise MisuseError(f"{process.name} has no region on all of pages {start:#x} to {last:#x}; mmap first")
    return outside, inside


def regions_of(process: Process, start: int, pages: int, error: str = "ENOMEM") -> tuple[Vma, ...]:
    """Return the parts of regions that lie in a range, in order; there may be holes between them.

    Raises MisuseError where there are none, with the ``error`` that the kernel returns.
    """
    checked(start, pages)
    inside = split_at(process.vmas, start, start + pages)[1]
    if not inside:
        problem = f"{process.name} has no region at pages {start:#x} to {start + pages - 1:#x}; mmap first"
        raise MisuseError(problem, error)
    return inside


def first_hole(inside: tuple[Vma, ...], start: int) -> int:
    """Return the first page from ``start`` on that no region covers."""
    for vma in inside:
        if vma.start > start:
            break
        start = vma.end
    return start


def cleared(machine: Machine, pid: int, start: int, end: int) -> tuple[Machine, tuple[int, ...]]:
    """Take the PTEs of a range away; its regions stay. Also the frames freed by it (mm/memory.c: zap_pte_range)."""
    process = machine.process(pid)
    huge_pages = [first >> BITS for first in huge.mapped_whole(machine, process, start, end)]
    pfns = list(process.table.pfns(start, end))
    slots = [slot for _, slot in process.swapped.items(start, end)]
    table, swapped = process.table.without_range(start, end), process.swapped.without_range(start, end)
    table = table.without_tables(huge_pages)
    pins = process.pins.difference(range(start, end)) if process.pins else process.pins
    machine = machine.with_process(replace(process, table=table, swapped=swapped, pins=pins))
    machine, freed = frames.unmapped(machine, pfns)
    machine, more = swap.dropped(machine, slots)
    return machine, freed + more


def dropped(machine: Machine, pid: int, start: int, end: int) -> tuple[Machine, tuple[int, ...]]:
    """Take the regions of a range away, with their PTEs; also the frames freed by it."""
    machine, freed = cleared(machine, pid, start, end)
    process = machine.process(pid)
    outside, inside = split_at(process.vmas, start, end)
    guards = process.guards.difference(range(start, end)) if process.guards else process.guards
    machine = machine.with_process(replace(process, vmas=outside, guards=guards, table=_freed(process, outside)))
    return _without_orphans(machine, inside, freed)


def _freed(process: Process, left: tuple[Vma, ...]) -> PageTable:
    """The page table without the lowest tables in which no region lies any more (mm/memory.c: free_pgtables)."""
    held = {number for vma in left for number in (vma.start >> BITS, vma.end - 1 >> BITS)}
    return process.table.without_tables(
        number
        for number in process.table.tables - held
        if not any(vma.start >> BITS < number < vma.end - 1 >> BITS for vma in left)
    )


def exit_address_space(machine: Machine, pid: int, status: str | None) -> tuple[Machine, tuple[int, ...]]:
    """Take the whole address space away, at exit or exec; also the frames freed by it (mm/mmap.c: exit_mmap).

    Where others share it, it stays theirs.
    """
    process = machine.process(pid)
    bare = Process(pid, process.name, process.parent, counters=process.counters, status=status)
    bare = replace(bare, thread_of=process.thread_of, limit=process.limit)
    if machine.sharers(process):
        return sharing.left(machine, bare), ()
    pfns = list(process.table.pfns())
    machine, freed = frames.unmapped(machine.with_process(bare), pfns)
    machine, more = swap.dropped(machine, (slot for _, slot in process.swapped.items()))
    return _without_orphans(machine, process.vmas, freed + more)


def _without_orphans(
    machine: Machine, gone: tuple[Vma, ...], freed: tuple[int, ...]
) -> tuple[Machine, tuple[int, ...]]:
    """Free MAP_SHARED memory that has no name and that no region maps any more."""
    mapped = {vma.file for process in machine.living() for vma in process.vmas}
    for name in dict.fromkeys(vma.file for vma in gone):
        if name is not None and name not in mapped and machine.files[name].anonymous:
            freed += tuple(pfn for _, pfn in machine.cache.get(name, Radix[int]()).items())
            machine = frames.evict(machine, name)
            machine = replace(
                machine,
                files={k: v for k, v in machine.files.items() if k != name},
                cache={k: v for k, v in machine.cache.items() if k != name},
            )
    return machine, freed
