"""What must be true of a machine after every change, recounted from nothing that is kept.

This reads all of the machine. ``recheck`` holds the same rules against what changed, for a check of every change.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise

from cowviz.memory import frames
from cowviz.memory.invariants_special import wrong_folio, wrong_mark, wrong_pins, wrong_sharing, wrong_swap
from cowviz.memory.machine import PAGE_SIZE, ZERO_PFN, Frame, Machine, Process, Prot, Pte, Vma
from cowviz.memory.measures import pss


def violations(machine: Machine) -> list[str]:
    """Return what is wrong with the machine, in words; nothing should be."""
    return [
        *_wrong_counts(machine),
        *_wrong_free_list(machine),
        *_wrong_cache(machine),
        *(line for process in machine.processes.values() for line in wrong_process(machine, process)),
        *wrong_sharing(machine),
        *wrong_swap(machine),
        *wrong_pins(machine),
        *(line for pfn in machine.frames for line in wrong_mark(machine, pfn)),
        *(line for folio in _folios(machine) for line in wrong_folio(machine, folio)),
    ]


def _wrong_counts(machine: Machine) -> Iterator[str]:
    """Each frame's map count = PTEs that map it; the sum of PSS = bytes of the mapped frames."""
    counted = Counter(pte.pfn for process in machine.spaces() for _, pte in process.table.items())
    wrong = [
        line
        for pfn in sorted({*counted, *machine.frames} - {ZERO_PFN})
        for line in wrong_frame(pfn, machine.frames.get(pfn), counted[pfn])
    ]
    yield from wrong
    mapped = sum(frame.mapcount > 0 for _, frame in machine.frames.items())
    total = 0 if wrong else sum((pss(machine, process) for process in machine.spaces()), Fraction())
    if not wrong and total != mapped * PAGE_SIZE:
        yield f"the sum of PSS is {total} bytes, and {mapped} frames are mapped"


def wrong_frame(pfn: int, frame: Frame | None, counted: int) -> Iterator[str]:
    """Yield what is wrong with a frame that ``counted`` PTEs map."""
    if frame is None:
        if counted:
            yield f"frame {pfn} is mapped and not in use"
        return
    if frame.mapcount != counted:
        yield f"frame {pfn} has mapcount {frame.mapcount}, and {counted} PTEs map it"
    if frame.exclusive and (counted > 1 or frame.cached_page or frame.tag.ksm or frame.tag.slot is not None):
        yield f"frame {pfn} is said to be exclusive, and is not"


def _folios(machine: Machine) -> set[int]:
    """The huge pages that there are, by their first frames."""
    return {frame.tag.folio for _, frame in machine.frames.items() if frame.tag.folio is not None}


def _wrong_free_list(machine: Machine) -> Iterator[str]:
    """Used + free = all, and no frame is both."""
    listed = [pfn for _, pfn in machine.free.freed.items()] + list(machine.free.order[machine.free.used :])
    free, used = set(listed), set(machine.frames)
    if len(listed) != len(machine.free) or len(free) != len(listed):
        yield "the free list names a frame twice"
    if machine.used_frames + len(listed) != machine.total_frames or free | used != set(machine.free.order):
        yield f"{machine.used_frames} frames used + {len(listed)} free are not all {machine.total_frames}"
    for pfn in sorted(free & used):
        yield f"frame {pfn} is both free and in use"


def _wrong_cache(machine: Machine) -> Iterator[str]:
    """The page cache and its frames name each other, within files that exist."""
    for name, pages in machine.cache.items():
        for offset, pfn in pages.items():
            yield from wrong_cached(machine, name, offset, pfn)
    held = [pfn for pfn, frame in machine.frames.items() if frame.cached_page]
    for pfn in held:
        yield from wrong_holder(machine, pfn)
    if len(held) != sum(map(len, machine.cache.values())):
        yield f"the page cache holds {len(held)} frames, and counts others"


