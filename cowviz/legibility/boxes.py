"""Measures the bounding boxes of shapes and their overlaps. Units are px of the scene."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from math import hypot
from typing import NamedTuple

from cowviz.scene.shapes import Circle, Line, Point, Rect, Shape, Text
from cowviz.scene.text_metrics import ink, text_width
from cowviz.scene.typeface import Typeface

SLACK = 0.5  # px that count as nothing
Form = Rect | Line | Circle  # all shapes but text
_LEFT = {"start": 0.0, "middle": 0.5, "end": 1.0}  # of a text's width, from its anchor


class Extent(NamedTuple):
    """Holds a rectangle with horizontal and vertical edges, in px."""

    left: float
    top: float
    right: float
    bottom: float

    def grown(self, by: float) -> Extent:
        return Extent(self.left - by, self.top - by, self.right + by, self.bottom + by)

    def holds(self, other: Extent) -> bool:
        return self.excess(other) <= SLACK

    def excess(self, other: Extent) -> float:
        """Return how far another box sticks out of this one, in px; 0 or less if it does not."""
        return max(self.left - other.left, self.top - other.top, other.right - self.right, other.bottom - self.bottom)

    def overlap(self, other: Extent) -> float:
        """Return how far two boxes overlap, in px; 0 or less if they do not."""
        wide = min(self.right, other.right) - max(self.left, other.left)
        high = min(self.bottom, other.bottom) - max(self.top, other.top)
        return min(wide, high)

    def meets(self, other: Extent) -> bool:
        return self.overlap(other) > SLACK

    def edge_distance(self, point: Point) -> float:
        """Return the distance in px of a point from the outline, negative inside."""
        x, y = point
        dx, dy = max(self.left - x, x - self.right), max(self.top - y, y - self.bottom)
        return hypot(max(dx, 0), max(dy, 0)) if max(dx, dy) > 0 else max(dx, dy)


def text_box(text: Text, font: Typeface) -> Extent:
    """Return the bounding box of a text's glyphs, with the metrics that the renderers use."""
    width = text_width(text.text, text.size, font, text.bold, text.mono)
    left = text.x - width * _LEFT[text.anchor]
    top, bottom = ink(text.text, font, text.bold, text.mono)
    return Extent(left, text.y + top * text.size, left + width, text.y + bottom * text.size)


def rect_box(rect: Rect) -> Extent:
    """Return a rectangle's bounding box, without its stroke."""
    return Extent(rect.x, rect.y, rect.x + rect.w, rect.y + rect.h)


def shape_box(shape: Shape, font: Typeface) -> Extent:
    """Return a shape's bounding box, strokes included."""
    return text_box(shape, font) if isinstance(shape, Text) else form_box(shape)


def form_box(form: Form) -> Extent:
    """Return the bounding box of a shape other than text, strokes included."""
    match form:
        case Rect():
            return rect_box(form).grown(form.width / 2 if form.stroke else 0)
        case Circle(x=x, y=y, r=r):
            return Extent(x - r, y - r, x + r, y + r).grown(form.width / 2 if form.stroke else 0)
        case Line():
            xs, ys = zip(*form.points, strict=True)
            return Extent(min(xs), min(ys), max(xs), max(ys)).grown(form.width / 2)


def inked(form: Form, box: Extent) -> float:
    """Return how far a shape reaches into a box, in px; 0 or less if it does not."""
    match form:
        case Rect(fill=None):
            half = form.width / 2 if form.stroke else 0
            whole = rect_box(form)
            hole = whole.grown(-half)
            return min(whole.grown(half).overlap(box), hole.excess(box))
        case Line():
            return stroke_within(form, box.grown(form.width / 2))
        case _:
            return form_box(form).overlap(box)


def stroke_within(line: Line, box: Extent) -> float:
    """Return the length in px of a line's part inside a box."""
    inside = box.grown(-SLACK)
    return sum(_clipped(a, b, inside) for a, b in pairwise(line.points))


def _clipped(start: Point, end: Point, box: Extent) -> float:
    """Return the length of a segment within a box (Liang and Barsky's clipping)."""
    low, high = 0.0, 1.0
    for a, b, least, most in ((start[0], end[0], box.left, box.right), (start[1], end[1], box.top, box.bottom)):
        if a == b:
            if not least < a < most:
                return 0.0
            continue
        near, far = sorted(((least - a) / (b - a), (most - a) / (b - a)))
        low, high = max(low, near), min(high, far)
    return max(0.0, high - low) * hypot(end[0] - start[0], end[1] - start[1])


def along(line: Line, pieces: int = 20) -> Iterator[Point]:
    """Yield points on a line, but no end of any of its segments."""
    for (x0, y0), (x1, y1) in pairwise(line.points):
        yield from ((x0 + (x1 - x0) * t / pieces, y0 + (y1 - y0) * t / pieces) for t in range(1, pieces))
