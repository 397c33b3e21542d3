"""Checks words: none overlaps another, is cut, hidden or shortened, or is crossed by a stroke."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from cowviz.language import _
from cowviz.legibility.boxes import SLACK, Extent, form_box, inked, rect_box
from cowviz.legibility.rule import Flaw, Look, px, rule
from cowviz.scene.shapes import Line, Rect, Shape, Text
from cowviz.scene.text_metrics import ELLIPSIS


@rule
def overlapping_texts(look: Look) -> Iterator[Flaw]:
    """Find texts that overlap one another."""
    for (a, one, box), (b, other, other_box) in combinations(look.texts, 2):
        if box.meets(other_box) and not _covered(look, b, a, other_box):
            what = _('text "{one}" overlaps "{other}"').format(one=one.text, other=other.text)
            yield Flaw(what, box, px(box.overlap(other_box)), (a, b))


@rule
def cut_by_canvas(look: Look) -> Iterator[Flaw]:
    """Find shapes that stick out of the canvas."""
    canvas = Extent(0, 0, look.scene.width, look.scene.height)
    for name, box in look.boxes.items():
        if not canvas.holds(box):
            shape = look.shapes[name]
            what = (
                _('text "{text}" is cut by the canvas')
                if isinstance(shape, Text)
                else _("{shape} is cut by the canvas")
            )
            words = what.format(text=getattr(shape, "text", ""), shape=name)
            yield Flaw(words, box, px(canvas.excess(box)), (name,))


@rule
def cut_by_box(look: Look) -> Iterator[Flaw]:
    """Find texts that do not lie wholly in the topmost box below them."""
    for name, text, box in look.texts:
        for other, shape in reversed(look.below(name)):
            if isinstance(shape, Rect) and shape.fill and rect_box(shape).holds(box):
                break
            if not isinstance(shape, Line | Text) and inked(shape, box) > SLACK:
                what = _('text "{text}" is cut by the edge of {box}').format(text=text.text, box=other)
                yield Flaw(what, box, px(form_box(shape).excess(box)), (name, other))


@rule
def hidden_texts(look: Look) -> Iterator[Flaw]:
    """Find shapes that lie over a text; a moving copy of bytes may pass over it."""
    for name, text, box in look.texts:
        for other, shape in look.above(name):
            if isinstance(shape, Line | Text) or not look.boxes[other].meets(box) or look.travels(other):
                continue
            if (depth := inked(shape, box)) > SLACK:
                what = _('text "{text}" lies under {box}').format(text=text.text, box=other)
                yield Flaw(what, box, px(depth), (name, other))


@rule
def crossed_texts(look: Look) -> Iterator[Flaw]:
    """Find strokes that run through a text, above or below it."""
    lines = [(name, s, look.boxes[name]) for name, s in look.shapes.items() if isinstance(s, Line)]
    for name, text, box in look.texts:
        for other, line, extent in lines:
            if extent.meets(box) and (length := inked(line, box)) > SLACK and not _covered(look, name, other, box):
                what = _('text "{text}" is crossed by {line}').format(text=text.text, line=other)
                yield Flaw(what, box, px(length), (name, other))


def _covered(look: Look, text: str, lower: str, box: Extent) -> bool:
    """Return whether a box between a text and what lies below hides the latter."""
    place = look.places
    between = look.below(text)[place[lower] + 1 :] if place[lower] < place[text] else []
    return any(_hides(shape, box) for _name, shape in between)


def _hides(shape: Shape, box: Extent) -> bool:
    return isinstance(shape, Rect) and bool(shape.fill) and shape.opacity == 1 and rect_box(shape).holds(box)


@rule
def covering_tags(look: Look) -> Iterator[Flaw]:
    """Find tags that lie over a box with arrows, or over another tag."""
    solid = [(name, rect_box(s)) for name, s in look.rects if s.role in ("box", "tag") and not look.travels(name)]
    for name, box in [(name, rect_box(s)) for name, s in look.rects if s.role == "tag"]:
        for other, covered in solid:
            if name != other and box.meets(covered):
                what = _("{tag} lies over {box}").format(tag=name, box=other)
                yield Flaw(what, box, px(box.overlap(covered)), (name, other))


@rule
def shortened_texts(look: Look) -> Iterator[Flaw]:
    """Find texts that are cut short."""
    for name, text, box in look.texts:
        if ELLIPSIS in text.text:
            yield Flaw(_('text "{text}" is cut short').format(text=text.text), box, _("the rest of it"), (name,))


@rule
def empty_texts(look: Look) -> Iterator[Flaw]:
    """Find names that are too long to show any of their characters."""
    for name, shape in look.shapes.items():
        if isinstance(shape, Text) and shape.role == "name" and not shape.text.strip(ELLIPSIS + " "):
            yield Flaw(_("{text} says nothing").format(text=name), look.boxes[name], _("all of it"), (name,))
