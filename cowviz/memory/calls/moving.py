"""mremap: regions that move to other addresses, grow and shrink. Frames do not notice."""

from __future__ import annotations

from dataclasses import replace

from cowviz.memory import merging
from cowviz.memory.address_space import checked, dropped, regions_of, split_at
from cowviz.memory.calls.advice import populated
from cowviz.memory.changes import Change, Changes
from cowviz.memory.events import RegionMapped, RegionMoved, RegionUnmapped
from cowviz.memory.machine import Machine, MisuseError, Process, Vma
from cowviz.memory.rare import huge
from cowviz.memory.rare.limits import refused
from cowviz.memory.tables.levels import BITS, FANOUT
from cowviz.memory.tables.page_table import PageTable


def mremap(
    machine: Machine, pid: int, start: int, pages: int, to: int | None, new_pages: int | None = None, keep: bool = False
) -> Changes:
    """Move pages to another address, with their entries, or give them another size; what is there already goes.

    Without ``to`` the size changes in place. Regions that move without another size may be several, with holes
    between them (Linux 6.17). ``keep`` is MREMAP_DONTUNMAP: the old regions stay, without pages. EFAULT for a hole at
    the start, and for a size that changes over more than one region; ENOMEM where there is no room to grow.
    Source: mm/mremap.c: remap_move, mremap_to, mremap_at.

    No pages at all (0) of MAP_SHARED memory are all of it again, at another address.

    Raises MisuseError where nothing is mapped, or where old and new pages overlap.
    """
    process = machine.running(pid)
    size = pages if new_pages is None else new_pages
    if pages == 0:
        return (yield from _mapped_again(machine, process, start, to, size))
    if to is not None and checked(to, size) < start + pages and start < to + size:
        raise MisuseError("mremap to pages that it moves: choose another address", "EINVAL")
    if keep and size != pages:
        raise MisuseError("mremap that keeps the old region cannot change its size", "EINVAL")
    inside = regions_of(process, start, pages, error="EFAULT")
    if inside[0].start > start or (size > pages and inside[0].end < start + pages):
        return (yield from refused(machine, pid, "mremap", "EFAULT"))
    if size < pages:
        machine, _ = dropped(machine, pid, start + size, start + pages)
        yield Change(RegionUnmapped(pid, start + size, pages - size), machine)
        pages, inside = size, split_at(machine.process(pid).vmas, start, start + size)[1]
    if to is None:
        return (yield from _grown(machine, pid, inside[-1], size - pages)) if size > pages else machine
    for vma in inside:
        machine = yield from _moved(machine, pid, vma, vma.start - start + to, vma.pages + size - pages, keep)
    return machine


def _mapped_again(machine: Machine, process: Process, start: int, to: int | None, pages: int) -> Changes:
    """One more region for the same shared memory; EINVAL for private memory (mm/mremap.c: check_prep_vma)."""
    vma = process.vma(start)
    error = "EFAULT" if vma is None else "ENOMEM" if to is None else ""
    if vma is None or to is None or not vma.shared:
        private = vma is not None and not vma.shared
        return (yield from refused(machine, process.pid, "mremap", "EINVAL" if private else error))
    machine, _ = dropped(machine, process.pid, to, checked(to, pages) + pages)
    process = machine.process(process.pid)
    again = replace(vma, start=to, end=to + pages, pgoff=vma.offset(start))
    machine = machine.with_process(replace(process, vmas=merging.placed(process.vmas, again)))
    yield Change(RegionMapped(process.pid, to, pages), machine)
    return (yield from populated(machine, process.pid, to, pages)) if vma.locked else machine


