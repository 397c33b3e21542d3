"""Draws the lesson's C code beside the picture and marks the current line."""

from __future__ import annotations

from collections.abc import Sequence

from cowviz.diagram.things import Fixture
from cowviz.diagram.view import Plan
from cowviz.language import _
from cowviz.scene.builder import MARGIN, SMALL, SceneBuilder
from cowviz.scene.shapes import Rect
from cowviz.scene.text_metrics import text_width
from cowviz.scene.typeface import Typeface

STRIP = 52.0  # height that the one-line form takes
NARROWEST, WIDEST, BESIDE = 300.0, 560.0, 16.0  # of the column; from it to what stands beside it
_LINE, _MOST = 34.0, 12


def pane_width(code: Sequence[str], font: Typeface) -> float:
    """Return the width of a column of code, in px."""
    widest = max(text_width(line, SMALL, font, mono=True) for line in code)
    return min(max(widest + 56, NARROWEST), WIDEST)


def code_pane(builder: SceneBuilder, code: Sequence[str], current: int | None, x: float, w: float, plan: Plan) -> None:
    """Draw the code beside the view. Of code that is too long, draw the lines around the current one."""
    top, bottom = plan.area.top, plan.area.bottom
    builder, theme = builder.group("code", Fixture.CODE), builder.theme
    pane = Rect(x=x, y=top, w=w, h=bottom - top, radius=16, fill=theme.panel, stroke=theme.panel_edge, width=2)
    builder.add("panel", pane)
    builder.text("name", x + 20, plan.heading_y, _("Program"), "name", bold=True)
    pitch = min(2 * _LINE, (bottom - top - 90) / max(min(len(code), _MOST), 1))
    pitch = max(pitch, _LINE)
    first = _first_shown(len(code), current, int((bottom - top - 90) / pitch))
    for row, number in enumerate(range(first, len(code))):
        y = top + 100 + row * pitch
        if y > bottom - 16:
            break
        is_current = number + 1 == current
        if is_current:
            _mark(builder, x + 8, y - 26, w - 16)
        text = builder.fit(code[number], SMALL, w - 52, mono=True)
        fill = theme.on_accent if is_current else theme.text
        builder.text(f"{number + 1}", x + 28, y, text, "code", mono=True, fill=fill)


def code_strip(builder: SceneBuilder, code: Sequence[str], current: int | None, bottom: float) -> None:
    """Draw only the current line of the code, for pictures whose processes take the whole width."""
    if current is None:
        return
    builder, theme = builder.group("code", Fixture.CODE), builder.theme
    box = Rect(
        x=MARGIN - 12, y=bottom - STRIP + 16, w=builder.width - 2 * MARGIN + 24, h=STRIP - 12, radius=9,
        fill=theme.panel, stroke=theme.panel_edge, width=2,
    )  # fmt: skip
    builder.add("panel", box)
    text = builder.fit(code[current - 1].strip(), SMALL, builder.width - 2 * MARGIN - 80, mono=True)
    y = bottom - STRIP / 2 + 18
    builder.text("number", MARGIN + 8, y, str(current), "label", mono=True)
    builder.text("line", MARGIN + 56, y, text, "code", mono=True)


def _mark(builder: SceneBuilder, x: float, y: float, w: float) -> None:
    """Draw the bar behind the current line, under one id, so that it slides from line to line."""
    bar = Rect(
        x=x, y=y, w=w, h=38, radius=6, fill=builder.theme.accent, role="current",
        transition="swap",
    )  # fmt: skip
    builder.add("current", bar)


def _first_shown(lines: int, current: int | None, room: int) -> int:
    if lines <= room or current is None:
        return 0
    return min(max(current - 1 - room // 2, 0), lines - room)
