from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cowviz.exporters.palette import choose, colours, histogram, lengths, lookup, packed, runs, unpacked


def picture(*colours: int) -> np.ndarray:
    return unpacked(np.array(colours, np.uint32))[None]


def test_packing() -> None:
    pixels = np.array([[[0x12, 0x34, 0x56], [0xFF, 0, 1]]], np.uint8)
    assert packed(pixels).tolist() == [[0x123456, 0xFF0001]]
    assert (unpacked(packed(pixels)[0]) == pixels[0]).all()


@given(st.lists(st.lists(st.integers(0, 5), min_size=1, max_size=9), min_size=1, max_size=5))
def test_runs_and_their_histogram(rows: list[list[int]]) -> None:
    parts = [runs(picture(*row)) for row in rows]
    assert [np.repeat(colours(part), lengths(part)).tolist() for part in parts] == rows
    seen = histogram(parts)
    everything = [colour for row in rows for colour in row]
    assert colours(seen).tolist() == sorted(set(everything))
    assert lengths(seen).tolist() == [everything.count(colour) for colour in sorted(set(everything))]


def test_few_colours_stay_as_they_are() -> None:
    seen = histogram([runs(picture(0xFFFFFF, 0x102030, 0x102030))])
    palette = choose(seen, 255)
    assert palette[lookup(seen, palette)[[0xFFFFFF, 0x102030]]].tolist() == [0xFFFFFF, 0x102030]


def test_of_many_colours_the_most_seen_stay_and_the_rest_come_near() -> None:
    fade = np.arange(1000, dtype=np.uint32) * 0x000101 % 0xFFFF + 0x400000
    flat = [0xD9480F, 0xFBFAF7, 0x3B6EA8]
    seen = histogram([runs(picture(*fade, *flat * 100))])
    palette = choose(seen, 255)
    table = lookup(seen, palette)
    assert len(palette) <= 255
    assert palette[table[flat]].tolist() == flat
    error = np.abs(unpacked(palette[table[fade]]).astype(int) - unpacked(fade))
    assert error.max() < 16
