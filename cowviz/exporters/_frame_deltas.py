"""Finds what changes from one still of an animation to the next, for formats that store only changes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cowviz.renderers.geometry import PixelBox

LEAST = 0.02  # s: browsers show what is shorter for 0.1 s

Values = NDArray[np.uint8 | np.uint32]  # h, w: one number a pixel, as the format wants it


class Patch(NamedTuple):
    """Holds a box of pixels to draw over the still before, and how long the result is shown."""

    x: int
    y: int
    values: Values
    ticks: int


def ticks(seconds: Iterable[float], unit: float, least: float = LEAST) -> list[int]:
    """Return durations as whole numbers of ``unit`` seconds; their sum is off by at most one unit.

    A still shorter than ``least`` gets 0: it is left out and its time goes to the next. The last one is always kept.
    """
    ends = [round(end / unit) for end in accumulate(seconds)]
    shortest = round(least / unit)
    lengths, start = [0] * len(ends), 0
    for i, end in enumerate(ends):
        if end - start >= shortest:
            lengths[i], start = end - start, end
    if ends and not lengths[-1]:
        lengths[-1] = max(shortest, ends[-1] - start)
    return lengths


def patches(
    stills: Iterable[tuple[Values, Sequence[PixelBox]]], lengths: Iterable[int], clear: int | None, align: int = 1
) -> Iterator[Patch]:
    """Yield a patch for each still: the smallest box around all changes, with ``clear`` for unchanged pixels.

    Each still is given whole, with the boxes that may have changed; no pixel has the value ``clear``. A still of length
    0 is left out; a still without changes lengthens the one before. A box's corner is a multiple of ``align`` pixels.
    With ``clear`` None a box holds all of the still's pixels there, for formats that replace what lies below.
    """
    held: Patch | None = None
    shown: Values | None = None
    boxes: list[PixelBox] = []
    for (canvas, changed), length in zip(stills, lengths, strict=True):
        if shown is None:
            shown = ~canvas if clear is None else np.full_like(canvas, clear)
        boxes += changed
        if not length:
            continue
        patch = _patch(canvas, shown, boxes, length, clear, align)
        boxes = []
        if held and patch:
            yield held
            held = patch
        elif held:
            held = held._replace(ticks=held.ticks + length)
        else:
            held = patch
    if held:
        yield held


def _patch(
    new: Values, old: Values, boxes: Iterable[PixelBox], length: int, clear: int | None, align: int
) -> Patch | None:
    """What makes the new picture of the old one, on which it is laid at once; None where they are the same."""
    parts = [part for box in boxes if (part := _differing(new, old, box))]
    if not parts:
        return None
    lefts, tops, rights, bottoms = zip(*parts, strict=True)
    left, top = min(lefts) // align * align, min(tops) // align * align
    if clear is None:
        right, bottom = max(rights), max(bottoms)
        old[top:bottom, left:right] = new[top:bottom, left:right]
        return Patch(left, top, new[top:bottom, left:right].copy(), length)
    values = np.full((max(bottoms) - top, max(rights) - left), clear, new.dtype)
    for x0, y0, x1, y1 in parts:
        now, before = new[y0:y1, x0:x1], old[y0:y1, x0:x1]
        np.copyto(values[y0 - top : y1 - top, x0 - left : x1 - left], now, where=now != before)
        before[...] = now
    return Patch(left, top, values, length)


def _differing(new: Values, old: Values, box: PixelBox) -> PixelBox | None:
    """The smallest box within ``box`` that holds all in which the two differ."""
    x0, y0, x1, y1 = box
    differs = new[y0:y1, x0:x1] != old[y0:y1, x0:x1]
    rows = np.flatnonzero(differs.any(axis=1))
    if not rows.size:
        return None
    top, bottom = int(rows[0]), int(rows[-1]) + 1
    columns = np.flatnonzero(differs[top:bottom].any(axis=0))
    return x0 + int(columns[0]), y0 + top, x0 + int(columns[-1]) + 1, y0 + bottom
