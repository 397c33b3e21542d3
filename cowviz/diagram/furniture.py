"""Draws what surrounds every view: the title, the progress dots, the caption, the divider of two pictures."""

from __future__ import annotations

from collections.abc import Sequence

from cowviz.scene.builder import CAPTION, MARGIN, SceneBuilder
from cowviz.scene.shapes import WIDTH, Circle, Line
from cowviz.scene.text_metrics import text_width, wrap
from cowviz.scene.typeface import Typeface

LINE = 40.0  # px from one line of the caption to the next
TITLE_LINE = 36.0  # px from one line of the title to the next
_DOT_PITCH, _DOT_RADIUS, _MOST_DOTS = 24, 7, 16


def title(builder: SceneBuilder, text: str, step: int = 0, steps: int = 0) -> None:
    """Draw the title at the left; at the right, draw a dot for each step and the current step's number."""
    x = builder.width - MARGIN
    up = 0 if builder.width >= WIDTH else 4  # away from the arrow of a fork, which is below the title's end
    if steps:
        builder.group("step").text("number", x, 50 - up, f"{step} / {steps}", "progress", size=24, anchor="end")
        x -= builder.text_width(f"{steps} / {steps}", 24) + 30
    lines = title_lines(text, builder.width, builder.font, steps)
    whole = max(builder.text_width(line, CAPTION, bold=True) for line in lines)
    if 1 < steps <= _MOST_DOTS and (builder.width >= WIDTH or MARGIN + whole <= x - _DOT_PITCH * steps):
        for i in range(steps, 0, -1):
            fill = builder.theme.text if i <= step else None
            ring = Circle(x=x, y=42 - up, r=_DOT_RADIUS, fill=fill, stroke=builder.theme.muted, width=2, role="dot")
            builder.add(f"dot:{i}", ring)
            x -= _DOT_PITCH
    for i, line in enumerate(lines):
        name = f"title-{i + 1}" if i else "title"
        builder.text(
            name,
            MARGIN,
            52 - up + TITLE_LINE * i,
            builder.fit(line, CAPTION, x - MARGIN, bold=True),
            "title",
            bold=True,
        )


def title_lines(text: str, width: float, font: Typeface, steps: int = 0) -> list[str]:
    """Break the title into one line, or two on a narrow canvas (``width`` in px) if it is too long for one."""
    room = width - 2 * MARGIN - text_width(f"{steps} / {steps}", 24, font) - 30
    if width >= WIDTH or text_width(text, CAPTION, font, bold=True) <= room:
        return [text]
    first, *rest = wrap(text, CAPTION, room, font, bold=True)
    return [first, " ".join(rest)]


def caption(builder: SceneBuilder, lines: Sequence[str], first_baseline: float, line_height: float = LINE) -> None:
    """Draw the caption's lines; positions are in px."""
    for i, line in enumerate(lines):
        builder.text(f"caption:{i}", MARGIN, first_baseline + line_height * i, line, "caption", transition="swap")


def divider(builder: SceneBuilder, x: float, top: float, bottom: float) -> None:
    """Draw a pale vertical line between two pictures; positions are in px."""
    line = Line(points=((x, top), (x, bottom)), stroke=builder.theme.panel_edge, width=2, role="divider")
    builder.add("divider", line)
