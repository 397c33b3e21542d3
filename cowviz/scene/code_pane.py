"""The C lines beside the picture, the current one marked."""

from __future__ import annotations

from collections.abc import Sequence

from cowviz.language import _
from cowviz.scene.metrics import fit
from cowviz.scene.panel import Panel
from cowviz.scene.shapes import Rect
from cowviz.scene.sheet import MARGIN, SMALL, Sheet

STRIP = 52.0  # height that the one-line form takes
_LINE, _MOST = 34.0, 12


def code_pane(
    sheet: Sheet, code: Sequence[str], current: int | None, place: tuple[float, float], beside: Panel
) -> None:
    """A column of code; ``place`` is its x and width. Where it is too long, the lines around the current one."""
    x, w = place
    top, bottom = beside.top, beside.bottom
    theme = sheet.theme
    pane = Rect(x=x, y=top, w=w, h=bottom - top, radius=16, fill=theme.panel, stroke=theme.panel_edge, width=2)
    sheet.add("code/panel", pane)
    sheet.text("code/name", x + 20, beside.heading_y, _("Program"), "name", bold=True)
    pitch = min(2 * _LINE, (bottom - top - 90) / max(min(len(code), _MOST), 1))
    pitch = max(pitch, _LINE)
    first = _first_shown(len(code), current, int((bottom - top - 90) / pitch))
    for row, number in enumerate(range(first, len(code))):
        y = top + 100 + row * pitch
        if y > bottom - 16:
            break
        is_current = number + 1 == current
        if is_current:
            _mark(sheet, x + 8, y - 26, w - 16)
        text = fit(code[number], SMALL, w - 52, mono=True)
        style = {"fill": theme.on_accent if is_current else theme.text}
        sheet.text(f"code/{number + 1}", x + 28, y, text, "code", mono=True, **style)


def code_strip(sheet: Sheet, code: Sequence[str], current: int | None, bottom: float) -> None:
    """Where processes take the whole width: the current line alone, below them."""
    if current is None:
        return
    theme = sheet.theme
    box = Rect(
        x=MARGIN - 12, y=bottom - STRIP + 16, w=sheet.width - 2 * MARGIN + 24, h=STRIP - 12, radius=9, fill=theme.panel,
        stroke=theme.panel_edge, width=2,
    )  # fmt: skip
    sheet.add("code/panel", box)
    text = fit(code[current - 1].strip(), SMALL, sheet.width - 2 * MARGIN - 80, mono=True)
    y = bottom - STRIP / 2 + 18
    sheet.text("code/number", MARGIN + 8, y, str(current), "label", mono=True)
    sheet.text("code/line", MARGIN + 56, y, text, "code", mono=True)


def _mark(sheet: Sheet, x: float, y: float, w: float) -> None:
    """The bar behind the current line; one id, so that it slides from line to line."""
    bar = Rect(x=x, y=y, w=w, h=38, radius=6, fill=sheet.theme.accent, role="current")
    sheet.add("code/current", bar)


def _first_shown(lines: int, current: int | None, room: int) -> int:
    if lines <= room or current is None:
        return 0
    return min(max(current - 1 - room // 2, 0), lines - room)
