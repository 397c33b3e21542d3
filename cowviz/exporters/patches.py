"""What changes from one still of an animation to the next, for formats that store only that."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import accumulate
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

LEAST = 0.02  # s: browsers show what is shorter for 0.1 s

Values = NDArray[Any]  # h, w: one number a pixel, as the format wants it
Box = tuple[int, int, int, int]  # x0, y0, x1, y1
Piece = tuple[Box, Values]


class Patch(NamedTuple):
    """A box of pixels laid on what is there, and for how long the result stands."""

    x: int
    y: int
    values: Values
    ticks: int


def ticks(seconds: Iterable[float], unit: float, least: float = LEAST) -> list[int]:
    """Durations as whole numbers of ``unit`` seconds, their sum never off by more than one of them.

    What would be shorter than ``least`` gets 0, it is left out, and its time goes to the next; the last one never is.
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


def patches(stills: Iterable[Iterable[Piece]], lengths: Iterable[int], clear: int, align: int = 1) -> Iterator[Patch]:
    """The stills as patches: of each the smallest box that holds all changes, ``clear`` where nothing changed.

    A still comes as the pieces that may have changed, the first as one of everything; ``clear`` is none of their
    values. A still of length 0 is left out, one that changes nothing lengthens the one before. The corner of a box is
    a multiple of ``align``.
    """
    held: Patch | None = None
    for canvas, length in zip(_canvases(stills), lengths, strict=True):
        if not held:
            shown = np.full_like(canvas, clear)
        box = _changed_box(canvas, shown, align) if length else None
        if box:
            if held:
                yield held
            new, old = canvas[box], shown[box]
            held = Patch(box[1].start, box[0].start, np.where(new != old, new, new.dtype.type(clear)), length)
            old[...] = new
        elif held:
            held = held._replace(ticks=held.ticks + length)
    if held:
        yield held


def _canvases(stills: Iterable[Iterable[Piece]]) -> Iterator[Values]:
    """Each still as a whole; the next one overwrites it."""
    canvas: Values | None = None
    for pieces in stills:
        for (x0, y0, x1, y1), values in pieces:
            if canvas is None:
                canvas = values
            canvas[y0:y1, x0:x1] = values
        assert canvas is not None, "the first still is one piece of everything"
        yield canvas


def _changed_box(new: Values, old: Values, align: int) -> tuple[slice, slice] | None:
    """Rows and columns of the smallest box in which the two differ."""
    differs = new != old
    rows = np.flatnonzero(differs.any(axis=1))
    if not rows.size:
        return None
    top, bottom = int(rows[0]), int(rows[-1]) + 1
    columns = np.flatnonzero(differs[top:bottom].any(axis=0))
    left, right = int(columns[0]), int(columns[-1]) + 1
    return slice(top - top % align, bottom), slice(left - left % align, right)
