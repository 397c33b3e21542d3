"""Measures text without drawing it: Pillow measures each font's advances once, and they are scaled.

The fonts come from matplotlib's package data, as in every renderer; matplotlib itself is not imported. The user's
own font takes precedence.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator
from functools import lru_cache
from importlib.util import find_spec
from itertools import groupby, pairwise
from pathlib import Path
from typing import NamedTuple
from unicodedata import category

from PIL import ImageFont

from cowviz.scene.typeface import Typeface

ASCENT = 0.76  # of the size: the top of "d", "(" and accents on small letters, above the baseline
DESCENT = 0.24  # the foot of "p" and "("
CAP_HEIGHT = 0.729
ELLIPSIS = "…"

# Chinese and Japanese: a line may end after each sign, but for these (kinsoku shori, as in JIS X 4051).
IDEOGRAPH = re.compile("[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]")
_NEVER_FIRST = ("Pe", "Pf", "Po", "Lm")  # categories of Unicode: what closes, stops, or repeats
_NEVER_LAST = ("Ps", "Pi")  # what opens
_SMALL_KANA = "ぁぃぅぇぉっゃゅょァィゥェォッャュョ"

_VARIATION = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")  # how the sign before is drawn: nothing by itself
_UNITS = 2048  # DejaVu's units an em: at this size every advance is a whole number, so nothing is rounded


def font_file(bold: bool = False, mono: bool = False) -> Path:
    """Return the DejaVu font file for this style. Raises OSError if matplotlib's fonts are missing."""
    spec = find_spec("matplotlib")
    if spec is None or spec.origin is None:
        raise OSError("matplotlib, which brings the DejaVu fonts, is missing: pip install matplotlib")
    name = "DejaVuSans" + ("Mono" if mono else "") + ("-Bold" if bold else "") + ".ttf"
    return Path(spec.origin).parent / "mpl-data" / "fonts" / "ttf" / name


@lru_cache(maxsize=16)
def _font_in(file: Path, size: int = _UNITS) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(file), size, layout_engine=ImageFont.Layout.BASIC)


@lru_cache(maxsize=64)
def _files(font: Typeface, bold: bool, mono: bool) -> tuple[Path, ...]:
    """Return the font files of a style; each draws what those before it lack."""
    own = font.files(bold)
    return (font_file(bold, True), *own) if mono else (*own, font_file(bold))


@lru_cache(maxsize=8192)
def runs(text: str, font: Typeface, bold: bool = False, mono: bool = False) -> tuple[tuple[Path, str], ...]:
    """Split the text into parts, each with the font file that has its glyphs."""
    first, *others = _files(font, bold, mono)
    if not others:
        return ((first, text),)

    def file(char: str) -> Path:
        return next((file for file in (first, *others) if not _is_missing(char, file)), first)

    return tuple((file, "".join(chars)) for file, chars in groupby(text, file))


@lru_cache(maxsize=8192)
def _ems(font: Typeface, text: str, bold: bool, mono: bool) -> float:
    return sum(_ems_in(file, part) for file, part in runs(text, font, bold, mono))


def _ems_in(file: Path, text: str) -> float:
    apart = sum(_advance(char, file) for char in text)
    together = float(_font_in(file).getlength(text))
    return (apart + (together - apart) * _kerning_unit()) / _UNITS


@lru_cache(maxsize=1024)
def _advance(char: str, file: Path) -> float:
    return float(_font_in(file).getlength(char))


@lru_cache(maxsize=1)
def _kerning_unit() -> int:
    """Return the factor for Pillow's kerning: its basic layout, up to 13.0 at least, adds a 64th of it.

    "F" and "r" stand 149 units closer in DejaVu; a Pillow that shows about as much is one that does it right.
    """
    font = _font_in(font_file())
    closer = font.getlength("F") + font.getlength("r") - font.getlength("Fr")
    return 64 if closer < 20 else 1


def text_width(text: str, size: float, font: Typeface, bold: bool = False, mono: bool = False) -> float:
    """Return the advance width of a text, in px, at ``size`` px per em."""
    return _ems(font, text, bold, mono) * size


@lru_cache(maxsize=8192)
def ink(text: str, font: Typeface, bold: bool = False, mono: bool = False) -> tuple[float, float]:
    """Return how far the glyphs reach above (negative) and below the baseline, in ems."""
    boxes = [_font_in(file, _UNITS).getbbox(part, anchor="ls") for file, part in runs(text, font, bold, mono)]
    return min((box[1] for box in boxes), default=0) / _UNITS, max((box[3] for box in boxes), default=0) / _UNITS