def _grown(machine: Machine, pid: int, part: Vma, more: int) -> Changes:
    """A region gets pages at its end, where it ends there and nothing else lies (mm/vma.c: vma_merge_extend)."""
    process = machine.process(pid)
    whole, end = process.vma(part.start), part.end + more
    assert whole is not None
    if whole.end != part.end or any(vma.start < end and part.end < vma.end for vma in process.vmas):
        return (yield from refused(machine, pid, "mremap"))
    others = tuple(vma for vma in process.vmas if vma != whole)
    machine = machine.with_process(replace(process, vmas=merging.placed(others, replace(whole, end=end))))
    yield Change(RegionMapped(pid, part.end, more), machine)
    return (yield from populated(machine, pid, part.end, more)) if whole.locked else machine


def _moved(machine: Machine, pid: int, part: Vma, to: int, pages: int, keep: bool) -> Changes:
    """One region's part, moved; longer by what ``pages`` has more (mm/mremap.c: move_vma)."""
    machine, _ = dropped(machine, pid, to, to + pages)
    process = machine.process(pid)
    vmas = _kept(process, part) if keep else split_at(process.vmas, part.start, part.end)[0]
    process = _with_entries_moved(process, part.start, part.end, to - part.start)
    new = _at(part, to)
    process = replace(process, vmas=merging.placed(vmas, replace(new, end=to + pages)))
    machine = machine.with_process(process)
    yield Change(RegionMoved(pid, part.start, to, part.pages), machine)
    if keep:
        yield Change(RegionMapped(pid, part.start, part.pages), machine)
    if pages > part.pages:
        yield Change(RegionMapped(pid, to + part.pages, pages - part.pages), machine)
        if part.locked:
            machine = yield from populated(machine, pid, to + part.pages, pages - part.pages)
    return machine


def _kept(process: Process, part: Vma) -> tuple[Vma, ...]:
    """The old region is no longer locked; moved whole, it has no private pages (dontunmap_complete)."""
    whole = process.vma(part.start)
    assert whole is not None
    left = replace(whole, locked=False)
    if (whole.start, whole.end) == (part.start, part.end):
        left = replace(left, has_private=False, anon_vma=0, forked=False)
    return tuple(left if vma == whole else vma for vma in process.vmas)


def _with_entries_moved(process: Process, start: int, end: int, by: int) -> Process:
    """Entries, swap entries, guards and pins of a range, at other addresses (move_page_tables)."""
    entries = list(process.table.items(start, end))
    slots = list(process.swapped.items(start, end))
    table = process.table.without_range(start, end).updated((vpn + by, pte) for vpn, pte in entries)
    table = _with_tables_moved(table, process, start, end, by)
    swapped = process.swapped.without_range(start, end).updated((vpn + by, slot) for vpn, slot in slots)
    guards, pins = (
        frozenset(vpn + by if start <= vpn < end else vpn for vpn in vpns) for vpns in (process.guards, process.pins)
    )
    return replace(process, table=table, swapped=swapped, guards=guards, pins=pins)


def _with_tables_moved(table: PageTable, process: Process, start: int, end: int, by: int) -> PageTable:
    """Lowest tables that pages move to are there; those that have moved whole are where they were no more.

    Whole they move where all of their pages do, to an address aligned like the old one (move_normal_pmd,
    move_huge_pmd); else what was moved leaves an empty table.
    """
    for number in range(start >> BITS, (end - 1 >> BITS) + 1):
        first, last = max(start, number << BITS), min(end, (number + 1) << BITS)
        if not huge.has_table(process, first):
            continue
        is_whole = last - first == FANOUT and by % FANOUT == 0
        if is_whole and number not in process.table.tables and process.table.is_full(number):
            table = table.without_tables([number])  # it may be a huge page, and moves as one
            continue
        table = table.with_tables((vpn + by) >> BITS for vpn in (first, last - 1))
        table = table.without_tables([number]) if is_whole else table.with_tables([number])
    return table


def _at(vma: Vma, to: int) -> Vma:
    """The region at another address; private pages are known by where they were at first (mm/vma.c: copy_vma)."""
    first = vma.offset(vma.start) if vma.file or vma.has_private else to
    return replace(vma, start=to, end=to + vma.pages, pgoff=first if vma.file or first != to else 0)
