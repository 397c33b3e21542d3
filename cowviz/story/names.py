"""Names processes that the scenario did not name, and numbers those of equal names."""

from __future__ import annotations

import re
from collections.abc import Container
from itertools import count


def counted_on(name: str, taken: Container[str]) -> str:
    """Return the name, with the first free number if it is taken: ``Child``, ``Child 2``; ``P0``, ``P1``."""
    if name not in taken:
        return name
    stem, number = _number_at_end(name)
    return next(new for n in count(number + 1) if (new := f"{stem}{n}") not in taken)


def of_child(parent: str, made_up: str, taken: Container[str]) -> str:
    """Return a child's name: the parent's with the next free number if it ends in one, else ``made_up``."""
    return counted_on(parent if re.search(r"[0-9]$", parent) else made_up, taken)


def one_of_its_own(name: str, taken: Container[str]) -> str:
    """Return the name, or ``P (2)`` if ``P`` is taken."""
    if name not in taken:
        return name
    return next(new for n in count(2) if (new := f"{name} ({n})") not in taken)


def _number_at_end(name: str) -> tuple[str, int]:
    """Split a name into text and number; ``Child`` counts as number 1, before ``Child 2``."""
    match = re.fullmatch(r"(.*?)([0-9]{1,9})", name, re.DOTALL)
    return (match[1], int(match[2])) if match else (f"{name} ", 1)
