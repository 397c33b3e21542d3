"""Checks motion: only what changes may move."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from math import hypot

from cowviz.diagram.things import EntryRange, FileRef, Fixture, FrameRange, PageRange, ProcessRef, RegionRef
from cowviz.language import _
from cowviz.legibility.boxes import SLACK, shape_box
from cowviz.legibility.rule import Flaw, Look, px, rule
from cowviz.memory.bulk_access import BulkAccess
from cowviz.memory.events import Event
from cowviz.memory.machine import ZERO_PFN
from cowviz.scene.shapes import Line, Rect, Shape

_PIDS = ("pid", "parent", "child", "victim")
_PFNS = ("pfn", "old", "source", "target")


@rule
def unbidden_motion(look: Look) -> Iterator[Flaw]:
    """Find shapes that move although nothing happened to what they stand for."""
    if look.before is None or look.after is None:
        return
    for name, shape in look.after.shapes.items():
        old = look.before.shapes.get(name)
        if old is not None and (far := _moved(old, shape)) > SLACK and not _concerned(shape.of, look.events):
            what = _("{shape} moves, and nothing happened to it").format(shape=name)
            yield Flaw(what, shape_box(shape, look.after.font), px(far), (name,))


def _moved(old: Shape, new: Shape) -> float:
    """Return how far a shape moves in px: its farthest corner, or the anchor of a text."""
    pairs = zip(_corners(old), _corners(new), strict=False)
    return max((hypot(x1 - x0, y1 - y0) for (x0, y0), (x1, y1) in pairs), default=0)


def _corners(shape: Shape) -> tuple[tuple[float, float], ...]:
    match shape:
        case Line():
            return (*shape.points[:1], shape.points[-1])
        case Rect():
            return (shape.x, shape.y), (shape.x + shape.w, shape.y + shape.h)
    return ((shape.x, shape.y),)


def _concerned(of: Hashable, events: tuple[Event, ...]) -> bool:
    """Return whether something happened to what a shape stands for."""
    match of:
        case PageRange():
            return any(_names_page(event, of) for event in events)
        case EntryRange(pages):
            return any(_names_page(event, pages) for event in events)
        case FrameRange():
            return (of.start == ZERO_PFN and bool(events)) or any(_names_frame(event, of) for event in events)
        case ProcessRef() | RegionRef() | FileRef():
            return bool(events)
        case Fixture.MEMORY:
            return any(isinstance(event, BulkAccess) for event in events) or any(
                getattr(event, field, None) is not None for event in events for field in _PFNS
            )
        case Fixture.CODE:
            return True  # the mark goes from line to line
    return False


def _names_page(event: Event, pages: PageRange) -> bool:
    if pages.pid not in (getattr(event, field, None) for field in _PIDS):
        return False
    if isinstance(event, BulkAccess):
        return any(pages.start <= vpn < pages.start + pages.n for vpn in event.vpns)
    start = getattr(event, "vpn", getattr(event, "start", None))
    if start is None:
        return True  # it is about all of the process's pages
    return bool(start < pages.start + pages.n and pages.start < start + max(getattr(event, "pages", 1), 1))


def _names_frame(event: Event, frames: FrameRange) -> bool:
    if isinstance(event, BulkAccess):
        return any(frames.start <= pfn < frames.start + frames.n for pfn in event.frames)
    named = [getattr(event, field, None) for field in _PFNS]
    return any(pfn is not None and frames.start <= pfn < frames.start + frames.n for pfn in named) or any(
        frames.start <= pfn < frames.start + frames.n for pfn in getattr(event, "freed", ())
    )
