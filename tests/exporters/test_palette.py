from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cowviz.exporters._palette import CLEAR, choose, colours, histogram, lengths, lookup, packed, runs, unpacked

OPAQUE = 1 << 24


def picture(*colours: int) -> np.ndarray:
    """A row of pixels as the canvas has them: 0xffbbggrr."""
    return np.array([[0xFF << 24 | colour for colour in colours]], np.uint32)


def test_packing() -> None:
    pixels = np.array([[0x12, 0x34, 0x56], [0xFF, 0, 1]], np.uint8)
    assert packed(pixels).tolist() == [0x1563412, 0x10100FF]
    assert (unpacked(packed(pixels)) == pixels).all()


def test_black_is_not_clear() -> None:
    assert colours(runs(np.array([[0xFF << 24, CLEAR, CLEAR]], np.uint32))).tolist() == [OPAQUE, CLEAR]


@given(st.lists(st.lists(st.integers(0, 5), min_size=1, max_size=9), min_size=1, max_size=5))
def test_runs_and_their_histogram(rows: list[list[int]]) -> None:
    parts = [runs(picture(*row)) for row in rows]
    opaque = [[OPAQUE | colour for colour in row] for row in rows]
    assert [np.repeat(colours(part), lengths(part)).tolist() for part in parts] == opaque
    seen = histogram(parts)
    everything = [colour for row in opaque for colour in row]
    assert colours(seen).tolist() == sorted(set(everything))
    assert lengths(seen).tolist() == [everything.count(colour) for colour in sorted(set(everything))]


def test_few_colours_stay_as_they_are() -> None:
    seen = histogram([runs(picture(0xFFFFFF, 0x102030, 0x102030))])
    palette = choose(seen, 255)
    wanted = [OPAQUE | 0xFFFFFF, OPAQUE | 0x102030]
    assert palette[lookup(seen, palette)[wanted]].tolist() == wanted


def test_of_many_colours_the_most_seen_stay_and_the_rest_come_near() -> None:
    fade = np.arange(1000, dtype=np.uint32) * 0x000101 % 0xFFFF + 0x400000 | OPAQUE
    flat = [OPAQUE | colour for colour in (0xD9480F, 0xFBFAF7, 0x3B6EA8)]
    seen = histogram([runs(picture(*fade, *flat * 100))])
    palette = choose(seen, 255)
    table = lookup(seen, palette)
    assert len(palette) <= 255
    assert palette[table[flat]].tolist() == flat
    error = np.abs(unpacked(palette[table[fade]]).astype(int) - unpacked(fade))  # type: ignore[arg-type]
    assert error.max() < 16