def wrong_holder(machine: Machine, pfn: int) -> Iterator[str]:
    """Yield what is wrong with a frame that says which page of a file it caches."""
    frame = machine.frames.get(pfn)
    if frame is not None and frame.cached_page and frames.cached(machine, *frame.cached_page) != pfn:
        yield f"frame {pfn} says that the page cache holds it, and the page cache does not"


def wrong_cached(machine: Machine, name: str, offset: int, pfn: int) -> Iterator[str]:
    """Yield what is wrong with an entry of the page cache."""
    frame = machine.frames.get(pfn)
    if frame is None or frame.cached_page != (name, offset):
        yield f"page {offset} of {name} is cached in frame {pfn}, which does not know of it"
    if name not in machine.files or offset >= len(machine.files[name].contents):
        yield f"page {offset} of {name} is cached, and the file does not have it"


def wrong_process(machine: Machine, process: Process) -> Iterator[str]:
    """Yield what is wrong with a process: regions are in order and apart, each PTE lies in one and keeps to it."""
    who = f"{process.name} ({process.pid})"
    if not process.is_alive and (process.vmas or process.table or process.swapped):
        yield f"{who} is dead and maps memory"
    if any(a.end > b.start for a, b in pairwise(process.vmas)) or any(vma.pages < 1 for vma in process.vmas):
        yield f"{who} has regions that overlap, are empty or out of order"
    if any((vma.forked or vma.anon_vma) and not vma.has_private for vma in process.vmas):
        yield f"{who} has an anon_vma for a region that never had a private page"
    resident = 0
    for vma in process.vmas:
        for vpn, pte in process.table.items(vma.start, vma.end):
            resident += 1
            yield from wrong_page(machine, process, vma, vpn, pte)
    if resident != len(process.table):
        yield f"{who} has resident pages outside of all its regions"


def position(frame: Frame) -> tuple[bool, bool, tuple[str, int] | None]:
    """Return what the rules for PTEs know of a frame: whether it is co-owned, exclusive, and whose page it caches."""
    return frame.mapcount > 1, frame.exclusive, frame.cached_page  # special ones are not exclusive: that says enough


def wrong_page(machine: Machine, process: Process, vma: Vma, vpn: int, pte: Pte) -> Iterator[str]:
    """Yield what is wrong with a PTE."""
    for problem in _wrong_pte(machine, vma, vpn, pte):
        yield f"{process.name} ({process.pid}), page {vpn:#x} of {vma.name}: {problem}"
    if vpn in process.guards:
        yield f"{process.name} ({process.pid}), page {vpn:#x} is a guard and mapped"


def _wrong_pte(machine: Machine, vma: Vma, vpn: int, pte: Pte) -> Iterator[str]:
    if pte.prot & ~vma.prot:
        yield f"its PTE allows {pte.prot}, its region only {vma.prot}"
    if pte.dirty and not vma.shared:
        yield "dirty, and its region is private: nothing asks"
    writable = bool(pte.prot & Prot.W)
    if pte.pfn == ZERO_PFN:
        if writable or vma.file is not None:
            yield "the zero page is writable, or stands for a file's page"
        return
    frame = machine.frames.get(pte.pfn)
    if frame is None:
        return  # said already, where PTEs are counted
    co_owned, exclusive, cache = position(frame)
    own = vma.file, vma.offset(vpn)
    if vma.shared:
        if cache != own:
            yield f"MAP_SHARED, and frame {pte.pfn} is not the file's own"
        return
    if writable and co_owned:
        yield f"writable, and frame {pte.pfn} has {frame.mapcount} owners"
    if writable and not exclusive:
        yield f"writable, and frame {pte.pfn} was never taken for this process alone"
    if cache is not None and cache != own:
        yield f"shows {cache}, not its own file's page"
    if cache is None and not vma.has_private:
        yield "private, and its region does not know that it has a private page"
