"""How a motion spends its time: functions of 0..1 to 0..1."""

from __future__ import annotations


def linear(t: float) -> float:
    """Return the same share as is given, 0 to 1: the same speed all the way."""
    return t


def ease_in_out(t: float) -> float:
    """Start and stop gently (smoothstep's cubic: no speed at both ends, half way at half time)."""
    return t * t * (3 - 2 * t)
