"""Draws scenes as matplotlib artists, for a user's own figure and for formats that keep text as text."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any

import matplotlib
from matplotlib.artist import Artist
from matplotlib.patches import Circle as CirclePatch
from matplotlib.patches import PathPatch, Polygon, Rectangle
from matplotlib.path import Path
from matplotlib.text import Text as TextArtist

from cowviz.renderers.display_list import round_rect
from cowviz.renderers.geometry import arrow, line_dashes, radii, rect_dashes
from cowviz.renderers.glyphs import font_properties, placed
from cowviz.scene.shapes import Circle, Line, Rect, Scene, Shape, Text
from cowviz.scene.text_metrics import text_width
from cowviz.scene.typeface import Typeface

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_DPI = 96
_SIDES: dict[str, Any] = {"start": "left", "middle": "center", "end": "right"}


def figure(scene: Scene, width: int = 1280, height: int = 720) -> Figure:
    """Draw a figure of ``width`` x ``height`` px at 96 dpi that shows only the scene."""
    from cowviz.renderers._shown import ShownAxes, ShownFigure

    made = ShownFigure(figsize=(width / _DPI, height / _DPI), dpi=_DPI, facecolor=scene.background)
    draw(scene, made.add_axes(ShownAxes(made, (0, 0, 1, 1))))
    return made


def draw(scene: Scene, ax: Axes) -> Axes:
    """Draw the scene into axes of any size; return the axes.

    The axes lose their frame; their data units become the scene's px, y downwards. Matplotlib's line widths and font
    sizes are in points and are set for the axes' current size, so lay out the figure before this call.
    """
    ax.set_axis_off()
    ax.set_xlim(0, scene.width)
    ax.set_ylim(scene.height, 0)
    ax.set_aspect("equal", adjustable="box")
    points = _points_per_px(scene, ax)
    ground = Rectangle((0, 0), scene.width, scene.height, facecolor=scene.background, edgecolor="none", zorder=0)
    artists = [ground, *_artists(scene, points)]
    for order, artist in enumerate(artists):
        artist.set_zorder(order / 1000)
        ax.add_artist(artist)
    return ax


def _points_per_px(scene: Scene, ax: Axes) -> float:
    """How many points one px of the scene is in these axes, as they are laid out now."""
    place, page = ax.get_position(original=True), ax.figure.bbox
    scale = min(place.width * page.width / scene.width, place.height * page.height / scene.height)
    return float(scale * 72 / ax.figure.dpi)


def _artists(scene: Scene, points: float) -> Iterator[Artist]:
    for shape in scene.shapes.values():
        if shape.opacity > 0:
            yield from _shape(shape, points, scene.font)


def _shape(shape: Shape, points: float, typeface: Typeface) -> Iterator[Artist]:
    match shape:
        case Rect(x=x, y=y, w=w, h=h):
            outline = round_rect(x, y, x + w, y + h, *radii(shape))
            dashed = _dashed(rect_dashes(shape), shape.width, points)
            yield PathPatch(outline, joinstyle="miter", capstyle="butt", **_paint(shape, points), **dashed)
        case Circle(x=x, y=y, r=r):
            yield CirclePatch((x, y), r, **_paint(shape, points))
        case Line():
            yield from _line(shape, points)
        case Text():
            yield from _text(shape, points, typeface)


def _line(line: Line, points: float) -> Iterator[Artist]:
    shaft, head = arrow(line)
    yield PathPatch(
        Path(shaft),
        facecolor="none",
        edgecolor=line.stroke,
        linewidth=line.width * points,
        alpha=line.opacity,
        capstyle="butt",
        joinstyle="round",
        **_dashed(line_dashes(line), line.width, points),
    )
    if head:
        yield Polygon(head, closed=True, facecolor=line.stroke, edgecolor="none", linewidth=0, alpha=line.opacity)


def _text(text: Text, points: float, typeface: Typeface) -> Iterator[Artist]:
    parts = list(placed(text.text, text.size, typeface, text.bold, text.mono))
    if len(parts) == 1:  # it lies where its anchor says, however matplotlib measures it
        yield _part(text, parts[0][0], text.text, text.x, text.anchor, points)
        return
    width = text_width(text.text, text.size, typeface, text.bold, text.mono)
    left = text.x - width * {"start": 0, "middle": 0.5, "end": 1}[text.anchor]
    for file, part, offset in parts:
        yield _part(text, file, part, left + offset, "start", points)


def _part(text: Text, file: FilePath, part: str, x: float, anchor: str, points: float) -> Artist:
    """A part of a text that one font shows."""
    style = font_properties(file).copy()
    style.set_size(text.size * points)
    return TextArtist(
        x,
        text.y,
        part,
        color=text.fill,
        alpha=text.opacity,
        fontproperties=style,
        horizontalalignment=_SIDES[anchor],
        verticalalignment="baseline",
        parse_math=False,  # a "$" is a "$"
        usetex=False,
    )


def _paint(shape: Rect | Circle, points: float) -> dict[str, Any]:
    stroked = bool(shape.stroke) and shape.width > 0
    return {
        "facecolor": shape.fill or "none",
        "edgecolor": shape.stroke if stroked else "none",
        "linewidth": shape.width * points if stroked else 0,
        "alpha": shape.opacity,
    }


def _dashed(dash: tuple[float, ...], width: float, points: float) -> dict[str, Any]:
    """The dashes in matplotlib's unit, which is the line's width unless rcParams say otherwise: then it is a point."""
    if not dash or width <= 0:
        return {"linestyle": "solid"}
    unit = width if matplotlib.rcParams["lines.scale_dashes"] else 1 / points
    return {"linestyle": (0, tuple(length / unit for length in dash))}
