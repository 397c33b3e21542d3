"""Computes what all renderers share: outlines of rectangles and arrows, and a scene's place in an image."""

from __future__ import annotations

from itertools import pairwise
from math import hypot, pi
from typing import NamedTuple

from cowviz.scene.shapes import Line, Point, Rect, Scene

PixelBox = tuple[int, int, int, int]  # x0, y0, x1, y1 in device px, the ends excluded
KAPPA = 0.5522847498  # a cubic Bezier with handles this long is a quarter circle, to 3 parts in 10,000
HEAD_WIDTH = 0.8  # of an arrowhead's length
_UNDER_HEAD = 1.0  # px the shaft runs on below its head, so that no seam shows between them


class Place(NamedTuple):
    """Places a scene in an image: one px of it is ``scale`` image px, after a margin of ``x`` and ``y`` image px."""

    scale: float
    x: float
    y: float


def place(scene: Scene, width: float, height: float) -> Place:
    """Return the largest centred place, scaled uniformly, for the scene in an image of this size (px)."""
    scale = min(width / scene.width, height / scene.height)
    return Place(scale, (width - scene.width * scale) / 2, (height - scene.height * scale) / 2)


def radii(rect: Rect) -> tuple[float, float]:
    """Return the corner radii in px at the left and the right end, limited to what fits."""
    both = rect.corners == "all"
    radius = max(0.0, min(rect.radius, rect.h / 2, rect.w / (2 if both else 1)))
    return (radius if both or rect.corners == "left" else 0.0, radius if both or rect.corners == "right" else 0.0)


def arrow(line: Line) -> tuple[tuple[Point, ...], tuple[Point, Point, Point] | None]:
    """Return the arrow's shaft, shortened to stay behind the tip, and the triangle of its head."""
    if not line.head or len(line.points) < 2:
        return line.points, None
    (x0, y0), (x, y) = line.points[-2:]
    length = hypot(x - x0, y - y0)
    if length == 0:
        return line.points, None
    ux, uy = (x - x0) / length, (y - y0) / length
    size = line.head_size
    back_x, back_y = x - size * ux, y - size * uy
    side_x, side_y = -uy * size * HEAD_WIDTH / 2, ux * size * HEAD_WIDTH / 2
    cut = max(0.0, min(size - _UNDER_HEAD, length))
    shaft = (*line.points[:-1], (x - cut * ux, y - cut * uy))
    return shaft, ((x, y), (back_x + side_x, back_y + side_y), (back_x - side_x, back_y - side_y))


def line_dashes(line: Line) -> tuple[float, ...]:
    """Return the line's dashes in px, stretched so that the shaft begins and ends with a whole dash."""
    if len(line.dash) != 2:
        return line.dash
    on, off = line.dash
    shaft, _ = arrow(line)
    length = sum(hypot(x1 - x0, y1 - y0) for (x0, y0), (x1, y1) in pairwise(shaft))
    count = max(1, round((length + off) / (on + off)))
    return _stretched(line.dash, length / (count * (on + off) - off))


def rect_dashes(rect: Rect) -> tuple[float, ...]:
    """Return the dashes of the rectangle's edge in px, stretched so that the last gap meets the first dash."""
    if len(rect.dash) != 2:
        return rect.dash
    around = 2 * (rect.w + rect.h) - (4 - pi) * sum(radii(rect))
    count = max(1, round(around / sum(rect.dash)))
    return _stretched(rect.dash, around / (count * sum(rect.dash)))


def _stretched(dash: tuple[float, ...], by: float) -> tuple[float, ...]:
    return tuple(length * by for length in dash) if by > 0 else ()
