"""Interpolates two scenes: matches shapes by id and moves them; fades new ones in and old ones out.

Old shapes fade out in the first half and new ones fade in in the second, so that no one shows through another; but a
replaced box stays until it is covered. A shape that pulses fades out in the first quarter and in in the second. Words
that replace others change at once, half way, with their colour and the mark below them, since a blend of two words
cannot be read. An unchanged shape stays the same object, so a renderer need not draw it again. A shape's
``transition`` takes precedence: "swap" replaces the old shape half way, "fade" lets the old shape go first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import fields, replace
from math import hypot
from typing import Any

from cowviz.scene.shapes import Circle, Colour, Line, Point, Rect, Scene, Shape, Text, moved
from cowviz.scene.text_metrics import CAP_HEIGHT, text_width
from cowviz.scene.typeface import Typeface

INFLATION = 8  # px that a pulsing rectangle is larger on every side when it sets out; a small one less
GROWTH = 0.4  # of its size that a pulsing dot is larger then
_Placement = tuple[float, float, float, float]  # x, y, w, h

_ATTRIBUTES = {kind: tuple(field.name for field in fields(kind)) for kind in (Rect, Line, Circle, Text)}
_MIDDLE = {"start": 0.5, "middle": 0.0, "end": -0.5}  # of a text's width, from where it is anchored


def between(before: Scene, after: Scene, t: float) -> Scene:
    """Return the scene at ``t`` (0 to 1, already eased); at 0 and 1 it is ``before`` and ``after`` themselves."""
    if t <= 0:
        return before
    if t >= 1:
        return after
    resting: dict[str, Shape] = {}
    travelling: dict[str, Shape] = {}
    offsets, taken = dict(_offsets(before, after, 1 - t)), _taken(before, after)
    staying = {shape.group for name, shape in after.shapes.items() if name in before.shapes}
    for name in _merged(list(before.shapes), after.shapes):
        old, new = before.shapes.get(name), after.shapes.get(name)
        if new is None:
            resting.update(_leaving(name, old, t, taken, staying))
        elif old is not None:
            resting.update(_changed(name, old, new, t))
        elif source := before.shapes.get(new.origin or ""):
            travelling.update(_fading(name, _travelled(source, new, t, after.font), 2 * t))
        elif (offset := offsets.get(new.group)) and not new.pulse:
            travelling.update(_fading(name, moved(new, *offset), 2 * t - 1))
        else:
            resting.update(_entering(name, new, t, staying))
    background = _mixed(before.background, after.background, t)
    return replace(after, shapes={**resting, **travelling}, background=background)


def alike(a: Shape, b: Shape) -> bool:
    """Return whether two shapes look the same."""
    return a is b or a == b or (type(a) is type(b) and _plain(a) == _plain(b))


def _plain(shape: Shape) -> Shape:
    """Return the shape without attributes that are not drawn."""
    unseen = replace(shape, role="", of=None, group="", transition="move", origin=None, pulse=False)
    return replace(unseen, spoken=None) if isinstance(unseen, Text) else unseen


def _merged(before: Iterable[str], after: Mapping[str, Shape]) -> Iterator[str]:
    """Merge the ids in the drawing order of ``after``; a shape that leaves stays above what it lay on."""
    leaving: dict[str | None, list[str]] = {}
    below: str | None = None
    for name in before:
        if name in after:
            below = name
        else:
            leaving.setdefault(below, []).append(name)
    yield from leaving.get(None, ())
    for name in after:
        yield name
        yield from leaving.get(name, ())


def _offsets(before: Scene, after: Scene, share: float) -> Iterator[tuple[str, Point]]:
    """Return, for each group whose box moves, how far it still has to go; the text on it moves with it."""
    for name, shape in after.shapes.items():
        source = before.shapes.get(shape.origin or "")
        if isinstance(shape, Rect) and shape.group and source and name not in before.shapes:
            (x0, y0), (x1, y1) = _middle(source, before.font), _middle(shape, after.font)
            yield shape.group, ((x0 - x1) * share, (y0 - y1) * share)


def _changed(name: str, old: Shape, new: Shape, t: float) -> Iterator[tuple[str, Shape]]:
    """Interpolate a shape that is in both scenes; changed words replace the old ones without motion."""
    if alike(old, new):
        yield name, new
    elif new.transition == "fade":
        yield from _fading(name, old, 1 - 2 * t) if t < 0.5 else _fading(name, new, 2 * t - 1)
    elif type(old) is not type(new) or _other_words(old, new) or new.transition == "swap":
        yield name, old if t < 0.5 else new
    elif isinstance(old, Text) and isinstance(new, Text) and old.fill != new.fill:
        fill = (old if t < 0.5 else new).fill
        yield name, _moved(replace(old, fill=fill), replace(new, fill=fill), t)
    else:
        yield name, _moved(old, new, t)


def _other_words(old: Shape, new: Shape) -> bool:
    return isinstance(old, Text) and isinstance(new, Text) and old.text != new.text


def _taken(before: Scene, after: Scene) -> set[_Placement]:
    """Find boxes that leave where a new box will cover them."""
    left = {_place(s) for name, s in before.shapes.items() if isinstance(s, Rect) and name not in after.shapes}
    new = (s for name, s in after.shapes.items() if isinstance(s, Rect) and name not in before.shapes)
    return left.intersection(_place(s) for s in new if s.fill and s.opacity == 1 and not s.pulse)


def _place(rect: Rect) -> _Placement:
    return rect.x, rect.y, rect.w, rect.h


def _leaving(
    name: str, shape: Shape | None, t: float, taken: Set[_Placement], staying: Set[str]
) -> Iterator[tuple[str, Shape]]:
    if isinstance(shape, Rect) and _place(shape) in taken:
        yield name, shape
    elif _swaps(shape, staying):
        yield from _fading(name, shape, float(t < 0.5))
    elif shape and shape.pulse:
        yield from _fading(name, shape, 1 - 4 * t)
    else:
        yield from _fading(name, shape, 1 - 2 * t)


def _entering(name: str, shape: Shape, t: float, staying: Set[str]) -> Iterator[tuple[str, Shape]]:
    if _swaps(shape, staying):
        yield from _fading(name, shape, float(t >= 0.5))
    elif shape.pulse:
        yield from _fading(name, _landing(shape, t), 4 * t - 1)
    else:
        yield from _fading(name, shape, 2 * t - 1)


def _swaps(shape: Shape | None, staying: Set[str]) -> bool:
    """Return whether the shape appears and vanishes at once; it fades if its whole group appears or vanishes."""
    return shape is not None and shape.transition == "swap" and (not shape.group or shape.group in staying)


def _fading(name: str, shape: Shape | None, share: float) -> Iterator[tuple[str, Shape]]:
    """Yield the shape at a share (at most 1) of its opacity, and nothing if it would be invisible."""
    if shape is not None and share > 0:
        yield name, shape if share >= 1 else replace(shape, opacity=shape.opacity * share)


def _landing(shape: Shape, t: float) -> Shape:
    """Shrink a new shape to its size; words keep their size, as they must stay within their box."""
    match shape:
        case Rect():
            extra = min(INFLATION, shape.w / 4, shape.h / 4) * (1 - t) ** 2  # clear of its neighbours half way
            return replace(
                shape,
                x=shape.x - extra,
                y=shape.y - extra,
                w=shape.w + 2 * extra,
                h=shape.h + 2 * extra,
                radius=shape.radius and shape.radius + extra,
            )
        case Circle():
            return replace(shape, r=shape.r * (1 + GROWTH * (1 - t)))
        case Line():
            return replace(shape, width=shape.width * (2 - t))
        case Text():
            return shape


def _travelled(source: Shape, shape: Shape, t: float, font: Typeface) -> Shape:
    """Move a new shape out of another: from one of its kind it changes, from any other it starts at the middle."""
    if isinstance(source, Text) and isinstance(shape, Text) and source.anchor == shape.anchor:
        start = replace(shape, x=source.x, y=source.y, size=source.size, fill=source.fill)
        return _moved(start, shape, t)  # its own words and style all the way
    if type(source) is type(shape):
        return _moved(source, shape, t)
    (x0, y0), (x1, y1) = _middle(source, font), _middle(shape, font)
    return moved(shape, (x0 - x1) * (1 - t), (y0 - y1) * (1 - t))


def _middle(shape: Shape, font: Typeface) -> Point:
    match shape:
        case Rect():
            return shape.x + shape.w / 2, shape.y + shape.h / 2
        case Line():
            xs, ys = zip(*shape.points, strict=True)
            return (min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2
        case Circle():
            return shape.x, shape.y
        case Text():
            width = text_width(shape.text, shape.size, font, shape.bold, shape.mono)
            return shape.x + width * _MIDDLE[shape.anchor], shape.y - shape.size * CAP_HEIGHT / 2


def _moved(old: Shape, new: Shape, t: float) -> Shape:
    """Interpolate every attribute of the shape; one without values between switches half way."""
    names = _ATTRIBUTES[type(new)]
    return type(new)(**{name: _value(name, getattr(old, name), getattr(new, name), t) for name in names})


def _value(name: str, old: Any, new: Any, t: float) -> Any:
    if old == new:
        return new
    if name == "points":
        return _moved_points(old, new, t)
    if isinstance(old, int | float) and isinstance(new, int | float) and not isinstance(old, bool):
        return old + (new - old) * t
    if name in ("fill", "stroke") and old and new:
        return _mixed(old, new, t)
    return old if t < 0.5 else new


def _mixed(old: Colour, new: Colour, t: float) -> Colour:
    if old == new:
        return new
    pairs = zip(bytes.fromhex(old[1:]), bytes.fromhex(new[1:]), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * t):02x}" for a, b in pairs)


def _moved_points(old: tuple[Point, ...], new: tuple[Point, ...], t: float) -> tuple[Point, ...]:
    count = max(len(old), len(new))
    pairs = zip(_with_points(old, count), _with_points(new, count), strict=True)
    return tuple((x0 + (x1 - x0) * t, y0 + (y1 - y0) * t) for (x0, y0), (x1, y1) in pairs)


def _with_points(points: tuple[Point, ...], count: int) -> tuple[Point, ...]:
    """Give a line that many points: halve its longest stroke until there are enough."""
    run = list(points)
    while len(run) < count:
        i = max(range(1, len(run)), key=lambda i: hypot(run[i][0] - run[i - 1][0], run[i][1] - run[i - 1][1]))
        run.insert(i, ((run[i - 1][0] + run[i][0]) / 2, (run[i - 1][1] + run[i][1]) / 2))
    return tuple(run)
