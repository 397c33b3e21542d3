"""Defines easings: functions from elapsed time (0 to 1) to progress (0 to 1)."""

from __future__ import annotations


def linear(t: float) -> float:
    """Return ``t``, 0 to 1: constant speed."""
    return t


def ease_in_out(t: float) -> float:
    """Start and stop slowly (the cubic smoothstep: speed 0 at both ends, half way at half time)."""
    return t * t * (3 - 2 * t)
