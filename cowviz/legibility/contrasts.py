"""Checks the contrast of texts and lines against the colours that lie behind them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from cowviz.language import _
from cowviz.legibility.boxes import Extent, along
from cowviz.legibility.colour_vision import contrast, over
from cowviz.legibility.rule import Flaw, Look, rule_of_colours
from cowviz.scene.shapes import Circle, Colour, Line, Point, Rect, Shape, Text

TEXT, LINE = 4.5, 3.0  # WCAG 2.2, 1.4.3 and 1.4.11
EDGED = ("box", "outline")  # what is known by its edge
FILLED = ("stripe", "tag", "chip", "current", "legend")  # areas that say something by themselves
_SAMPLES = 9  # points along a text


class _Ink(NamedTuple):
    """Holds a colour that must be seen, and the points where its background is sampled."""

    colour: Colour
    points: Sequence[Point]
    least: float
    beside: Colour | None = None  # what must stand out from it too


@rule_of_colours
def pale_texts(look: Look) -> Iterator[Flaw]:
    """Find text whose contrast is below 4.5:1."""
    for name, text, box in look.texts:
        if look.fades(name):
            continue
        for ground, ratio in _weakest(look, name, _Ink(text.fill, list(_in_text(text, box)), TEXT), text.opacity):
            what = _('text "{text}" is pale: {ink} on {ground}').format(text=text.text, ink=text.fill, ground=ground)
            yield Flaw(what, box, _by(ratio, TEXT), (name,))


@rule_of_colours
def pale_lines(look: Look) -> Iterator[Flaw]:
    """Find meaningful lines, edges and areas whose contrast is below 3:1."""
    for name, shape in look.shapes.items():
        if look.fades(name):
            continue
        for ink in _inks(shape):
            for ground, ratio in _weakest(look, name, ink, shape.opacity):
                what = _("{shape} is pale: {ink} on {ground}").format(shape=name, ink=ink.colour, ground=ground)
                yield Flaw(what, look.boxes[name], _by(ratio, LINE), (name,))


def ground(look: Look, name: str, point: Point) -> Colour:
    """Return the colour seen at a point behind a shape, blended from all shapes below it."""
    layers: list[tuple[Colour, float]] = []
    for _name, shape in reversed(look.below(name)):
        fill = _fill_at(shape, point)
        if fill:
            layers.append((fill, shape.opacity))
            if shape.opacity == 1:
                break
    seen = look.scene.background
    for colour, opacity in reversed(layers):
        seen = over(colour, opacity, seen)
    return seen


def _weakest(look: Look, name: str, ink: _Ink, opacity: float) -> Iterator[tuple[Colour, float]]:
    """Yield the background with the least contrast to the ink, if that is too little."""
    grounds = {ground(look, name, point) for point in ink.points} | ({ink.beside} if ink.beside else set())
    ratios = {colour: contrast(over(ink.colour, opacity, colour), colour) for colour in grounds}
    worst = min(ratios, key=lambda colour: ratios[colour])
    if ratios[worst] < ink.least:
        yield worst, ratios[worst]


def _fill_at(shape: Shape, point: Point) -> Colour | None:
    x, y = point
    match shape:
        case Rect(fill=str() as fill):
            return fill if shape.x <= x <= shape.x + shape.w and shape.y <= y <= shape.y + shape.h else None
        case Circle(fill=str() as fill):
            return fill if (x - shape.x) ** 2 + (y - shape.y) ** 2 <= shape.r**2 else None
    return None


def _in_text(text: Text, box: Extent) -> Iterator[Point]:
    """Return points within a text, at the foot and at the top of its small letters."""
    width = box.right - box.left - 2
    for i in range(_SAMPLES):
        x = box.left + 1 + width * i / (_SAMPLES - 1)
        yield from ((x, text.y - 2), (x, text.y - text.size / 2))


def _inks(shape: Shape) -> Iterator[_Ink]:
    """Yield the colours of a shape, other than text, that must be seen."""
    match shape:
        case Line(role="arrow" | "legend"):
            yield _Ink(shape.stroke, list(along(shape)), LINE)
        case Rect(role=role, stroke=str() as stroke) if role in EDGED:
            yield _Ink(stroke, list(_around(shape)), LINE, beside=None if role == "outline" else shape.fill)
        case Rect(role=role, fill=str() as fill) if role in FILLED:
            yield _Ink(fill, list(_within(shape)), LINE)
        case Circle(stroke=str() as stroke):
            yield _Ink(stroke, [(shape.x - shape.r - shape.width, shape.y)], LINE)


def _around(rect: Rect) -> Iterator[Point]:
    """Return points just outside each side's middle."""
    away, x, y = rect.width, rect.x + rect.w / 2, rect.y + rect.h / 2
    yield from ((rect.x - away, y), (rect.x + rect.w + away, y), (x, rect.y - away), (x, rect.y + rect.h + away))


def _within(rect: Rect) -> Iterator[Point]:
    x, y = rect.x + rect.w / 2, rect.y + rect.h / 2
    yield from ((x, y), (x, rect.y + 1), (x, rect.y + rect.h - 1), (rect.x + 1, y), (rect.x + rect.w - 1, y))


def _by(ratio: float, least: float) -> str:
    return _("contrast {ratio}, not {least}").format(ratio=f"{ratio:.2f}", least=f"{least:g}")
