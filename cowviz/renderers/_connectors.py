"""Finds the boxes that a line connects, by the sides that its first and last point touch."""

from __future__ import annotations

from math import hypot
from typing import NamedTuple

from cowviz.scene.shapes import Line, Point, Rect, Scene

REACH = 2.5  # px: the stroke of a box lies between its edge and a line that stops outside of it
OFF_CENTRE = 1.0  # px from the middle of a side, where a preset box has its connection sites
ANGLES = (270, 180, 90, 0)  # degrees, clockwise from the right, at which a line leaves the sides, in the sites' order
_NO_BOX = {"outline", "stripe", "tag", "chip", "legend", "current"}


class Site(NamedTuple):
    """Names a side of a box; sides count anticlockwise from the top, as DrawingML's connection sites do."""

    box: str
    side: int
    point: Point  # px, on the edge

    def is_middle(self, rect: Rect) -> bool:
        x, y = sides(rect)[self.side]
        return hypot(x - self.point[0], y - self.point[1]) <= OFF_CENTRE


Ends = tuple[Site | None, Site | None]


def glued(scene: Scene) -> dict[str, Ends]:
    """Return the lines with an end that touches a box, and the sites at both ends."""
    boxes = {name: shape for name, shape in scene.shapes.items() if isinstance(shape, Rect) and _is_box(shape)}
    found: dict[str, Ends] = {}
    for name, shape in scene.shapes.items():
        if isinstance(shape, Line) and len(shape.points) > 1:
            ends = _site(shape.points[0], boxes), _site(shape.points[-1], boxes)
            if any(ends):
                found[name] = ends
    return found


def sides(rect: Rect) -> tuple[Point, Point, Point, Point]:
    """Return the middles of the sides: top, left, bottom, right (px)."""
    x, y, right, bottom = rect.x, rect.y, rect.x + rect.w, rect.y + rect.h
    return (x + rect.w / 2, y), (x, y + rect.h / 2), (x + rect.w / 2, bottom), (right, y + rect.h / 2)


def _is_box(rect: Rect) -> bool:
    return bool(rect.stroke) and rect.opacity > 0 and rect.role not in _NO_BOX


def _site(point: Point, boxes: dict[str, Rect]) -> Site | None:
    """The box drawn last is the one that is seen."""
    for name, rect in reversed(boxes.items()):
        x, y = point
        for side, (side_x, side_y) in enumerate(sides(rect)):
            upright = side % 2 == 1
            away, along = (abs(x - side_x), abs(y - side_y)) if upright else (abs(y - side_y), abs(x - side_x))
            if away <= REACH and along <= (rect.h if upright else rect.w) / 2:
                return Site(name, side, (side_x, y) if upright else (x, side_y))
    return None
