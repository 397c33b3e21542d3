"""Marks findings on a picture: an outline and a number on each, and the words below."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from cowviz.legibility.boxes import Extent
from cowviz.legibility.rule import Finding
from cowviz.scene.shapes import Rect, Scene, Shape, Text
from cowviz.scene.text_metrics import text_width, wrap

_INK, _PAPER, _WORDS = "#d00000", "#ffffff", "#000000"
_SIZE, _LINE, _MARGIN = 20.0, 28.0, 40.0


def marked(scene: Scene, findings: Sequence[Finding]) -> Scene:
    """Return the scene with its findings marked, on a canvas that is extended downwards for their list."""
    lines = [
        (number, line)
        for number, finding in enumerate(findings, 1)
        for line in wrap(
            f"{number}  {finding.rule}: {finding.what}: {finding.by}", _SIZE, scene.width - 2 * _MARGIN, scene.font
        )
    ]
    height = scene.height + _LINE * (len(lines) + 1)
    paper = Rect(x=0, y=scene.height, w=scene.width, h=height - scene.height, fill=_PAPER)
    shapes: dict[str, Shape] = {**scene.shapes, "marks/paper": paper}
    for i, (_number, line) in enumerate(lines, 1):
        y = scene.height + _LINE * i + 4
        shapes[f"marks/line-{i}"] = Text(x=_MARGIN, y=y, text=line, size=_SIZE, fill=_WORDS)
    for number, finding in enumerate(findings, 1):
        shapes |= {f"marks/{number}-{i}": shape for i, shape in enumerate(_mark(number, finding.where, scene))}
    return replace(scene, shapes=shapes, height=height)


def _mark(number: int, where: Extent, scene: Scene) -> Iterator[Shape]:
    """Draw an outline that shows on every background, and a number at its upper left, both within the canvas."""
    left, top = min(max(where.left - 4, 2), scene.width - 12), min(max(where.top - 4, 2), scene.height - 12)
    right, bottom = (
        max(min(where.right + 4, scene.width - 2), left + 8),
        max(min(where.bottom + 4, scene.height - 2), top + 8),
    )
    for stroke, width in ((_PAPER, 7), (_INK, 3)):
        yield Rect(x=left, y=top, w=right - left, h=bottom - top, radius=4, stroke=stroke, width=width)
    w = text_width(str(number), _SIZE, scene.font, bold=True) + 10
    x, y = max(left - w + 3, 0), max(top - 12, 0)  # beside what it marks
    yield Rect(x=x, y=y, w=w, h=24, radius=6, fill=_INK, stroke=_PAPER, width=2)
    yield Text(x=x + w / 2, y=y + 19, text=str(number), size=_SIZE, bold=True, fill=_PAPER, anchor="middle")
