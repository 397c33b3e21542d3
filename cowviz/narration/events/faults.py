"""Tells of page faults and what resolves them, from the access that faults to the access that goes through."""

from __future__ import annotations

from cowviz.language import N_
from cowviz.memory.bulk_access import FAULTS, BulkAccess
from cowviz.memory.events import (
    Access,
    Accessed,
    FaultKind,
    FaultRaised,
    FrameAllocated,
    FrameCopied,
    FrameFilled,
    MappingSplit,
    OutOfMemory,
    PageMapped,
    PageReused,
    SignalSent,
)
from cowviz.memory.machine import ZERO_PFN
from cowviz.narration.emphasis import Called, CopyOf, Emphasis, Tag
from cowviz.narration.event_row import EventRow, Moment

FILL = Moment("fill", "nothing was read into memory")  # from a file or from swap

_FAULTS = {Access.READ: Tag.READ_FAULT, Access.WRITE: Tag.WRITE_FAULT, Access.EXEC: Tag.FETCH_FAULT}
_WITHOUT_FAULT = {
    Access.READ: Tag.READ_WITHOUT_FAULT,
    Access.WRITE: Tag.WRITE_WITHOUT_FAULT,
    Access.EXEC: Tag.FETCH_WITHOUT_FAULT,
}
_FRESH = {FaultKind.DEMAND_ZERO, FaultKind.STACK_GROWTH}


def _mark_fault(event: FaultRaised, emphasis: Emphasis) -> None:
    page = (event.pid, event.vpn)
    emphasis.faulted.add(page)
    emphasis.pages[page] = _FAULTS[event.access]
    if event.present:
        emphasis.arrows.add(page)


def _mark_allocated(event: FrameAllocated, emphasis: Emphasis) -> None:
    emphasis.frames[event.pfn] = Tag.ALLOCATED


def _mark_copied(event: FrameCopied, emphasis: Emphasis) -> None:
    emphasis.frames[event.target] = CopyOf(event.source)


def _mark_filled(event: FrameFilled, emphasis: Emphasis) -> None:
    emphasis.frames[event.pfn] = Tag.IN_PAGE_CACHE


def _mark_mapped(event: PageMapped, emphasis: Emphasis) -> None:
    page = (event.pid, event.vpn)
    emphasis.pages.pop(page, None)  # the fault is resolved
    emphasis.faulted.add(page)
    emphasis.arrows.add(page)
    if event.kind is FaultKind.COW_COPY and event.old is not None:
        emphasis.frames[event.pfn] = CopyOf(event.old)
    elif event.pfn != ZERO_PFN:
        is_fresh = event.kind in _FRESH
        emphasis.frames[event.pfn] = Tag.NEW_FRAME if is_fresh else emphasis.frames.get(event.pfn)


def _mapped_word(event: PageMapped) -> str:
    return N_("map") if event.old in (None, event.pfn) else N_("remap")


def _mark_reused(event: PageReused, emphasis: Emphasis) -> None:
    page = (event.pid, event.vpn)
    emphasis.faulted.add(page)
    emphasis.arrows.add(page)
    emphasis.pages[page] = Tag.FAULT_WITHOUT_COPY


def _mark_accessed(event: Accessed, emphasis: Emphasis) -> None:
    page = (event.pid, event.vpn)
    emphasis.arrows.add(page)
    if page not in emphasis.faulted:
        emphasis.pages[page] = _WITHOUT_FAULT[event.access]


def _mark_signal(event: SignalSent, emphasis: Emphasis) -> None:
    emphasis.pages[event.pid, event.vpn] = Called(event.signal)


def _mark_out_of_memory(event: OutOfMemory, emphasis: Emphasis) -> None:
    emphasis.memory = Tag.OUT_OF_MEMORY


def _mark_split(event: MappingSplit, emphasis: Emphasis) -> None:
    emphasis.pages[event.pid, event.vpn] = Tag.HUGE_PAGE_SPLIT


