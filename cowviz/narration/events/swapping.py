"""Tells of frames that the kernel gains or merges: swap, reclaim, KSM."""

from __future__ import annotations

from cowviz.language import N_
from cowviz.memory.events import FramesReclaimed, FrameSwappedIn, PagedOut, PagesMerged
from cowviz.narration.emphasis import Emphasis, Tag, TakenBack
from cowviz.narration.event_row import EventRow, Moment
from cowviz.narration.events.faults import FILL


def _mark_swapped_in(event: FrameSwappedIn, emphasis: Emphasis) -> None:
    emphasis.frames[event.pfn] = Tag.FROM_SWAP


def _mark_paged_out(event: PagedOut, emphasis: Emphasis) -> None:
    emphasis.to_swap |= emphasis.advised


def _mark_reclaimed(event: FramesReclaimed, emphasis: Emphasis) -> None:
    emphasis.free(event.freed)
    emphasis.reclaimed = TakenBack(len(event.freed))


def _mark_merged(event: PagesMerged, emphasis: Emphasis) -> None:
    emphasis.free(event.freed)
    emphasis.frames[event.pfn] = Tag.MERGED


ROWS = (
    EventRow(
        FrameSwappedIn,
        rank=150,
        sentence=N_("slot {slot} of swap is read into {frame}"),
        plural=N_("{n_slots} of swap are read into {all_frames}"),
        pauses=True,
        moment=FILL,
        mark=_mark_swapped_in,
        rail=N_("fill"),
    ),
    EventRow(
        PagedOut,
        rank=90,
        sentence=N_("{who}'s pages go to swap: a swap slot instead of a frame in {ptes}"),
        moment=Moment("pageout", "nothing went to swap"),
        mark=_mark_paged_out,
    ),
    EventRow(
        FramesReclaimed,
        rank=250,
        sentence=N_("the kernel takes back frames that no page maps; {freed}"),
        pauses=True,
        moment=Moment("reclaim", "no frame was taken back"),
        mark=_mark_reclaimed,
    ),
    EventRow(
        PagesMerged,
        rank=80,
        sentence=N_("the kernel finds equal pages: {ptes} now name {frame}, read-only; {freed}"),
        moment=Moment("merge", "no pages were merged"),
        mark=_mark_merged,
    ),
)