@lru_cache(maxsize=4096)
def _is_missing(char: str, file: Path) -> bool:
    """Return whether the font lacks the character: it draws it as it draws a non-character."""
    font = _font_in(file, 32)
    picture = bytes(font.getmask(char))
    return picture == bytes(font.getmask("\uffff")) and not (char.isspace() and not any(picture))


def missing_glyphs(text: str, font: Typeface, bold: bool = False, mono: bool = False) -> str:
    """Return the characters of the text that no font of this style has, each once, in order."""
    files = _files(font, bold, mono)
    seen = (c for c in text if not c.isspace() and not _VARIATION.match(c))
    missing = (c for c in seen if all(_is_missing(c, file) for file in files))
    return "".join(dict.fromkeys(missing))


def fit(text: str, size: float, max_width: float, font: Typeface, bold: bool = False, mono: bool = False) -> str:
    """Return the text, cut with an ellipsis to fit into ``max_width`` px; "" if not even that fits."""
    if text_width(text, size, font, bold, mono) <= max_width:
        return text

    def shortened(end: int) -> str:
        return text[:end].rstrip() + ELLIPSIS

    if text_width(ELLIPSIS, size, font, bold, mono) > max_width:
        return ""
    return shortened(_most(len(text), lambda end: text_width(shortened(end), size, font, bold, mono) <= max_width))


def _most(length: int, fits: Callable[[int], bool]) -> int:
    """Find how many characters fit, by doubling and halving, so that a long text is not measured as a whole."""
    high = 1
    while high < length and fits(high):
        high *= 2
    return bisect_left(range(1, min(high, length) + 1), True, key=lambda n: not fits(n))


def wrap(text: str, size: float, max_width: float, font: Typeface, bold: bool = False) -> list[str]:
    r"""Break the text into as few lines of at most ``max_width`` px as possible, of about the same length.

    A "\n" always breaks. A word wider than a line is split.
    """
    return [
        line for paragraph in text.split("\n") for line in _balanced(paragraph, _Style(size, font, bold), max_width)
    ]


class _Style(NamedTuple):
    """Holds the size, weight and font in which words are measured."""

    size: float
    font: Typeface
    bold: bool

    def width(self, text: str) -> float:
        return text_width(text, *self)


def _balanced(paragraph: str, style: _Style, max_width: float) -> list[str]:
    """Break the words greedily in the narrowest width that needs no more lines than ``max_width``."""
    best = _greedy(paragraph, style, max_width)
    low, high = max_width / len(best) * 0.8, max_width
    while len(best) > 1 and high - low > 1:
        middle = (low + high) / 2
        lines = _greedy(paragraph, style, middle)
        if len(lines) > len(best) or any(style.width(line) > middle for line in lines):
            low = middle
        else:
            best, high = lines, middle
    return best


def _pieces(paragraph: str) -> Iterator[tuple[str, str]]:
    """Split text into pieces, words or single ideographs, each with the blank before it."""
    for word in paragraph.split(" "):
        blank, start = " ", 0
        for i, (before, after) in enumerate(pairwise(word), 1):
            if _may_break(before, after):
                yield blank, word[start:i]
                blank, start = "", i
        yield blank, word[start:]


def _may_break(before: str, after: str) -> bool:
    """Return whether a line may end between two characters of a word."""
    if not (IDEOGRAPH.match(before) or IDEOGRAPH.match(after)) or after in _SMALL_KANA:
        return False
    return category(before) not in _NEVER_LAST and category(after) not in _NEVER_FIRST


def _greedy(paragraph: str, style: _Style, width: float) -> list[str]:
    lines: list[str] = []
    line = ""
    for blank, word in _pieces(paragraph):
        longer = f"{line}{blank}{word}" if line else word
        if line and style.width(longer) > width:
            lines.append(line.rstrip())
            longer = word
        if " " not in longer:
            *pieces, longer = [*_broken(longer, style, width)] or [""]
            lines += pieces
        line = longer
    return [*lines, line.rstrip()]


def _broken(word: str, style: _Style, width: float) -> Iterator[str]:
    """Cut a word that is wider than a line into pieces that fit."""
    while len(word) > 1:
        end = max(_most(len(word), lambda n: style.width(word[:n]) <= width), 1)  # noqa: B023  # at once
        yield word[:end]
        word = word[end:]
    if word:
        yield word