def _mark_bulk(event: BulkAccess, emphasis: Emphasis) -> None:
    """Mark many accesses as their single events would be marked, without making them; a test compares both."""
    tag = _WITHOUT_FAULT[event.access]
    for vpn, code, pfn, old in zip(event.vpns, event.kinds, event.frames, event.old, strict=True):
        page = (event.pid, vpn)
        emphasis.arrows.add(page)
        if not code:
            if page not in emphasis.faulted:
                emphasis.pages[page] = tag
            continue
        emphasis.faulted.add(page)
        kind, _present = FAULTS[code]
        if kind is FaultKind.COW_REUSE:
            emphasis.pages[page] = Tag.FAULT_WITHOUT_COPY
            continue
        emphasis.pages.pop(page, None)
        if kind is FaultKind.COW_COPY:
            emphasis.frames[pfn] = CopyOf(old)
        elif pfn != ZERO_PFN:
            emphasis.frames[pfn] = Tag.NEW_FRAME


ROWS = (
    EventRow(
        BulkAccess,
        rank=175,
        sentence=N_("{who} {does} {n_pages}"),
        mark=_mark_bulk,
    ),
    EventRow(
        FaultRaised,
        rank=170,
        sentence=N_("{who} wants to {verb} {page}: {severity} {fault} {kind} ({meaning})"),
        plural=N_("{who}: {n} {severity} {faults} {kind} on {all_pages} ({meaning})"),
        picture=N_("{who} wants to {verb} {all_pages}: a page fault is raised"),
        pauses=True,
        moment=Moment("fault", "nothing faulted"),
        mark=_mark_fault,
        rail=N_("fault"),
    ),
    EventRow(
        FrameAllocated,
        rank=160,
        sentence=N_("{frame} is allocated{along}"),
        plural=N_("{n_frames} are allocated: {all_frames}"),
        picture=N_("The kernel takes {all_frames} for {who}"),
        moment=Moment("allocate", "no frame was taken"),
        mark=_mark_allocated,
    ),
    EventRow(
        FrameCopied,
        rank=130,
        sentence=N_("{source} is copied to {target}"),
        plural=N_("{n_frames} are copied, to {all_frames}"),
        picture=N_("{sources} is copied to {all_frames}"),
        pauses=True,
        moment=Moment("copy", "nothing was copied"),
        mark=_mark_copied,
        rail=N_("copy"),
    ),
    EventRow(
        FrameFilled,
        rank=140,
        sentence=N_("page {offset} of {file} is read into {frame}"),
        plural=N_("{n_pages} of {file} are read into {all_frames}"),
        pauses=True,
        moment=FILL,
        mark=_mark_filled,
        rail=N_("fill"),
    ),
    EventRow(
        PageMapped,
        rank=120,
        sentence=N_("{who}'s {page} now maps {frame}{rights}{was}{around}"),
        plural=N_("{who}'s {all_pages} now map {all_frames}{rights}"),
        picture=N_("{who}'s {all_pages} now maps {all_frames}{origin}"),
        moment=Moment("remap", "no page was mapped"),
        mark=_mark_mapped,
        rail=_mapped_word,
    ),
    EventRow(
        PageReused,
        rank=110,
        sentence=N_("{who} is the last owner of {frame}: {page} becomes writable{beside}, nothing is copied"),
        plural=N_("{who} is the last owner of {n_frames}: {all_pages} become writable, nothing is copied"),
        picture=N_("{who}'s {all_pages} becomes writable, still in {all_frames}: nothing is copied"),
        moment=Moment("reuse", "no frame was made writable for its last owner"),
        mark=_mark_reused,
        rail=N_("reuse"),
    ),
    EventRow(
        Accessed,
        rank=260,
        sentence=N_("{who} {does} {cell}{page}"),
        plural=N_("{who} {does} {cell}{all_pages}"),
        picture=N_("{who} {does} {cell}{all_pages} without a fault"),
        moment=Moment("access", "the access did not go through"),
        mark=_mark_accessed,
        rail=N_("retry"),
    ),
    EventRow(
        SignalSent,
        rank=20,
        sentence=N_("{who} gets {signal} for touching {page}"),
        pauses=True,
        moment=Moment("signal", "no signal was sent"),
        mark=_mark_signal,
        rail=N_("signal"),
    ),
    EventRow(
        OutOfMemory,
        rank=10,
        sentence=N_("no frame is free for {who}: the kernel kills {victim}"),
        pauses=True,
        mark=_mark_out_of_memory,
    ),
    EventRow(
        MappingSplit,
        rank=100,
        sentence=N_("{who}'s huge page around {page} is mapped page by page from now on"),
        moment=Moment("split", "no huge page was split"),
        mark=_mark_split,
    ),
)
