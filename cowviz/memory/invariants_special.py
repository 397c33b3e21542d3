"""What must be true of shared address spaces, swap, pins and huge pages; ``invariants`` has the rest.

Each check costs what there is of its subject, nothing where there is none: ``recheck`` makes them as they are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from cowviz.memory.frames import HUGE_PAGE_FRAMES
from cowviz.memory.machine import Machine, Process


def wrong_sharing(machine: Machine) -> Iterator[str]:
    """Yield what is wrong with shared address spaces: all who share one see the same, its owner among them."""
    for process in machine.processes.values():
        if process.mm is None:
            continue
        other = machine.processes.get(process.mm)
        if other is None or other is process or other.mm is not None or not (other.is_alive and process.is_alive):
            yield f"{process.name} ({process.pid}) shares the address space of {process.mm}, which has none"
        elif _space(process) != _space(other):
            yield f"{process.name} ({process.pid}) and {other.name} share an address space, and it is not the same"


def _space(process: Process) -> object:
    return process.vmas, process.table, process.guards, process.swapped, process.pins


def wrong_swap(machine: Machine) -> Iterator[str]:
    """Yield what is wrong with swap: counts of slots, the frames that they know, pages swapped and mapped."""
    named: Counter[int] = Counter()
    for process in machine.spaces():
        for vpn, number in process.swapped.items():
            named[number] += 1
            yield from _wrong_entry(process, vpn)
    for number in sorted({*named, *machine.swap}):
        slot = machine.swap.get(number)
        if slot is None or slot.entries != named[number]:
            yield f"swap slot {number} has {slot and slot.entries} entries, and {named[number]} name it"
            continue
        if slot.exclusive and slot.entries > 1:
            yield f"swap slot {number} is said to be exclusive, and is not"
        frame = None if slot.pfn is None else machine.frames.get(slot.pfn)
        if slot.pfn is not None and (frame is None or frame.tag.slot != number):
            yield f"swap slot {number} is cached in frame {slot.pfn}, which does not know of it"
    if len(machine.swap) > machine.swap_slots:
        yield f"{len(machine.swap)} of {machine.swap_slots} swap slots are in use"


def _wrong_entry(process: Process, vpn: int) -> Iterator[str]:
    vma = process.vma(vpn)
    if vma is None or vma.shared or not vma.has_private:
        yield f"{process.name} ({process.pid}) has page {vpn:#x} in swap, where it has no private memory"
    if vpn in process.table or vpn in process.guards:
        yield f"{process.name} ({process.pid}) has page {vpn:#x} in swap, and something else there too"


def wrong_pins(machine: Machine) -> Iterator[str]:
    """Yield what is wrong with pinned pages: each is mapped, and its frame is the process's alone."""
    for process in machine.processes.values():
        for vpn in process.pins:
            pte = process.pte(vpn)
            frame = machine.frames.get(pte.pfn) if pte else None
            if frame is None or not frame.exclusive:
                yield f"{process.name} ({process.pid}) has pinned page {vpn:#x}, and not its frame for itself"


def wrong_mark(machine: Machine, pfn: int) -> Iterator[str]:
    """Yield what is wrong with tagged frames: each is known to its slot, no file's page, and tagged in one way."""
    frame = machine.frames.get(pfn)
    if frame is None:
        return
    slot, folio, ksm = frame.tag
    if slot is not None:
        known = machine.swap.get(slot)
        if known is None or known.pfn != pfn:
            yield f"frame {pfn} says that it caches swap slot {slot}, which does not know of it"
        elif known.content != frame.content:
            yield f"frame {pfn} and swap slot {slot} do not hold the same"
    if (slot is not None) + (folio is not None) + ksm + (frame.cached_page is not None) > 1:
        yield f"frame {pfn} is special in two ways"
    if folio is not None and not folio <= pfn < folio + HUGE_PAGE_FRAMES:
        yield f"frame {pfn} is far from its huge page {folio}"


def wrong_folio(machine: Machine, folio: int) -> Iterator[str]:
    """Yield what is wrong with huge pages: each is 512 aligned frames in use, and somebody maps one of them."""
    members = [frame for _, frame in machine.frames.items(folio, folio + HUGE_PAGE_FRAMES) if frame.tag.folio == folio]
    if folio % HUGE_PAGE_FRAMES or len(members) != HUGE_PAGE_FRAMES:
        yield f"huge page {folio} has {len(members)} frames"
