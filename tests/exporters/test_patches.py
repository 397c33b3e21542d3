from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cowviz.exporters._frame_deltas import Values, patches, ticks
from cowviz.renderers.geometry import PixelBox

CLEAR = 255


@given(st.lists(st.floats(0.001, 20), min_size=1, max_size=50))
def test_durations_are_true_and_none_is_too_short(seconds: list[float]) -> None:
    lengths = ticks(seconds, unit=0.01)
    assert all(length == 0 or length >= 2 for length in lengths)
    assert lengths[-1] >= 2
    assert abs(sum(lengths) * 0.01 - sum(seconds)) <= 0.0251


def test_rounding_does_not_add_up() -> None:
    assert ticks([1 / 30] * 6, unit=0.01) == [3, 4, 3, 3, 4, 3]


def test_what_is_too_short_gives_its_time_to_the_next() -> None:
    assert ticks([1 / 60] * 6, unit=0.01) == [2, 0, 3, 2, 0, 3]
    assert ticks([0.001, 1], unit=0.01) == [0, 100]
    assert ticks([1, 0.001], unit=0.01) == [100, 2]
    assert ticks([], unit=0.01) == []


def movie(*changes: tuple[int, int, int]) -> Iterator[tuple[Values, list[PixelBox]]]:
    """Stills of 6x4 pixels, each of which sets one pixel x, y to a value; the next one overwrites it."""
    whole = np.zeros((4, 6), np.uint8)
    yield whole, [(0, 0, 6, 4)]
    for x, y, value in changes:
        whole[y, x] = value
        yield whole, [(max(0, x - 1), y, x + 1, y + 1)]


def test_a_patch_is_the_smallest_box_of_changes() -> None:
    first, second, third = patches(movie((3, 1, 7), (5, 3, 9)), [10, 20, 30], CLEAR)
    assert first.values.shape == (4, 6)
    assert not first.values.any()
    assert (second.x, second.y, second.values.tolist(), second.ticks) == (3, 1, [[7]], 20)
    assert (third.x, third.y, third.values.tolist(), third.ticks) == (5, 3, [[9]], 30)


def test_what_changes_nothing_lengthens_the_still_before() -> None:
    assert [patch.ticks for patch in patches(movie((3, 1, 0), (3, 1, 5), (3, 1, 5)), [1, 2, 3, 4], CLEAR)] == [
        3,
        7,
    ]


def test_the_changes_of_a_still_left_out_come_with_the_next() -> None:
    _, second = patches(movie((3, 1, 7), (5, 3, 9)), [10, 0, 30], CLEAR)
    assert (second.x, second.y) == (3, 1)
    assert second.values.tolist() == [[7, CLEAR, CLEAR], [CLEAR] * 3, [CLEAR, CLEAR, 9]]


def test_boxes_can_start_at_even_places() -> None:
    _, second = patches(movie((3, 1, 7)), [1, 1], CLEAR, align=2)
    assert (second.x, second.y, second.values.tolist()) == (2, 0, [[CLEAR, CLEAR], [CLEAR, 7]])


@pytest.mark.parametrize("align", [1, 2])
def test_patches_laid_on_one_another_are_the_stills(align: int) -> None:
    random = np.random.default_rng(1)
    changes = random.integers(0, (6, 4, 5), (40, 3)).tolist()
    shown = np.zeros((4, 6), np.uint8)
    seen = []
    for patch in patches(movie(*changes), [1] * 41, CLEAR, align):
        height, width = patch.values.shape
        box = shown[patch.y : patch.y + height, patch.x : patch.x + width]
        box[patch.values != CLEAR] = patch.values[patch.values != CLEAR]
        seen += [shown.copy()] * patch.ticks
    assert len(seen) == 41
    expected = np.zeros((4, 6), np.uint8)
    for (x, y, value), now in zip(changes, seen[1:], strict=True):
        expected[y, x] = value
        assert (now == expected).all()
