"""Checks arrows: each runs from the edge of a box to the edge of another, and through no box between."""

from __future__ import annotations

from collections.abc import Iterator

from cowviz.diagram.things import EntryRange
from cowviz.language import _
from cowviz.legibility.boxes import SLACK, Extent, form_box, rect_box, stroke_within
from cowviz.legibility.rule import Flaw, Look, px, rule
from cowviz.scene.shapes import Line, Point

TOUCH = 1.0  # px that the end of an arrow may be away from the edge of its box
WORD_GAP = 16.0  # px between an arrow and the word that it is interrupted for


@rule
def arrows_through_boxes(look: Look) -> Iterator[Flaw]:
    """Find arrows that run through a box or a tag; an arrow may touch only the two boxes that it connects."""
    solid = [(name, rect_box(s)) for name, s in look.rects if s.role in ("box", "tag") and not look.travels(name)]
    for name, line in look.arrows:
        for other, box in solid:
            is_end = any(box.edge_distance(end) < -TOUCH for end in (line.points[0], line.points[-1]))
            if not is_end and (length := stroke_within(line, box)) > SLACK:
                yield Flaw(
                    _("{arrow} runs through {box}").format(arrow=name, box=other), box, px(length), (name, other)
                )


@rule
def arrow_ends(look: Look) -> Iterator[Flaw]:
    """Find arrows that do not start at the edge of a box, or do not end at the edge of another."""
    boxes = [(name, rect_box(s)) for name, s in look.rects if s.role == "box"]
    panels = [(name, rect_box(s)) for name, s in look.rects if s.role == "panel"]
    for name, line in look.arrows:
        if not look.rests(name):
            continue
        ends = boxes if isinstance(line.of, EntryRange) else boxes + panels
        if not _in_word_gap(look, line, line.points[0]):
            yield from _end(name, line, line.points[0], _("starts"), ends)
        if line.head:
            yield from _end(name, line, line.points[-1], _("ends"), ends)


def _end(name: str, line: Line, point: Point, does: str, boxes: list[tuple[str, Extent]]) -> Iterator[Flaw]:
    distances = {other: box.edge_distance(point) for other, box in boxes}
    nearest = min(distances, key=lambda other: abs(distances[other]), default="")
    distance = distances.get(nearest, float("inf"))
    if abs(distance) <= TOUCH:
        return
    where = form_box(Line(points=(point, point), stroke=line.stroke, width=2))
    words = _("{arrow} {does} inside {box}") if distance < 0 else _("{arrow} {does} short of {box}")
    what = words.format(arrow=name, does=does, box=nearest or _("any box"))
    yield Flaw(what, where, px(abs(distance)), (name, nearest) if nearest else (name,))


def _in_word_gap(look: Look, line: Line, point: Point) -> bool:
    """Return whether the arrow is interrupted here by its own word, as fork()'s is."""
    words = (box for _name, text, box in look.texts if line.group and text.group == line.group)
    return any(box.edge_distance(point) <= WORD_GAP for box in words)
