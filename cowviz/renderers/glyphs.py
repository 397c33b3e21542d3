"""Rasterises text to sprites: each is drawn once and then pasted.

Glyphs are not hinted horizontally, so that letters are spaced evenly at every size; baselines lie on whole pixels.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from math import ceil, floor
from pathlib import Path
from typing import NamedTuple

import matplotlib
import numpy as np
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.font_manager import FontProperties
from numpy.typing import NDArray

from cowviz.scene.shapes import Colour
from cowviz.scene.text_metrics import runs, text_width
from cowviz.scene.typeface import Typeface

_STEPS = 4  # sprites exist for each quarter px of a text's left end
_PAD = 3  # px around a text's advance and height for what reaches beyond them


class Sprite(NamedTuple):
    """Holds an image of text: RGBA, bottom row first as in Agg; ``left`` and ``top`` are px from the text's origin."""

    image: NDArray[np.uint8]
    left: int
    top: int


@lru_cache(maxsize=16)
def font_properties(file: Path) -> FontProperties:
    """Return a font by its file, independent of the user's rcParams."""
    return FontProperties(fname=str(file))


def placed(text: str, size: float, font: Typeface, bold: bool, mono: bool) -> Iterator[tuple[Path, str, float]]:
    """Yield the parts of a text, each with its font file and its distance in px from the text's left end."""
    before = ""
    for file, part in runs(text, font, bold, mono):
        yield file, part, text_width(before, size, font, bold, mono)
        before += part


def place_sprite(
    x: float, text: str, size: float, font: Typeface, fill: Colour, alpha: int, bold: bool, mono: bool
) -> tuple[int, Sprite]:
    """Return the pixel at or before ``x``, and the sprite of the text that starts at ``x``; ``alpha`` 255 is opaque."""
    step = round(x * _STEPS)
    return step // _STEPS, _sprite(font, text, size, fill, alpha, bold, mono, step % _STEPS)


@lru_cache(maxsize=1024)
def _sprite(
    font: Typeface, text: str, size: float, fill: Colour, alpha: int, bold: bool, mono: bool, step: int
) -> Sprite:
    cover, left, top = _cover(font, text, size, bold, mono, step)
    shares = np.arange(256) * alpha // 255
    image = np.empty((*cover.shape, 4), np.uint8)
    image[..., :3] = tuple(bytes.fromhex(fill[1:]))
    image[..., 3] = shares[cover[::-1]]
    return Sprite(image, left, top)


@lru_cache(maxsize=1024)
def _cover(
    font: Typeface, text: str, size: float, bold: bool, mono: bool, step: int
) -> tuple[NDArray[np.uint8], int, int]:
    """How much of each pixel the text covers, cut to what is not empty, and the offsets of its corner."""
    width = ceil(text_width(text, size, font, bold, mono) + size) + 2 * _PAD
    up, down = ceil(size * 1.2) + _PAD, ceil(size * 0.5) + _PAD
    board = _board(-(-width // 256) * 256, -(-(up + down) // 32) * 32)
    board.clear()
    x = floor(size / 2) + _PAD + step / _STEPS
    for file, part, offset in placed(text, size, font, bold, mono):
        _draw_text(board, x + offset, up, part, size, font_properties(file))
    cover = np.asarray(board.buffer_rgba())[:, :, 3]
    rows, columns = np.flatnonzero(cover.any(axis=1)), np.flatnonzero(cover.any(axis=0))
    if not len(rows):
        return np.zeros((0, 0), np.uint8), 0, 0
    top, left = int(rows[0]), int(columns[0])
    cut = cover[top : rows[-1] + 1, left : columns[-1] + 1].copy()
    return cut, left - floor(size / 2) - _PAD, top - up


@lru_cache(maxsize=8)
def _board(width: int, height: int) -> RendererAgg:
    return RendererAgg(width, height, 72)


def _draw_text(board: RendererAgg, x: float, y: float, text: str, size: float, properties: FontProperties) -> None:
    """Draw in black with Agg's own text, without the hinting that rcParams ask for (it is read from nowhere else)."""
    properties.set_size(size)  # points, which are px at 72 dpi
    settings = matplotlib.rcParams
    hinting = settings["text.hinting"]
    settings["text.hinting"] = "no_hinting"
    try:
        board.draw_text(board.new_gc(), x, y, text, properties, 0)
    finally:
        settings["text.hinting"] = hinting
