"""Describes how an attribute changes over time with as few keyframes as possible."""

from __future__ import annotations

import re
from collections.abc import Sequence

Track = list[tuple[int, str]]  # (number of the moment, the attribute's value then)
Key = tuple[float, str]  # (share of the loop, value)

NUMBER = re.compile(r"-?\d*\.?\d+")

TOLERANCE = 0.3  # px: a key that lies so near to the way between its neighbours is left out
OPACITY_TOLERANCE = 0.03
COLOUR_TOLERANCE = 6.0  # of 255


def values_of(value: str) -> list[float]:
    """Return the numbers in an attribute's value; for a colour, its three channels."""
    if re.fullmatch(r"#[0-9a-f]{6}", value):
        return [float(channel) for channel in bytes.fromhex(value[1:])]
    return [float(found) for found in NUMBER.findall(value)]


def simplified(keys: Sequence[Key]) -> list[Key]:
    """Drop the keyframes that lie on a straight line between kept ones (Douglas and Peucker, 1973)."""
    if len(keys) < 3:
        return list(keys)
    (start, first), (end, last) = keys[0], keys[-1]
    tolerance = _tolerance(first)
    worst, place = 0.0, 0
    for i, (at, value) in enumerate(keys[1:-1], 1):
        share = (at - start) / (end - start) if end > start else 0.0
        way = zip(values_of(first), values_of(last), values_of(value), strict=True)
        error = max((abs(a + (b - a) * share - v) for a, b, v in way), default=0.0)
        if error > worst:
            worst, place = error, i
    if worst <= tolerance:
        return [keys[0], keys[-1]]
    return simplified(keys[: place + 1])[:-1] + simplified(keys[place:])


def _tolerance(value: str) -> float:
    if value.startswith("#"):
        return COLOUR_TOLERANCE
    numbers = values_of(value)
    return OPACITY_TOLERANCE if len(numbers) == 1 and numbers[0] <= 1 else TOLERANCE
