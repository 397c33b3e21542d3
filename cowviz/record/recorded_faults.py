"""The faults of a recording, done to its machine: what was raised, which frames were taken, what was mapped."""

from __future__ import annotations

from cowviz.memory import frames
from cowviz.memory.events import (
    Access,
    Accessed,
    Event,
    FaultKind,
    FaultRaised,
    FrameAllocated,
    FrameCopied,
    FrameFilled,
    FrameSwappedIn,
    PageMapped,
    PageReused,
    Severity,
)
from cowviz.memory.machine import PAGE_SIZE, Pte, Vma
from cowviz.memory.rare import swap
from cowviz.memory.resolvers import RESOLVERS, Fault, counted
from cowviz.record.inferred_events import Touched
from cowviz.record.recorded_frames import RecordedFrames

_FROM_SWAP = (FaultKind.SWAP_IN, FaultKind.SWAP_CACHED)


def resolve(memory: RecordedFrames, pid: int, touched: Touched) -> list[Event]:
    """Do a fault to the machine; where only its neighbours are drawn, map them."""
    vma, kind, vpn = memory.process(pid).vma(touched.vpn), touched.kind, touched.vpn
    if vma is None:
        memory.map_all(pid, touched.around)
        return []
    before, is_major = memory.process(pid).pte(vpn), kind.severity is Severity.MAJOR
    memory.machine = counted(memory.machine, pid, minor=not is_major, major=is_major)
    raised, accessed = FaultRaised(pid, vpn, touched.access, kind, before is not None), _accessed(pid, touched)
    if kind is FaultKind.COW_REUSE and before is not None:
        memory.map(pid, vpn, touched.page)
        memory.machine = counted(memory.machine, pid, reuses=1)
        return [raised, PageReused(pid, vpn, before.pfn), accessed]
    if kind in _FROM_SWAP and vpn in memory.process(pid).swapped:
        return [raised, *_swapped_in(memory, pid, vma, touched), accessed]
    return [raised, *_resolved(memory, pid, vma, touched, before), accessed]


def _accessed(pid: int, touched: Touched) -> Accessed:
    return Accessed(pid, touched.vpn, touched.access)


def _resolved(memory: RecordedFrames, pid: int, vma: Vma, touched: Touched, before: Pte | None) -> list[Event]:
    """Frames taken and copied, and the page mapped."""
    kind, vpn = touched.kind, touched.vpn
    is_copy = kind is FaultKind.COW_COPY or (kind is FaultKind.FILE_READ and not touched.page.of_file)
    source = before.pfn if before else memory.file_frame(vma, vpn) if is_copy else None
    used = memory.machine.free.used
    memory.map(pid, vpn, touched.page)
    pfn = memory.pfns[touched.page.frame]
    events: list[Event] = []
    if memory.machine.free.used > used:
        frame = memory.machine.frames.get(pfn)
        if frame is None or not frame.cached_page:
            events.append(FrameAllocated(pid, pfn))
        elif kind is FaultKind.FILE_READ:
            events.append(FrameFilled(pid, pfn, *frame.cached_page))
    if is_copy and source is not None:
        memory.machine = counted(memory.machine, pid, copies=1, copied_bytes=PAGE_SIZE)
        events.append(FrameCopied(pid, source, pfn))
    memory.map_all(pid, touched.around)
    pages = 1 + sum(neighbour in vma for neighbour, _ in touched.around)
    return [*events, PageMapped(pid, vpn, pfn, before.pfn if before else None, kind, pages)]


def _swapped_in(memory: RecordedFrames, pid: int, vma: Vma, touched: Touched) -> list[Event]:
    """A page comes back, from the swap cache or from the disk, as the simulator's kernel does it."""
    number = memory.process(pid).swapped.get(touched.vpn)
    assert number is not None
    slot, events = swap.slot_of(memory.machine, number), list[Event]()
    if touched.kind is FaultKind.SWAP_IN or slot.pfn is None:
        memory.machine, pfn = swap.brought_in(memory.machine, number, unused=True)
        if slot.pfn is not None:
            memory.machine = frames.release(memory.machine, [slot.pfn])
        events.append(FrameSwappedIn(pid, pfn, number))
    fault = Fault(pid, touched.vpn, Access.READ, touched.kind, vma, None)
    for change in RESOLVERS[touched.kind](memory.machine, fault):
        memory.machine = change.machine
        events.append(change.event)
    pte = memory.process(pid).pte(touched.vpn)
    assert pte is not None
    memory.pfns[touched.page.frame] = pte.pfn
    return events
