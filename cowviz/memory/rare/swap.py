"""Swap: pages that a page table entry names by a slot of the swap device, not by a frame.

A frame stays in the swap cache after its page was written out, until somebody needs it: a touch meanwhile only sets
the entry again. Slots have counts, as frames have: fork copies the entry, and each one is an owner.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from cowviz.memory import frames
from cowviz.memory.changes import Change, Changes
from cowviz.memory.events import FramesReclaimed, PagedOut
from cowviz.memory.machine import PLAIN, ZERO_PFN, File, Frame, FrameTag, Machine, Process, Slot
from cowviz.memory.rare import huge


def page_out(machine: Machine, pid: int, start: int, end: int) -> Changes:
    """Write the pages of a range that nobody else maps to swap, as far as it has room; files' go to the file.

    Co-owned and pinned ones stay (MADV_PAGEOUT, mm/madvise.c: madvise_cold_or_pageout_pte_range).
    """
    machine = _files_paged_out(machine, pid, start, end)
    if not machine.swap_slots:
        return machine
    machine = _with_ordinary_frames(machine, machine.process(pid), start, end)
    process = machine.process(pid)
    out = 0
    for vpn, pte in process.table.items(start, end):
        frame = machine.frames.get(pte.pfn)
        if vpn in process.pins or frame is None or not _may_go(frame):
            continue
        slot = _slot_for(machine, frame)
        if slot is None:
            break
        machine, out = _paged_out(machine, pid, vpn, pte.pfn, slot), out + 1
    if out:
        yield Change(PagedOut(pid, out), machine)
    return machine


def _files_paged_out(machine: Machine, pid: int, start: int, end: int) -> Machine:
    """Pages of files that this entry alone maps: it goes, and what is on the disk leaves the page cache.

    What was written and is not on the disk yet stays cached. Memory of no disk goes to swap, which is its file here
    (mm/vmscan.c: shrink_folio_list).
    """
    for vpn, pte in list(machine.process(pid).table.items(start, end)):
        frame = machine.frames.get(pte.pfn)
        if frame is None or frame.cached_page is None or frame.mapcount != 1:
            continue
        name, offset = frame.cached_page
        file, process = machine.files[name], machine.process(pid)
        if not (file.on_disk or machine.swap_slots):
            continue
        machine = machine.with_process(replace(process, table=process.table.without_range(vpn, vpn + 1)))
        machine = frames.unmapped(machine, [pte.pfn])[0]
        if not (file.on_disk and (pte.dirty or frame.content != file.contents[offset])):
            machine = _uncached(machine, file, offset, pte.pfn)
    return machine


def _uncached(machine: Machine, file: File, offset: int, pfn: int) -> Machine:
    """One page leaves the page cache; the file has what was in it."""
    contents = (*file.contents[:offset], machine.content(pfn), *file.contents[offset + 1 :])
    pages = machine.cache[file.name].without_range(offset, offset + 1)
    files = {**machine.files, file.name: replace(file, contents=contents)}
    machine = replace(machine, files=files, cache={**machine.cache, file.name: pages})
    return frames.release(machine, [pfn])


def reclaim(machine: Machine, pid: int) -> Changes:
    """Take frames back that no entry maps: those of the swap cache, and the unmapped rest of split huge pages.

    The kernel does so when it needs frames for ``pid``; a lesson may want it at any time.
    """
    cached = [slot for slot in machine.swap.items() if slot[1].pfn is not None]
    gone = [(number, slot) for number, slot in cached if not _mapcount(machine, slot.pfn)]
    pfns = tuple(slot.pfn for _, slot in gone if slot.pfn is not None)
    machine = replace(machine, swap=machine.swap.updated((number, slot._replace(pfn=None)) for number, slot in gone))
    machine = frames.release(machine, pfns)
    folios = {frame.tag.folio for _, frame in machine.frames.items() if frame.mapcount == 0}
    for folio in sorted(folio for folio in folios if folio is not None):
        machine, freed = frames.split(machine, folio)
        pfns += freed
    if pfns:
        yield Change(FramesReclaimed(pid, pfns), machine)
    return machine


def is_reclaimable(machine: Machine) -> bool:
    """Return whether ``reclaim`` would find a frame."""
    return any(
        frame.mapcount == 0 and (frame.tag.slot is not None or frame.tag.folio is not None)
        for _, frame in machine.frames.items()
    )


def shared(machine: Machine, slots: Iterable[int]) -> Machine:
    """Count one more entry for each of these slots: fork copied it, and no owner is the only one."""
    changed = []
    for number in slots:
        slot = slot_of(machine, number)
        changed.append((number, slot._replace(entries=slot.entries + 1, exclusive=False)))
    return replace(machine, swap=machine.swap.updated(changed))


def dropped(machine: Machine, slots: Iterable[int]) -> tuple[Machine, tuple[int, ...]]:
    """Count one entry less for each of these slots; return also the frames freed with slots that nobody names."""
    freed: list[int] = []
    for number, times in Counter(slots).items():
        slot = slot_of(machine, number)
        left = slot.entries - times
        machine = replace(machine, swap=machine.swap.updated([(number, slot._replace(entries=left) if left else None)]))
        if not left and slot.pfn is not None:
            machine = frames.with_tag(machine, [slot.pfn], PLAIN)
            if not _mapcount(machine, slot.pfn):
                machine = frames.release(machine, [slot.pfn])
                freed.append(slot.pfn)
    return machine, tuple(freed)


def brought_in(machine: Machine, number: int, *, unused: bool = False) -> tuple[Machine, int]:
    """Read a slot's bytes into a frame, which is in the swap cache; nobody maps it yet.

    ``unused`` takes a frame that was never in use.
    """
    slot = slot_of(machine, number)
    machine, (pfn,) = frames.allocate_many(machine, [slot.content], unused=unused)
    machine = frames.mark_shared(machine, [pfn])
    machine = frames.with_tag(machine, [pfn], FrameTag(slot=number))
    return replace(machine, swap=machine.swap.set(number, slot._replace(pfn=pfn))), pfn


def is_sole(machine: Machine, pfn: int) -> bool:
    """Return whether one entry maps the frame, and no swap entry waits for it."""
    frame = machine.frames.get(pfn)
    return frame is not None and frame.mapcount == 1 and frame.tag.slot is None


def frames_wanted(machine: Machine, process: Process, vpn: int, *, is_write: bool) -> int:
    """Return how many free frames a touch of a page in swap takes: one to read it into, one for a writer's copy."""
    number = process.swapped.get(vpn)
    assert number is not None, "no swap entry"
    slot = slot_of(machine, number)
    owners = slot.entries + _mapcount(machine, slot.pfn)
    return (slot.pfn is None) + (is_write and owners > 1)


