"""The invariants held against what changed: as good as a full check, at the cost of a fault.

What is the very same object as in the machine checked before is not read again, so that every change of a lesson with
thousands of pages can be checked. ``invariants`` has the rules and is the reference.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sized

from cowviz.memory import frames, invariants
from cowviz.memory.frames import HUGE_PAGE_FRAMES
from cowviz.memory.invariants import wrong_cached, wrong_frame, wrong_holder, wrong_page, wrong_process
from cowviz.memory.invariants_special import wrong_folio, wrong_mark, wrong_pins, wrong_sharing, wrong_swap
from cowviz.memory.machine import ZERO_PFN, Frame, Machine, Process
from cowviz.memory.tables.page_table import PageTable
from cowviz.memory.tables.radix import Radix

Changed = Mapping[int, tuple[Frame | None, Frame | None]]  # frames that are others now, by pfn: before and after


def violations_since(before: Machine | None, machine: Machine) -> list[str]:
    """Return what is wrong with the machine, where nothing was wrong ``before`` (None: where nobody has looked yet).

    Finds something whenever ``violations`` does. That the sum of PSS is right follows from the map counts.
    """
    if before is None or before.free.order is not machine.free.order:
        return invariants.violations(machine)
    changed = {pfn: (old, new) for pfn, old, new in before.frames.differences(machine.frames)}
    return [
        *_wrong_lengths(before, machine),
        *_wrong_counts(before, machine, changed),
        *_wrong_free_list(before, machine, changed),
        *_wrong_cache(before, machine, changed),
        *_wrong_processes(before, machine, changed),
        *wrong_sharing(machine),
        *wrong_swap(machine),
        *wrong_pins(machine),
        *_wrong_specials(before, machine, changed),
    ]


def _wrong_counts(before: Machine, machine: Machine, changed: Changed) -> Iterator[str]:
    """As ``invariants._wrong_counts``: the count is that of before, and what tables have gained and lost since."""
    gained: Counter[int] = Counter()
    for old, new in _tables(before, machine):
        for _, was, now in old.differences(new):
            if was is not None:
                gained[was.pfn] -= 1
            if now is not None:
                gained[now.pfn] += 1
    for pfn in sorted({*gained, *changed} - {ZERO_PFN}):
        known, frame = before.frames.get(pfn), machine.frames.get(pfn)
        yield from wrong_frame(pfn, frame, (known.mapcount if known else 0) + gained[pfn])


def _wrong_free_list(before: Machine, machine: Machine, changed: Changed) -> Iterator[str]:
    """As ``invariants._wrong_free_list``: what was not in use before was listed once; since then it came or went."""
    listed: Counter[int] = Counter()
    for _, was, now in before.free.freed.differences(machine.free.freed):
        if was is not None:
            listed[was] -= 1
        if now is not None:
            listed[now] += 1
    then, since = before.free.used, machine.free.used
    listed.subtract(machine.free.order[then:since])
    listed.update(machine.free.order[since:then])
    for pfn in sorted({*listed, *changed}):
        times, is_used = (pfn not in before.frames) + listed[pfn], pfn in machine.frames
        if times != (not is_used):
            yield f"frame {pfn} is {'' if is_used else 'not '}in use, and {times} times in the free list"


def _wrong_cache(before: Machine, machine: Machine, changed: Changed) -> Iterator[str]:
    """As ``invariants._wrong_cache``, of pages, files and frames that are others than before."""
    pages = {frame.cached_page: None for pair in changed.values() for frame in pair if frame and frame.cached_page}
    pfns = dict.fromkeys(changed)
    for name, (old, new) in _caches(before, machine).items():
        for offset, was, _ in old.differences(new):
            pages[name, offset] = None
            if was is not None:
                pfns[was] = None
        if before.files.get(name) is not machine.files.get(name):
            pages |= {(name, offset): None for offset in new}
    for name, offset in pages:
        pfn = frames.cached(machine, name, offset)
        if pfn is not None:
            yield from wrong_cached(machine, name, offset, pfn)
    for pfn in pfns:
        yield from wrong_holder(machine, pfn)


def _wrong_processes(before: Machine, machine: Machine, changed: Changed) -> Iterator[str]:
    """As ``invariants.wrong_process`` of all: PTEs that are others, and those whose frame is in another position."""
    moved = {pfn for pfn, (old, new) in changed.items() if old and new and _is_stricter(old, new)}
    for pid, process in machine.processes.items():
        old = before.processes.get(pid)
        if old is None or _bounds(old) != _bounds(process):
            yield from wrong_process(machine, process)
            continue
        entries = {vpn: pte for vpn, _, pte in old.table.differences(process.table) if pte is not None}
        if moved:
            entries |= {vpn: pte for vpn, pte in process.table.items() if pte.pfn in moved}
        for vpn, pte in entries.items():
            vma = process.vma(vpn)
            if vma is None:
                yield f"{process.name} ({pid}) has a resident page {vpn:#x} outside of all its regions"
            else:
                yield from wrong_page(machine, process, vma, vpn, pte)


def _is_stricter(old: Frame, new: Frame) -> bool:
    """Whether an entry that was right of a frame may be wrong now: what a frame that lost an owner allows is more."""
    if old.cached_page != new.cached_page:
        return True
    return (new.mapcount > 1 >= old.mapcount) or (old.exclusive and not new.exclusive)


def _wrong_specials(before: Machine, machine: Machine, changed: Changed) -> Iterator[str]:
    """As ``invariants`` of all frames: those that are others, whose slot is another, or whose huge page has changed."""
    slots = [slot for _, *pair in before.swap.differences(machine.swap) for slot in pair if slot is not None]
    for pfn in sorted({*changed} | {slot.pfn for slot in slots if slot.pfn is not None}):
        yield from wrong_mark(machine, pfn)
    folios = {frame.tag.folio for pair in changed.values() for frame in pair if frame is not None}
    for folio in sorted(folio for folio in folios if folio is not None):
        members = machine.frames.items(folio, folio + HUGE_PAGE_FRAMES)
        if any(frame.tag.folio == folio for _, frame in members):
            yield from wrong_folio(machine, folio)


def _bounds(process: Process) -> object:
    """All that the rules for PTEs know of a process."""
    return process.vmas, process.guards, process.status


def _tables(before: Machine, machine: Machine) -> Iterator[tuple[PageTable, PageTable]]:
    """The page tables, each address space's once, as they were and as they are."""
    old, new = ({process.pid: process.table for process in m.spaces()} for m in (before, machine))
    none = PageTable()
    for pid in {**old, **new}:
        yield old.get(pid, none), new.get(pid, none)


def _caches(before: Machine, machine: Machine) -> dict[str, tuple[Radix[int], Radix[int]]]:
    none = Radix[int]()
    return {
        name: (before.cache.get(name, none), machine.cache.get(name, none))
        for name in {**before.cache, **machine.cache}
    }


def _wrong_lengths(before: Machine, machine: Machine) -> Iterator[str]:
    """How many entries each tree says that it has; the full check counts them along with everything else."""
    yield from _wrong_length(before.frames, machine.frames, before.frames.differences(machine.frames))
    freed, now = before.free.freed, machine.free.freed
    yield from _wrong_length(freed, now, freed.differences(now))
    for old, new in _tables(before, machine):
        yield from _wrong_length(old, new, old.differences(new))
    for pages, others in _caches(before, machine).values():
        yield from _wrong_length(pages, others, pages.differences(others))


def _wrong_length(old: Sized, new: Sized, changes: Iterable[tuple[int, object, object]]) -> Iterator[str]:
    if old is not new:
        length = len(old) + sum((now is not None) - (was is not None) for _, was, now in changes)
        if len(new) != length:
            yield f"a table of {length} entries says that it has {len(new)}"
