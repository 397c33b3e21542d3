"""Runs are joined as by looking for the smallest pair again and again."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cowviz.diagram.cutting import merge


def merged_slowly(runs, region, most):
    runs, regions = list(runs), [region(start) for start, _ in runs]
    while len(runs) > most:
        sizes = [(runs[i][1] + runs[i + 1][1], i) for i in range(len(runs) - 1) if regions[i] == regions[i + 1]]
        if not sizes:
            break
        _, i = min(sizes)
        (start, _), (last, n) = runs[i], runs[i + 1]
        runs[i : i + 2] = [(start, last + n - start)]
        del regions[i + 1]
    return runs


RUNS = st.lists(st.tuples(st.integers(0, 3), st.integers(1, 5)), max_size=30)


@given(RUNS, st.integers(1, 12), st.integers(1, 40))
def test_the_smallest_neighbours_are_joined_first(gaps, most, wide):
    runs, end = [], 0
    for gap, n in gaps:
        runs.append((end + gap, n))
        end += gap + n
    assert merge(runs, lambda start: start // wide, most) == merged_slowly(runs, lambda start: start // wide, most)


class Counted(int):
    """A number that counts how often it is compared."""

    compared = 0

    def __eq__(self, other):
        Counted.compared += 1
        return int(self) == int(other)

    __hash__ = int.__hash__


def test_the_work_grows_with_the_runs_and_not_with_their_square():
    def comparisons(n):
        Counted.compared = 0
        assert len(merge([(i, 1) for i in range(n)], lambda start: Counted(0), 8)) == 8
        return Counted.compared

    assert comparisons(4000) < 3 * comparisons(2000)
