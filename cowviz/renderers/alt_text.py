"""Writes alternate text for parts of a picture, from the texts drawn in them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cowviz.language import _
from cowviz.renderers._connectors import Ends
from cowviz.scene.shapes import Line, Rect, Scene, Shape, Text


def group_text(scene: Scene, names: Sequence[str]) -> str:
    """Return the words of a group of shapes, after those of its panel: "Parent: heap, VMA rw-, PTE r--"."""
    shapes = [scene.shapes[name] for name in names]
    texts = [shape for shape in shapes if isinstance(shape, Text)]
    texts.sort(key=lambda text: text.role != "name")
    words = ", ".join(filter(None, map(_said, texts)))
    owner = _owner(scene, shapes)
    return f"{owner}: {words}" if owner and words else words or owner


def arrow_text(scene: Scene, line: Line, ends: Ends) -> str:
    """Return what an arrow connects, in words; "" if one of its ends touches no box."""
    start, end = ends
    if start is None or end is None:
        return ""
    first, last = scene.shapes[start.box], scene.shapes[end.box]
    source, target = f"{_owner(scene, [first])} {_name(scene, first)}".strip(), _name(scene, last)
    words = _("{source} points to {target}") if not line.dash else _("{source} points to {target}, read-only")
    return words.format(source=source, target=target)


def _said(text: Text) -> str:
    return text.text if text.spoken is None else text.spoken


def _name(scene: Scene, box: Shape) -> str:
    """What is written in a box as its name; else that of the panel that it stands in."""
    return _title(scene, box) or _owner(scene, [box])


def _title(scene: Scene, box: Shape) -> str:
    """The name in the group of a box; "" where there is none."""
    same = (shape for shape in scene.shapes.values() if box.group and shape.group == box.group)
    return next((text.text for text in same if isinstance(text, Text) and text.role == "name"), "")


def _owner(scene: Scene, shapes: Iterable[Shape]) -> str:
    """The name of the panel in which the first box among the shapes lies."""
    box = next((shape for shape in shapes if isinstance(shape, Rect)), None)
    if box is None or box.role == "panel":
        return ""
    x, y = box.x + box.w / 2, box.y + box.h / 2
    for panel in scene.shapes.values():
        if isinstance(panel, Rect) and panel.role == "panel":
            is_inside = panel.x <= x <= panel.x + panel.w and panel.y <= y <= panel.y + panel.h
            if is_inside and (title := _title(scene, panel)):
                return title
    return ""
