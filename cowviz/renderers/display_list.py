"""Compiles shapes to what Agg draws: paths with pens in device px, and sprites of text.

An item knows the box of pixels that it may touch and the box that it covers, so that a still can be redrawn in part.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import ceil, floor
from typing import Any

import numpy as np
from matplotlib.backend_bases import GraphicsContextBase
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.path import Path
from numpy.typing import NDArray

from cowviz.renderers.geometry import KAPPA, PixelBox, Place, arrow, line_dashes, radii, rect_dashes
from cowviz.renderers.glyphs import place_sprite
from cowviz.scene.shapes import Circle, Colour, Line, Point, Rect, Shape, Text
from cowviz.scene.text_metrics import text_width
from cowviz.scene.typeface import Typeface

Rgb = tuple[float, float, float]
NOWHERE: PixelBox = (0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Item:
    """Holds one shape ready to draw: its paths in order, or its sprite."""

    shape: Shape
    box: PixelBox
    paths: tuple[tuple[GraphicsContextBase, Path, Rgb | None], ...] = ()
    sprite: tuple[GraphicsContextBase, int, int, NDArray[np.uint8]] | None = None
    solid: PixelBox = NOWHERE  # every pixel within is exactly ``colour``, whatever lies below
    colour: Colour = ""

    def draw(self, agg: RendererAgg, flip: NDArray[np.float64]) -> None:
        """Draw on a RendererAgg; ``flip`` converts y downwards to Agg's y upwards."""
        if self.sprite is not None:
            agg.draw_image(*self.sprite)
        for pen, path, face in self.paths:
            agg.draw_path(pen, path, flip, face)


def compile_shape(shape: Shape, at: Place, height: int, font: Typeface) -> Item:
    """Return the item that draws the shape in an image ``height`` px high."""
    if shape.opacity <= 0:
        return Item(shape, NOWHERE)
    match shape:
        case Rect():
            return _rect(shape, at)
        case Line():
            return _line(shape, at)
        case Circle():
            return _circle(shape, at)
        case Text():
            return _text(shape, at, height, font)


def _rect(rect: Rect, at: Place) -> Item:
    stroke, width = _stroke(rect, at.scale)
    if stroke:
        width = max(1.0, float(round(width)))
    x0, x1 = (_snap(at.x + x * at.scale, width) for x in (rect.x, rect.x + rect.w))
    y0, y1 = (_snap(at.y + y * at.scale, width) for y in (rect.y, rect.y + rect.h))
    left, right = (r * at.scale for r in radii(rect))
    path = round_rect(x0, y0, x1, y1, left, right)
    pen = _pen(stroke, width, _scaled(rect_dashes(rect), at.scale), rect.opacity, "miter")
    half = width / 2
    box = (floor(x0 - half) - 1, floor(y0 - half) - 1, ceil(x1 + half) + 1, ceil(y1 + half) + 1)
    item = (pen, path, _rgb(rect.fill) if rect.fill else None)
    if rect.fill is None or rect.opacity < 1:
        return Item(rect, box, (item,))
    inset_l, inset_r = max(half, left), max(half, right)
    solid = (ceil(x0 + inset_l), ceil(y0 + half), floor(x1 - inset_r), floor(y1 - half))
    return Item(rect, box, (item,), solid=solid, colour=rect.fill)


def _line(line: Line, at: Place) -> Item:
    shaft, head = arrow(line)
    width = line.width * at.scale
    points = [(at.x + x * at.scale, at.y + y * at.scale) for x, y in shaft]
    triangle = [(at.x + x * at.scale, at.y + y * at.scale) for x, y in head or ()]
    points, triangle = _level(points, triangle, width)
    xs, ys = zip(*points, *triangle, strict=True)
    half = width / 2 + 1
    box = (floor(min(xs) - half), floor(min(ys) - half), ceil(max(xs) + half), ceil(max(ys) + half))
    pen = _pen(line.stroke, width, _scaled(line_dashes(line), at.scale), line.opacity, "round")
    paths: list[tuple[GraphicsContextBase, Path, Rgb | None]] = [(pen, Path(points), None)]
    if triangle:
        fill = _pen(None, 0, (), line.opacity, "miter")
        paths.append((fill, Path([*triangle, triangle[0]], closed=True), _rgb(line.stroke)))
    return Item(line, box, tuple(paths))


