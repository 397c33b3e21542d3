"""What processes are called that nobody has named, and those that would be called alike."""

from __future__ import annotations

import re
from collections.abc import Container
from itertools import count


def counted_on(name: str, taken: Container[str]) -> str:
    """Return the name, or with the first number that is free: ``Child``, ``Child 2``; ``P0``, ``P1``."""
    if name not in taken:
        return name
    stem, number = _number_at_end(name)
    return next(new for n in count(number + 1) if (new := f"{stem}{n}") not in taken)


def of_child(parent: str, made_up: str, taken: Container[str]) -> str:
    """Return a child's name: its parent's, counted on, where that ends in a number; else one that is made up."""
    return counted_on(parent if re.search(r"[0-9]$", parent) else made_up, taken)


def one_of_its_own(name: str, taken: Container[str]) -> str:
    """Return the name, or where it is taken, as in ``P (2)``."""
    if name not in taken:
        return name
    return next(new for n in count(2) if (new := f"{name} ({n})") not in taken)


def _number_at_end(name: str) -> tuple[str, int]:
    """What stands before the number that counts on, and that number; ``Child`` is the first of ``Child 2``."""
    match = re.fullmatch(r"(.*?)([0-9]{1,9})", name, re.DOTALL)
    return (match[1], int(match[2])) if match else (f"{name} ", 1)
