"""Cuts numbers (of pages, of frames) into runs, and joins the smallest ones until few enough are left."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Hashable, Iterable
from heapq import heapify, heappop, heappush
from itertools import pairwise

Stretch = tuple[int, int]  # the first number, and how many


def union(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the spans (start, end) in order, those that touch or overlap joined."""
    result: list[tuple[int, int]] = []
    for start, end in sorted(set(spans)):
        if result and start <= result[-1][1]:
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        else:
            result.append((start, end))
    return result


def cut(spans: Iterable[tuple[int, int]], cuts: set[int]) -> list[Stretch]:
    """Return the spans (start, end) cut into runs."""
    ordered = sorted(cuts)
    runs = []
    for start, end in spans:
        inside = ordered[bisect_right(ordered, start) : bisect_left(ordered, end)]
        edges = [start, *inside, end]
        runs += [(a, b - a) for a, b in pairwise(edges)]
    return runs


def merge(runs: list[Stretch], region: Callable[[int], Hashable], most: int) -> list[Stretch]:
    """Join neighbours of one region, the smallest first, until no more than ``most`` are left (if that can be).

    Of equally small ones the first are joined. ``region`` maps a run's first number to what it must not leave.
    """
    if len(runs) <= most:
        return list(runs)
    regions = [region(start) for start, _ in runs]
    left: list[Stretch | None] = list(runs)  # None: it has become part of the run before
    after, before = list(range(1, len(runs) + 1)), list(range(-1, len(runs) - 1))
    pairs = [(a[1] + b[1], i) for i, (a, b) in enumerate(pairwise(runs)) if regions[i] == regions[i + 1]]
    heapify(pairs)
    count = len(runs)
    while count > most and pairs:
        size, i = heappop(pairs)
        one, j = left[i], after[i]
        other = left[j] if j < len(runs) else None
        if one is None or other is None or one[1] + other[1] != size or regions[i] != regions[j]:
            continue  # one of the two has grown or gone since
        left[i], left[j] = (one[0], other[0] + other[1] - one[0]), None
        after[i] = after[j]
        if after[j] < len(runs):
            before[after[j]] = i
        count -= 1
        for k in (before[i], i):
            _offer(pairs, left, after, regions, k)
    return [run for run in left if run]


def _offer(
    pairs: list[tuple[int, int]], left: list[Stretch | None], after: list[int], regions: list[Hashable], i: int
) -> None:
    """Queue run ``i`` and the next one for joining, if both lie in one region."""
    j = after[i] if i >= 0 else len(left)
    if j < len(left) and regions[i] == regions[j] and (one := left[i]) and (other := left[j]):
        heappush(pairs, (one[1] + other[1], i))
