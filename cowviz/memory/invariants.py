"""What must be true of a machine after every change, recounted from nothing that is kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise

from cowviz.memory.machine import PAGE_SIZE, ZERO_PFN, Frame, Machine, Process, Prot, Pte, Vma
from cowviz.memory.measures import pss


def violations(machine: Machine) -> list[str]:
    """What is wrong with the machine, in words; nothing should be."""
    return [
        *_wrong_counts(machine),
        *_wrong_free_list(machine),
        *_wrong_cache(machine),
        *(line for process in machine.processes.values() for line in _wrong_process(machine, process)),
    ]


def leaks(machine: Machine) -> list[int]:
    """Frames in use that nobody maps and the page cache does not hold; right only in the midst of a fault."""
    return [pfn for pfn, frame in machine.frames.items() if frame.mapcount == 0 and frame.cache is None]


def _wrong_counts(machine: Machine) -> Iterator[str]:
    """Each frame's map count = PTEs that map it; the sum of PSS = bytes of the mapped frames."""
    ptes = [pte for process in machine.processes.values() for _, pte in process.table.items()]
    counted = Counter(pte.pfn for pte in ptes)
    for pfn in counted.keys() - {ZERO_PFN}:
        if pfn not in machine.frames:
            yield f"frame {pfn} is mapped and not in use"
    frames = list(machine.frames.items())
    for pfn, frame in frames:
        if frame.mapcount != counted[pfn]:
            yield f"frame {pfn} has mapcount {frame.mapcount}, and {counted[pfn]} PTEs map it"
        if frame.exclusive and (counted[pfn] > 1 or frame.cache):
            yield f"frame {pfn} is said to be exclusive, and is not"
    mapped = sum(frame.mapcount > 0 for _, frame in frames)
    total = sum((pss(machine, process) for process in machine.living()), Fraction())
    if total != mapped * PAGE_SIZE:
        yield f"the sum of PSS is {total} bytes, and {mapped} frames are mapped"


def _wrong_free_list(machine: Machine) -> Iterator[str]:
    """Used + free = all, and no frame is both."""
    free = [pfn for _, pfn in machine.free.freed.items()] + list(machine.free.order[machine.free.used :])
    if len(free) != len(machine.free) or len(set(free)) != len(free):
        yield "the free list names a frame twice"
    if machine.used_frames + len(free) != machine.total_frames:
        yield f"{machine.used_frames} frames used + {len(free)} free are not {machine.total_frames}"
    for pfn in free:
        if pfn in machine.frames:
            yield f"frame {pfn} is both free and in use"


def _wrong_cache(machine: Machine) -> Iterator[str]:
    """The page cache and its frames name each other, within files that exist."""
    for name, pages in machine.cache.items():
        for offset, pfn in pages.items():
            frame = machine.frames.get(pfn)
            if frame is None or frame.cache != (name, offset):
                yield f"page {offset} of {name} is cached in frame {pfn}, which does not know of it"
            if name not in machine.files or offset >= len(machine.files[name].contents):
                yield f"page {offset} of {name} is cached, and the file does not have it"
    held = sum(frame.cache is not None for _, frame in machine.frames.items())
    if held != sum(map(len, machine.cache.values())):
        yield "a frame says that the page cache holds it, and the page cache does not"


def _wrong_process(machine: Machine, process: Process) -> Iterator[str]:
    """Regions are in order and apart; each PTE lies in one and keeps to it; the dead map nothing."""
    who = f"{process.name} ({process.pid})"
    if not process.is_alive and (process.vmas or process.table):
        yield f"{who} is dead and maps memory"
    if any(a.end > b.start for a, b in pairwise(process.vmas)) or any(vma.pages < 1 for vma in process.vmas):
        yield f"{who} has regions that overlap, are empty or out of order"
    resident = 0
    for vma in process.vmas:
        for vpn, pte in process.table.items(vma.start, vma.end):
            resident += 1
            for problem in _wrong_pte(machine, vma, vpn, pte):
                yield f"{who}, page {vpn:#x} of {vma.name}: {problem}"
            if vpn in process.guards:
                yield f"{who}, page {vpn:#x} is a guard and mapped"
    if resident != len(process.table):
        yield f"{who} has resident pages outside of all its regions"


def _wrong_pte(machine: Machine, vma: Vma, vpn: int, pte: Pte) -> Iterator[str]:
    if pte.prot & ~vma.prot:
        yield f"its PTE allows {pte.prot}, its region only {vma.prot}"
    writable = bool(pte.prot & Prot.W)
    if pte.pfn == ZERO_PFN:
        if writable or vma.file is not None:
            yield "the zero page is writable, or stands for a file's page"
        return
    frame = machine.frames.get(pte.pfn)
    if frame is None:
        return  # said already, where PTEs are counted
    if vma.shared:
        if frame.cache != (vma.file, vma.offset(vpn)):
            yield f"MAP_SHARED, and frame {pte.pfn} is not the file's own"
    else:
        yield from _wrong_private(vma, vpn, pte, frame, writable)


def _wrong_private(vma: Vma, vpn: int, pte: Pte, frame: Frame, writable: bool) -> Iterator[str]:
    if writable and frame.mapcount > 1:
        yield f"writable, and frame {pte.pfn} has {frame.mapcount} owners"
    if writable and not frame.exclusive:
        yield f"writable, and frame {pte.pfn} was never taken for this process alone"
    if frame.cache is not None and frame.cache != (vma.file, vma.offset(vpn)):
        yield f"shows {frame.cache}, not its own file's page"
    if frame.cache is None and not vma.has_private:
        yield "private, and its region does not know that it has a private page"
