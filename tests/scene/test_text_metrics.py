"""Widths are those that are drawn; lines fit, and nothing of a text gets lost in wrapping."""

from __future__ import annotations

import matplotlib
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.font_manager import FontProperties

from cowviz.scene import text_metrics
from cowviz.scene.text_metrics import fit, font_file, missing_glyphs, runs, text_width, wrap
from cowviz.scene.typeface import DEJAVU, Typeface

CAPTION = "The kernel copied Frame C to Frame D and remapped the child. The write is retried."
WORDS = st.lists(st.text("abcWMil.,fi", min_size=1, max_size=12), min_size=1, max_size=25).map(" ".join)


@pytest.mark.parametrize("size", [16.0, 21.0, 32.0])
@pytest.mark.parametrize(("bold", "mono"), [(False, False), (True, False), (False, True), (True, True)])
def test_a_width_is_what_matplotlib_draws(size: float, bold: bool, mono: bool) -> None:
    renderer = RendererAgg(10, 10, 72)
    with matplotlib.rc_context({"text.hinting": "no_hinting"}):
        font = FontProperties(fname=str(font_file(bold, mono)), size=size)
        drawn = renderer.get_text_width_height_descent(CAPTION, font, False)[0]
    assert text_width(CAPTION, size, DEJAVU, bold, mono) == pytest.approx(drawn, abs=max(1.5, drawn / 300))


def test_a_width_scales_with_the_size() -> None:
    assert text_width("Frame C", 48, DEJAVU) == pytest.approx(2 * text_width("Frame C", 24, DEJAVU))
    assert text_width("", 20, DEJAVU) == 0


@given(WORDS, st.floats(60, 900))
def test_wrapping_keeps_every_letter_and_every_line_fits(text: str, width: float) -> None:
    lines = wrap(text, 20, width, DEJAVU)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(text_width(line, 20, DEJAVU) <= width for line in lines)


def test_wrapping_balances_and_respects_breaks() -> None:
    first, second = wrap(CAPTION, 32, 1200, DEJAVU)
    assert abs(text_width(first, 32, DEJAVU) - text_width(second, 32, DEJAVU)) < 200
    assert wrap("one\n\ntwo words", 20, 900, DEJAVU) == ["one", "", "two words"]
    assert wrap("", 20, 900, DEJAVU) == [""]
    assert wrap("x  =  1", 20, 900, DEJAVU) == ["x  =  1"]


@given(st.text("abc WMl", max_size=40), st.floats(0, 300))
def test_fitting_shortens_to_the_width(text: str, width: float) -> None:
    short = fit(text, 20, width, DEJAVU)
    assert text_width(short, 20, DEJAVU) <= width
    assert short in (text, "") or (short.endswith("…") and text.startswith(short[:-1]))


def test_missing_glyphs_are_named_once() -> None:
    assert missing_glyphs("fork() × 2 · äπ→✓ …–", DEJAVU) == ""
    assert missing_glyphs("a漢b漢字", DEJAVU) == "漢字"


FONTS = font_file().parent
SERIF = Typeface("DejaVu Serif", FONTS / "DejaVuSerif.ttf", FONTS / "DejaVuSerif-Bold.ttf")
ROMAN = Typeface("cmr10", FONTS / "cmr10.ttf", FONTS / "cmr10.ttf")  # no arrows


@pytest.mark.parametrize("bold", [False, True])
def test_the_widths_are_the_fonts_own(bold: bool) -> None:
    usual, inside = text_width(CAPTION, 30, DEJAVU, bold), text_width(CAPTION, 30, SERIF, bold)
    assert text_width(CAPTION, 30, SERIF, bold, mono=True) == pytest.approx(len(CAPTION) * 30 * 1233 / 2048)
    renderer = RendererAgg(10, 10, 72)
    with matplotlib.rc_context({"text.hinting": "no_hinting"}):
        font = FontProperties(fname=str(SERIF.bold if bold else SERIF.regular), size=30)
        drawn = renderer.get_text_width_height_descent(CAPTION, font, False)[0]
    assert inside == pytest.approx(drawn, abs=drawn / 300)
    assert inside != pytest.approx(usual, abs=1)


def test_each_part_of_a_text_has_the_first_font_that_shows_it() -> None:
    assert runs("a → b", ROMAN) == ((ROMAN.regular, "a "), (font_file(), "→"), (ROMAN.regular, " b"))
    assert missing_glyphs("a → 漢", ROMAN) == "漢"
    apart = sum(text_width(part, 30, ROMAN) for part in ("a ", "→", " b"))
    assert text_width("a → b", 30, ROMAN) == pytest.approx(apart)
    assert runs("a → b", DEJAVU) == ((font_file(), "a → b"),)


CHINESE = st.text("页框复制，。（）x1 “”ー", max_size=60)


@given(CHINESE, st.floats(60, 400))
def test_wrapping_chinese_keeps_every_sign_and_every_line_fits(text: str, width: float) -> None:
    lines = wrap(text, 20, width, DEJAVU)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(text_width(line, 20, DEJAVU) <= width or len(line) <= 8 for line in lines)


def test_chinese_breaks_between_signs_but_not_before_a_stop_nor_within_latin() -> None:
    text = "内核复制页框，并把子进程的页重新映射到副本（Frame D），写入随后重试。" * 3
    with_room = [wrap(text, 20, width, DEJAVU) for width in range(90, 500)]
    firsts = {line[0] for lines in with_room for line in lines}
    lasts = {line[-1] for lines in with_room for line in lines}
    assert not firsts & set("，。）") and not lasts & set("（")
    assert all("Frame" in "".join(line for line in lines if "F" in line) for lines in with_room)
    first, second = wrap("内核复制页框并把子进程的页重新映射到副本", 20, text_width("页", 20, DEJAVU) * 12, DEJAVU)
    assert abs(len(first) - len(second)) <= 2


def test_of_a_long_word_little_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    measured: list[int] = []
    width = text_metrics.text_width
    monkeypatch.setattr(
        text_metrics, "text_width", lambda text, *style: measured.append(len(text)) or width(text, *style)
    )
    word = "[" * 5_000
    assert fit(word, 20, 100, DEJAVU).endswith("…")
    assert "".join(wrap(word, 20, 1000, DEJAVU)) == word
    assert sum(measured) < 1_000_000, "a character at a time, it is hundreds of millions"