def slot_of(machine: Machine, number: int) -> Slot:
    """Return a swap slot that is in use."""
    slot = machine.swap.get(number)
    assert slot is not None, f"swap slot {number} is free"
    return slot


def _paged_out(machine: Machine, pid: int, vpn: int, pfn: int, number: int) -> Machine:
    """One entry names the slot from now on; its frame is in the swap cache."""
    frame = machine.frames.get(pfn)
    assert frame is not None
    process, old = machine.process(pid), machine.swap.get(number)
    slot = old._replace(entries=old.entries + 1) if old else Slot(frame.content, 1, pfn, frame.exclusive)
    machine = replace(machine, swap=machine.swap.set(number, slot))
    machine = frames.with_tag(frames.mark_shared(machine, [pfn]), [pfn], FrameTag(slot=number))
    table, swapped = process.table.without_range(vpn, vpn + 1), process.swapped.set(vpn, number)
    machine = machine.with_process(replace(process, table=table, swapped=swapped))
    return frames.unmapped(machine, [pfn])[0]


def _may_go(frame: Frame) -> bool:
    tag = frame.tag
    return frame.mapcount == 1 and frame.cached_page is None and not tag.ksm and tag.folio is None


def _slot_for(machine: Machine, frame: Frame) -> int | None:
    """The slot that holds the frame's bytes already, or the first free one; None where swap is full."""
    if frame.tag.slot is not None:
        return frame.tag.slot
    return next((number for number in range(machine.swap_slots) if number not in machine.swap), None)


def _with_ordinary_frames(machine: Machine, process: Process, start: int, end: int) -> Machine:
    """Huge pages of the range that this address space alone maps are made of ordinary frames first."""
    machine = huge.split_in_part(machine, process, start, end)
    process = machine.process(process.pid)
    found = (machine.frames.get(pte.pfn) for _, pte in process.table.items(start, end) if pte.pfn != ZERO_PFN)
    folios = {frame.tag.folio for frame in found if frame is not None}
    for folio in sorted(folio for folio in folios if folio is not None):
        if all(frame.mapcount <= 1 for _, frame in machine.frames.items(folio, folio + frames.HUGE_PAGE_FRAMES)):
            machine, _ = frames.split(machine, folio)
    return machine


def _mapcount(machine: Machine, pfn: int | None) -> int:
    frame = None if pfn is None else machine.frames.get(pfn)
    return frame.mapcount if frame else 0