def _circle(circle: Circle, at: Place) -> Item:
    stroke, width = _stroke(circle, at.scale)
    x, y, r = at.x + circle.x * at.scale, at.y + circle.y * at.scale, circle.r * at.scale
    reach = r + width / 2 + 1
    box = (floor(x - reach), floor(y - reach), ceil(x + reach), ceil(y + reach))
    pen = _pen(stroke, width, (), circle.opacity, "miter")
    path = round_rect(x - r, y - r, x + r, y + r, r, r)
    return Item(circle, box, ((pen, path, _rgb(circle.fill) if circle.fill else None),))


def _text(text: Text, at: Place, height: int, font: Typeface) -> Item:
    size = text.size * at.scale
    x, y = at.x + text.x * at.scale, round(at.y + text.y * at.scale)
    if text.anchor != "start":
        x -= text_width(text.text, size, font, text.bold, text.mono) / (2 if text.anchor == "middle" else 1)
    alpha = round(text.opacity * 255)
    column, sprite = place_sprite(x, text.text, size, font, text.fill, alpha, text.bold, text.mono)
    rows, columns = sprite.image.shape[:2]
    if not rows:
        return Item(text, NOWHERE)
    left, top = column + sprite.left, y + sprite.top
    pen = _pen(None, 0, (), 1, "miter")  # Agg draws images as they are, whatever the pen's opacity
    return Item(text, (left, top, left + columns, top + rows), sprite=(pen, left, height - top - rows, sprite.image))


def round_rect(x0: float, y0: float, x1: float, y1: float, left: float, right: float) -> Path:
    """Return a closed path, clockwise from the top left, with corner radii ``left`` and ``right`` in px."""
    corners = (
        (x1, y0, right, (1, 0), (0, 1)),  # where it is, its radius, the way to it, the way on
        (x1, y1, right, (0, 1), (-1, 0)),
        (x0, y1, left, (-1, 0), (0, -1)),
        (x0, y0, left, (0, -1), (1, 0)),
    )
    vertices: list[Point] = [(x0 + left, y0)]
    codes = [Path.MOVETO]
    for x, y, radius, (in_x, in_y), (out_x, out_y) in corners:
        vertices.append((x - in_x * radius, y - in_y * radius))
        codes.append(Path.LINETO)
        if radius:
            rest = radius * (1 - KAPPA)
            vertices += [
                (x - in_x * rest, y - in_y * rest),
                (x + out_x * rest, y + out_y * rest),
                (x + out_x * radius, y + out_y * radius),
            ]
            codes += [Path.CURVE4] * 3
    return Path([*vertices, vertices[0]], [*codes, Path.CLOSEPOLY])


@lru_cache(maxsize=1024)
def _pen(
    stroke: Colour | None, width: float, dash: tuple[float, ...], opacity: float, join: Any
) -> GraphicsContextBase:
    """A pen of its own for each look: Agg's ``set_alpha`` would leak from one path into the next."""
    pen = GraphicsContextBase()
    pen.set_alpha(opacity)
    pen.set_foreground(_rgb(stroke) if stroke else (0, 0, 0))
    pen.set_linewidth(width if stroke else 0)
    pen.set_joinstyle(join)
    pen.set_capstyle("butt")
    pen.set_snap(False)
    if dash:
        pen.set_dashes(0, dash)
    return pen


@lru_cache(maxsize=1024)
def _rgb(colour: Colour) -> Rgb:
    red, green, blue = bytes.fromhex(colour[1:])
    return red / 255, green / 255, blue / 255


def _stroke(shape: Rect | Circle, scale: float) -> tuple[Colour | None, float]:
    return (shape.stroke, shape.width * scale) if shape.stroke and shape.width > 0 else (None, 0.0)


def _scaled(dash: tuple[float, ...], scale: float) -> tuple[float, ...]:
    return tuple(length * scale for length in dash)


def _snap(edge: float, width: float) -> float:
    """The nearest place where a stroke of this width on the edge fills whole pixels."""
    return floor(edge + width / 2 + 0.5) - width / 2


def _level(points: list[Point], triangle: list[Point], width: float) -> tuple[list[Point], list[Point]]:
    """Move a wholly horizontal or vertical line sideways to where it is crisp, and its head with it."""
    dx = dy = 0.0
    if len({y for _, y in points}) == 1:
        dy = _snap(points[0][1], max(1, round(width))) - points[0][1]
    elif len({x for x, _ in points}) == 1:
        dx = _snap(points[0][0], max(1, round(width))) - points[0][0]
    return [(x + dx, y + dy) for x, y in points], [(x + dx, y + dy) for x, y in triangle]
