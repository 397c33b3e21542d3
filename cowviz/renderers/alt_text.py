"""What a part of a picture says to someone who does not see it: in a few words, out of the texts drawn there."""

from __future__ import annotations

from collections.abc import Sequence

from cowviz.language import _
from cowviz.renderers._connectors import Ends
from cowviz.scene.shapes import Line, Rect, Scene, Text


def group_text(scene: Scene, names: Sequence[str]) -> str:
    """The words of a group of shapes after those of the panel that it stands in: "Parent: heap, VMA rw-, PTE r--"."""
    texts = [(name, shape) for name in names if isinstance(shape := scene.shapes[name], Text)]
    texts.sort(key=lambda named: named[1].role != "name" or named[0].endswith("/count"))
    words = ", ".join(_said(name, text) for name, text in texts if not name.endswith("-label"))
    owner = _owner(scene, names)
    return f"{owner}: {words}" if owner and words else words or owner


def arrow_text(scene: Scene, line: Line, ends: Ends) -> str:
    """Where an arrow leads from and to; "" where one of its ends is loose."""
    start, end = ends
    if start is None or end is None:
        return ""
    source, target = f"{_owner(scene, [start.box])} {_name(scene, start.box)}".strip(), _name(scene, end.box)
    words = _("{source} points to {target}") if not line.dash else _("{source} points to {target}, read-only")
    return words.format(source=source, target=target)


def _said(name: str, text: Text) -> str:
    kind = name.rpartition("/")[2].upper()
    return f"{kind} {text.text}" if text.role == "permission" and kind in ("VMA", "PTE") else text.text


def _name(scene: Scene, box: str) -> str:
    """What is written in a box as its name; else that of the panel that it stands in."""
    name = scene.shapes.get(f"{box.partition('/')[0]}/name")
    return name.text if isinstance(name, Text) else _owner(scene, [box])


def _owner(scene: Scene, names: Sequence[str]) -> str:
    """The name of the panel in which the first box among the shapes lies."""
    box = next((shape for name in names if isinstance(shape := scene.shapes[name], Rect)), None)
    if box is None or box.role == "panel":
        return ""
    x, y = box.x + box.w / 2, box.y + box.h / 2
    for name, shape in scene.shapes.items():
        if isinstance(shape, Rect) and shape.role == "panel":
            inside = shape.x <= x <= shape.x + shape.w and shape.y <= y <= shape.y + shape.h
            title = scene.shapes.get(f"{name.partition('/')[0]}/name")
            if inside and isinstance(title, Text):
                return title.text
    return ""
