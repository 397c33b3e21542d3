"""Defines scenes and shapes as plain values: a scene maps ids to shapes, in drawing order.

Units are px on a canvas of 1280x720 (a 13.33 x 7.5 inch slide at 96 px an inch), or of 960x720 for a slide of 4:3;
the origin is at the top left.
Shapes know neither memory nor renderers. A shape with the same id in two scenes is one thing, which the tween moves.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from cowviz.scene.typeface import DEJAVU, Typeface

WIDTH, HEIGHT = 1280, 720
CLOSE_WIDTH, CLOSEST = 960, 1.5  # of a canvas for 4:3, and the aspect from which on it is the wide one

Colour = str  # "#rrggbb"
Point = tuple[float, float]
# How a shape changes: it moves from where it was; or it takes the other's place at once, half way; or the old one fades
# and the new one comes. What comes or goes fades, too; but what swaps comes and goes at once where its group stays.
Transition = Literal["move", "swap", "fade"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rect:
    """Draws a rectangle, perhaps with round corners; its stroke is centred on its edge."""

    x: float
    y: float
    w: float
    h: float
    radius: float = 0
    corners: str = "all"  # which are round: "all", "left" or "right" (a stripe along one edge of a round box)
    fill: Colour | None = None
    stroke: Colour | None = None
    width: float = 0  # of the stroke
    dash: tuple[float, ...] = ()  # on, off ... in px; () is solid
    opacity: float = 1
    role: str = ""  # which part of a picture it is: "box", "panel", "stripe", "caption" ...
    of: Hashable = None  # what it stands for: a page, a frame, a process ...; None where it stands for nothing
    group: str = ""  # shapes of one group are one thing: what is written on a box goes with it; "": it is alone
    transition: Transition = "move"
    origin: str | None = None  # on entering, it moves in from where the shape of this id was
    pulse: bool = False  # on entering, it lands from a larger size: a flash that draws the eye


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Draws connected straight segments; ``head`` adds a filled arrowhead whose tip is the last point."""

    points: tuple[Point, ...]
    stroke: Colour
    width: float
    dash: tuple[float, ...] = ()
    head: bool = False
    head_size: float = 15  # length of the arrowhead; it is 4/5 as wide
    opacity: float = 1
    role: str = ""
    of: Hashable = None
    group: str = ""
    transition: Transition = "move"
    origin: str | None = None
    pulse: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Circle:
    """Draws a dot or a ring; its stroke is centred on its edge."""

    x: float
    y: float
    r: float
    fill: Colour | None = None
    stroke: Colour | None = None
    width: float = 0
    opacity: float = 1
    role: str = ""
    of: Hashable = None
    group: str = ""
    transition: Transition = "move"
    origin: str | None = None
    pulse: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """Draws one line of text; ``y`` is the baseline, ``x`` the left end, middle or right end as ``anchor`` says."""

    x: float
    y: float
    text: str
    size: float  # px
    fill: Colour
    bold: bool = False
    mono: bool = False
    anchor: str = "start"  # "start", "middle" or "end"
    opacity: float = 1
    role: str = ""
    of: Hashable = None
    group: str = ""
    transition: Transition = "move"
    origin: str | None = None
    pulse: bool = False
    spoken: str | None = None  # what is said of it to who does not see it; None: the text itself


Shape = Rect | Line | Circle | Text


@dataclass(frozen=True, slots=True)
class Scene:
    """Holds one picture; ``shapes`` is in drawing order, later ones on top.

    The same id in two scenes is the same thing. Ids carry no meaning: a shape's ``of`` says what it stands for.
    """

    shapes: Mapping[str, Shape]
    background: Colour
    title: str = ""  # accessible name of the whole picture
    description: str = ""
    width: float = WIDTH
    height: float = HEIGHT
    font: Typeface = DEJAVU  # that its text is set in
    rest: float | None = None  # seconds that it stands before the next motion of its step; None: the usual ones


def canvas_width(size: tuple[float, float]) -> int:
    """Return the canvas width, in px, for an output of this width and height."""
    return WIDTH if size[0] >= CLOSEST * size[1] else CLOSE_WIDTH


def moved(shape: Shape, dx: float, dy: float) -> Shape:
    """Return the shape, shifted by ``dx`` and ``dy`` px."""
    if isinstance(shape, Line):
        return replace(shape, points=tuple((x + dx, y + dy) for x, y in shape.points))
    return replace(shape, x=shape.x + dx, y=shape.y + dy)
