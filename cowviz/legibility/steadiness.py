"""Motion means something: what nothing happens to stays where it is."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from math import hypot
from typing import Any

from cowviz.language import _
from cowviz.legibility.boxes import SLACK, shape_box
from cowviz.legibility.rule import Flaw, Look, px, rule
from cowviz.memory.events import Event
from cowviz.scene.shapes import Line, Rect, Scene, Shape

_PIDS = ("pid", "parent", "child", "victim")
_PFNS = ("pfn", "old", "source", "target")


@rule
def unbidden_motion(look: Look) -> Iterator[Flaw]:
    """Nothing moves that nothing happened to."""
    if look.before is None or look.after is None:
        return
    for name, shape in look.after.shapes.items():
        old = look.before.shapes.get(name)
        if old is not None and (far := _moved(old, shape)) > SLACK and not _concerned(name, look.after, look.events):
            what = _("{shape} moves, and nothing happened to it").format(shape=name)
            yield Flaw(what, shape_box(shape), px(far), (name,))


def _moved(old: Shape, new: Shape) -> float:
    """How far a shape goes: the farthest of its corners, an anchored text by its anchor."""
    pairs = zip(_corners(old), _corners(new), strict=False)
    return max((hypot(x1 - x0, y1 - y0) for (x0, y0), (x1, y1) in pairs), default=0)


def _corners(shape: Shape) -> tuple[tuple[float, float], ...]:
    match shape:
        case Line():
            return (*shape.points[:1], shape.points[-1])
        case Rect():
            return (shape.x, shape.y), (shape.x + shape.w, shape.y + shape.h)
    return ((shape.x, shape.y),)


def _concerned(name: str, scene: Scene, events: tuple[Event, ...]) -> bool:
    """Whether something happened to what a shape stands for."""
    prefix, *rest = name.partition("/")[0].partition(">")[0].split(":")
    match prefix, rest:
        case (("page" | "pte"), [pid, start]):
            first = int(start, 16)
            last = _next_start(pid, first, scene)
            return any(_names_page(event, int(pid), first, last) for event in events)
        case "frame", [number]:
            return any(number == "zero" or _names_frame(event, int(number)) for event in events)
        case "process" | "file", _:
            return bool(events)
        case "memory", _:
            return any(getattr(event, field, None) is not None for event in events for field in _PFNS)
        case "code", _:
            return True  # the mark goes from line to line
    return False


def _next_start(pid: str, first: int, scene: Scene) -> int:
    """The first page behind a bar that may stand for several."""
    groups = (name.partition("/")[0].split(":") for name in scene.shapes if name.startswith(f"page:{pid}:"))
    starts = sorted({int(group[2], 16) for group in groups})
    i = bisect_right(starts, first)
    return starts[i] if i < len(starts) else 1 << 60


def _names_page(event: Any, pid: int, first: int, last: int) -> bool:
    if pid not in (getattr(event, field, None) for field in _PIDS):
        return False
    start = getattr(event, "vpn", getattr(event, "start", None))
    if start is None:
        return True  # it is about all of the process's pages
    return bool(start < last and first < start + max(getattr(event, "pages", 1), 1))


def _names_frame(event: Any, pfn: int) -> bool:
    return pfn in (getattr(event, field, None) for field in _PFNS) or pfn in getattr(event, "freed", ())
