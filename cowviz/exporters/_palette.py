"""Chooses one palette for a whole movie: exact colours for flat areas, near ones for the rest.

With one palette a colour is the same in every still, so nothing flickers. Without dithering nothing looks grainy.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Colours = NDArray[np.uint32]  # 0x1bbggrr, or CLEAR
CLEAR = 0  # what lets see the picture before
BITS = 25  # of a colour

# A run of pixels of one colour: its colour, above the number of its pixels. One number sorts ten times as fast as two.
Runs = NDArray[np.uint64]
SHIFT = np.uint64(64 - BITS)
LENGTH = np.uint64((1 << (64 - BITS)) - 1)

EXACT = 128  # colours kept as they are: the most seen ones; the rest of the palette shares out all others


def packed(pixels: NDArray[np.uint8]) -> Colours:
    """Pack RGB pixels, shape (n, 3), into colours, shape (n)."""
    red, green, blue = pixels.astype(np.uint32).T
    packed: Colours = red | green << 8 | blue << 16 | 1 << 24
    return packed


def unpacked(colours: Colours) -> NDArray[np.uint8]:
    """Unpack colours, shape (n), into RGB channels, shape (n, 3)."""
    return np.stack([colours & 255, colours >> 8 & 255, colours >> 16 & 255], axis=-1).astype(np.uint8)


def runs(words: NDArray[np.uint32]) -> Runs:
    """Encode pixels, shape (height, width), drawn or CLEAR, as runs of one colour, row by row."""
    row = words.ravel()
    starts = _starts(row)
    one_bit_of_alpha = (1 << BITS) - 1
    found = (row[starts] & one_bit_of_alpha).astype(np.uint64)
    return found << SHIFT | np.diff(starts, append=row.size).astype(np.uint64)


def colours(of: Runs) -> Colours:
    """Return the colour of each run."""
    return (of >> SHIFT).astype(np.uint32)


def lengths(of: Runs) -> NDArray[np.int64]:
    """Return how many pixels each run has."""
    return (of & LENGTH).astype(np.int64)


def histogram(parts: Sequence[Runs]) -> Runs:
    """Count the pixels of each colour over all parts; return one run for each colour, sorted."""
    ordered = np.sort(np.concatenate(parts))
    starts = _starts(ordered >> SHIFT)
    return ordered[starts] & ~LENGTH | np.add.reduceat(ordered & LENGTH, starts)


def choose(seen: Runs, size: int) -> Colours:
    """Choose a palette of at most ``size`` colours for a histogram."""
    if len(seen) <= size:
        return colours(seen)
    order = np.argsort(-lengths(seen), kind="stable")
    exact, others = seen[order[:EXACT]], seen[order[EXACT:]]
    return np.unique(np.concatenate([colours(exact), _median_cut(others, size - len(exact))]))


def lookup(seen: Runs, palette: Colours) -> NDArray[np.uint8]:
    """Return a table of the palette's index nearest to each colour of a histogram."""
    table = np.zeros(1 << BITS, np.uint8)  # 32 MiB, of which the system gives us only the pages we write
    table[colours(seen)] = _nearest(colours(seen), palette)
    return table


def _starts(row: NDArray[Any]) -> NDArray[np.intp]:
    """Where in a row another value begins."""
    return np.concatenate([[0], np.flatnonzero(row[1:] != row[:-1]) + 1])


def _median_cut(seen: Runs, size: int) -> Colours:
    """``size`` colours by Pillow's median cut, colours seen often weighing more, but not as much more."""
    weights = np.ceil(np.sqrt(lengths(seen))).astype(np.int64).clip(1, 64)
    strip = Image.fromarray(unpacked(np.repeat(colours(seen), weights))[None])
    chosen = strip.quantize(size, Image.Quantize.MEDIANCUT).getpalette() or []
    return packed(np.array(chosen, np.uint8).reshape(-1, 3)[:size])


def _nearest(wanted: Colours, palette: Colours) -> NDArray[np.uint8]:
    """For each colour the index of the palette's nearest, by squared distance."""
    targets = unpacked(palette).astype(np.float32)
    squares = (targets**2).sum(axis=1)

    def nearest(some: Colours) -> NDArray[np.uint8]:
        # |c - t|^2 without the |c|^2 that is the same for all t. Whole numbers below 2^24: exact, the same everywhere.
        distances = squares - 2 * (unpacked(some).astype(np.float32) @ targets.T)
        indices: NDArray[np.uint8] = distances.argmin(axis=1).astype(np.uint8)
        return indices

    few_at_a_time = np.array_split(wanted, len(wanted) // 4096 + 1)
    return np.concatenate([nearest(some) for some in few_at_a_time])
