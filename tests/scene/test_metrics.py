"""Widths are those that are drawn; lines fit, and nothing of a text gets lost in wrapping."""

from __future__ import annotations

import matplotlib
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.font_manager import FontProperties

from cowviz.scene.metrics import fit, font_file, missing_glyphs, text_width, wrap

CAPTION = "The kernel copied Frame C to Frame D and remapped the child. The write is retried."
WORDS = st.lists(st.text("abcWMil.,fi", min_size=1, max_size=12), min_size=1, max_size=25).map(" ".join)


@pytest.mark.parametrize("size", [16.0, 21.0, 32.0])
@pytest.mark.parametrize(("bold", "mono"), [(False, False), (True, False), (False, True), (True, True)])
def test_a_width_is_what_matplotlib_draws(size: float, bold: bool, mono: bool) -> None:
    renderer = RendererAgg(10, 10, 72)
    with matplotlib.rc_context({"text.hinting": "no_hinting"}):
        font = FontProperties(fname=str(font_file(bold, mono)), size=size)
        drawn = renderer.get_text_width_height_descent(CAPTION, font, False)[0]
    assert text_width(CAPTION, size, bold, mono) == pytest.approx(drawn, abs=max(1.5, drawn / 300))


def test_a_width_scales_with_the_size() -> None:
    assert text_width("Frame C", 48) == pytest.approx(2 * text_width("Frame C", 24))
    assert text_width("", 20) == 0


@given(WORDS, st.floats(60, 900))
def test_wrapping_keeps_every_letter_and_every_line_fits(text: str, width: float) -> None:
    lines = wrap(text, 20, width)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(text_width(line, 20) <= width for line in lines)


def test_wrapping_balances_and_respects_breaks() -> None:
    first, second = wrap(CAPTION, 32, 1200)
    assert abs(text_width(first, 32) - text_width(second, 32)) < 200
    assert wrap("one\n\ntwo words", 20, 900) == ["one", "", "two words"]
    assert wrap("", 20, 900) == [""]
    assert wrap("x  =  1", 20, 900) == ["x  =  1"]


@given(st.text("abc WMl", max_size=40), st.floats(0, 300))
def test_fitting_shortens_to_the_width(text: str, width: float) -> None:
    short = fit(text, 20, width)
    assert text_width(short, 20) <= width
    assert short in (text, "") or (short.endswith("…") and text.startswith(short[:-1]))


def test_missing_glyphs_are_named_once() -> None:
    assert missing_glyphs("fork() × 2 · äπ→✓ …–") == ""
    assert missing_glyphs("a漢b漢字") == "漢字"
