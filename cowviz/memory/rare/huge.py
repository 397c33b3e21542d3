"""Huge pages: 512 pages whose frames lie next to one another and are one thing to the kernel, a folio.

Page tables here have entries of 4 KiB only: a huge page is mapped as one where 512 entries of an aligned range name
all the frames of a folio in order, with the same rights, or all the zero page, and no lowest table is known to be
there (``PageTable.tables``). So whatever makes one of them different splits the mapping.
"""

from __future__ import annotations

from dataclasses import replace

from cowviz.memory import frames
from cowviz.memory.frames import HUGE_PAGE_FRAMES
from cowviz.memory.machine import WITHOUT_W, ZERO_PFN, Machine, Process, Pte, Vma
from cowviz.memory.tables.levels import BITS


def first_of(vpn: int) -> int:
    """Return the page that the aligned range of ``vpn`` begins with."""
    return vpn - vpn % HUGE_PAGE_FRAMES


def may_be_huge(process: Process, vma: Vma, vpn: int) -> bool:
    """Return whether a fault may map all the range: madvise(HUGEPAGE), anonymous, and all of it untouched.

    A lowest table that is there is in the way, be it empty. What maps the huge zero page counts as untouched.
    Source: mm/memory.c: __handle_mm_fault, mm/huge_memory.c: do_huge_pmd_anonymous_page.
    """
    start = first_of(vpn)
    if not vma.huge or vma.file is not None or not vma.start <= start <= vma.end - HUGE_PAGE_FRAMES:
        return False
    return not has_table(process, start) or maps_zeroes(process, start)


def has_table(process: Process, vpn: int) -> bool:
    """Return whether the entry of a page has a place already; so it has where a huge page is mapped."""
    start = first_of(vpn)
    if process.table.has_table(vpn) or any(start <= guard < start + HUGE_PAGE_FRAMES for guard in process.guards):
        return True
    return any(True for _ in process.swapped.items(start, start + HUGE_PAGE_FRAMES))


def maps_zeroes(process: Process, vpn: int) -> bool:
    """Return whether the huge page of zeroes is mapped around ``vpn``."""
    return vpn >> BITS not in process.table.tables and process.table.is_full_of_zero_pages(vpn >> BITS)


def mapped_whole(machine: Machine, process: Process, lo: int, hi: int) -> list[int]:
    """Return the first page of each 2 MiB between ``lo`` and ``hi`` that one entry maps, zeroes or not."""
    numbers = [number for number, _ in process.table.leaves(lo, hi)]
    starts = [number << BITS for number in numbers if lo <= number << BITS <= hi - HUGE_PAGE_FRAMES]
    return [start for start in starts if is_whole(machine, process, start) or maps_zeroes(process, start)]


def is_whole(machine: Machine, process: Process, vpn: int) -> bool:
    """Return whether a huge page is mapped around ``vpn``, by what the hardware would have as one entry."""
    start = first_of(vpn)
    pte = None if start >> BITS in process.table.tables else process.pte(start)
    frame = machine.frames.get(pte.pfn) if pte else None
    if pte is None or frame is None or frame.tag.folio != pte.pfn:
        return False
    vma = process.vma(start)  # where a region is cut, so is the mapping (vma_adjust_trans_huge)
    if vma is None or vma.end < start + HUGE_PAGE_FRAMES:
        return False
    entries = process.table.items(start, start + HUGE_PAGE_FRAMES)
    wanted = ((start + i, Pte(pte.pfn + i, pte.prot)) for i in range(HUGE_PAGE_FRAMES))
    return (
        all(entry == want for entry, want in zip(entries, wanted, strict=False))
        and pages(process, start) == HUGE_PAGE_FRAMES
    )


def pages(process: Process, start: int) -> int:
    """Return how many pages of an aligned range are mapped."""
    return sum(1 for _ in process.table.items(start, start + HUGE_PAGE_FRAMES))


def split_in_part(machine: Machine, process: Process, start: int, end: int) -> Machine:
    """Return the machine after huge pages that a range has only part of were made of ordinary frames.

    Not those that another address space maps. What of them holds zeroes is the zero page from then on, but in locked
    regions (mm/madvise.c: madvise_cold_or_pageout_pte_range, mm/migrate.c: try_to_map_unused_to_zeropage).
    """
    found: dict[int, int] = {}
    for _, pte in process.table.items(start, end):
        frame = machine.frames.get(pte.pfn)
        if frame is not None and frame.tag.folio is not None:
            found[frame.tag.folio] = found.get(frame.tag.folio, 0) + 1
    for folio in sorted(folio for folio, count in found.items() if count < HUGE_PAGE_FRAMES):
        if not is_folio_shared(machine, process, folio):
            machine = _split_to_zeroes(machine, process.pid, folio)
    return machine


def _split_to_zeroes(machine: Machine, pid: int, folio: int) -> Machine:
    machine, _ = frames.split(machine, folio)
    zeroes = []
    for vma in machine.process(pid).vmas:
        for vpn, pte in machine.process(pid).table.items(vma.start, vma.end):
            if folio <= pte.pfn < folio + HUGE_PAGE_FRAMES and not machine.content(pte.pfn) and not vma.locked:
                zeroes.append((vpn, Pte(ZERO_PFN, WITHOUT_W[pte.prot])))
    for vpn, pte in zeroes:
        machine = frames.remap(machine, pid, vpn, pte)
    process = machine.process(pid)
    return machine.with_process(replace(process, table=process.table.with_tables(vpn >> BITS for vpn, _ in zeroes)))


def is_folio_shared(machine: Machine, process: Process, pfn: int) -> bool:
    """Return whether another address space maps any frame of the huge page that ``pfn`` is part of.

    Then no frame of it may be reused, even one that this process alone maps
    (mm/memory.c: wp_can_reuse_anon_folio, folio_maybe_mapped_shared).
    """
    frame = machine.frames.get(pfn)
    if frame is None or frame.tag.folio is None:
        return False
    folio = range(frame.tag.folio, frame.tag.folio + HUGE_PAGE_FRAMES)
    entries = sum(frame.mapcount for _, frame in machine.frames.items(folio.start, folio.stop))
    return entries > sum(pte.pfn in folio for _, pte in process.table.items())
