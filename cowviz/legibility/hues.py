"""Checks colours with a meaning: something else must differ too, and every eye and grey print tell them apart.

Two marks of one kind and different colours mean different things. Words on them that name the meaning are enough.
Without words their form must differ (dashes, width, filled or not), and their colours must differ by deltaE 15.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from itertools import combinations

from cowviz.language import _
from cowviz.legibility.colour_vision import least_difference
from cowviz.legibility.rule import Flaw, Look, rule_of_colours
from cowviz.scene.shapes import Circle, Colour, Line, Rect, Shape

APART = 15.0  # CIEDE2000
BROADER = 1.5  # times as broad is seen as broader
_ShapePair = tuple[tuple[str, Shape], tuple[str, Shape]]
_FURNITURE = ("panel", "divider", "outline", "")  # roles that mean one thing each, or nothing


@rule_of_colours
def hue_alone(look: Look) -> Iterator[Flaw]:
    """Find meanings that differ by colour alone."""
    alike = [(a, b) for a, b in _pairs(look) if _same_form(a[1], b[1])]
    for (a, one), (b, other) in _by_colours(alike):
        what = _("{one} and {other} differ by colour alone").format(one=a, other=b)
        yield Flaw(what, look.boxes[a], f"{_ink(one)}, {_ink(other)}", (a, b))


@rule_of_colours
def close_colours(look: Look) -> Iterator[Flaw]:
    """Find colours of different meanings that look alike with protan, deutan or tritan vision, or in grey print."""
    for (a, one), (b, other) in _by_colours(_pairs(look)):
        distance, vision = least_difference(_ink(one), _ink(other))
        if distance < APART:
            what = _("{one} and {other} look alike to {vision} eyes").format(one=a, other=b, vision=vision)
            if vision == "grey":
                what = _("{one} and {other} look alike in grey print").format(one=a, other=b)
            by = _("deltaE {distance}, not {least}").format(distance=f"{distance:.1f}", least=f"{APART:g}")
            yield Flaw(what, look.boxes[a], by, (a, b))


def _by_colours(pairs: Iterable[_ShapePair]) -> Iterable[_ShapePair]:
    """Return one pair for each two colours."""
    return {frozenset({_ink(one), _ink(other)}): ((a, one), (b, other)) for (a, one), (b, other) in pairs}.values()


def _pairs(look: Look) -> Iterator[_ShapePair]:
    """Yield marks of one kind in different colours, without words on them."""
    if look.moving:  # half way from one colour to another, nothing is told yet
        return
    worded = {text.group for _name, text, _box in look.texts if text.group}
    kinds: dict[Hashable, dict[Hashable, tuple[str, Shape]]] = {}
    for name, shape in look.shapes.items():
        if shape.role not in _FURNITURE and _ink(shape) and shape.group not in worded:
            kinds.setdefault((type(shape), shape.role, type(shape.of)), {}).setdefault(_form(shape), (name, shape))
    for marks in kinds.values():
        yield from ((a, b) for a, b in combinations(marks.values(), 2) if _ink(a[1]) != _ink(b[1]))


def _ink(shape: Shape) -> Colour:
    """Return the colour that identifies a mark; "" for a text, whose words differ."""
    match shape:
        case Line():
            return shape.stroke
        case Rect() | Circle():
            return shape.stroke or shape.fill or ""
    return ""


def _form(shape: Shape) -> Hashable:
    """Return all that is visible of a mark except its place."""
    match shape:
        case Line():
            return shape.stroke, bool(shape.dash), shape.width, shape.head
        case Rect():
            return shape.stroke, shape.fill, bool(shape.dash), shape.width
        case Circle():
            return shape.stroke, shape.fill, shape.r
    return None


def _same_form(one: Shape, other: Shape) -> bool:
    match one, other:
        case Line(), Line():
            alike = bool(one.dash) == bool(other.dash) and one.head == other.head
        case Rect(), Rect():
            alike = bool(one.dash) == bool(other.dash) and bool(one.fill) == bool(other.fill)
        case Circle(), Circle():
            return bool(one.fill) == bool(other.fill) and not _broader(one.r, other.r)
        case _:
            return False
    return alike and not _broader(one.width, other.width)


def _broader(one: float, other: float) -> bool:
    thin, thick = sorted((one, other))
    return thick >= BROADER * thin and thick > thin
