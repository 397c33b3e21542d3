"""The upper levels of a radix tree, as the hardware's page table has them: a change copies one path, shares the rest.

Keys are whole numbers (virtual page numbers, frame numbers). Four levels of 512 entries reach 2**36 keys, like
x86-64's four levels reach 2**48 bytes. What a leaf is, its table knows; here it has a number (key >> 9).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

L = TypeVar("L")
N = TypeVar("N")

Node3 = dict[int, L]  # the upper levels are dictionaries: a small address space has few entries there
Node2 = dict[int, Node3[L]]
Root = dict[int, Node2[L]]  # nothing changes a node once it hangs in a tree: that is what makes sharing it safe

BITS = 9
FANOUT = 1 << BITS
MASK = FANOUT - 1
KEYS = 1 << 4 * BITS


def check_key(key: int) -> None:
    """Raise ValueError for a key that no tree can have."""
    if not 0 <= key < KEYS:
        raise ValueError(f"key {key} is outside of 0 to 2**36 - 1")


def leaf_of(root: Root[L], number: int) -> L | None:
    """Return the leaf of this number, or None."""
    try:
        return root[number >> 18][number >> 9 & MASK][number & MASK]
    except KeyError:
        return None


def breadth(root: Root[L], key: int) -> int:
    """Count the entries of the nodes above a key's leaf: what a change there copies beside the leaf."""
    upper = root.get(key >> 27, {})
    return len(root) + len(upper) + len(upper.get(key >> 18 & MASK, {}))


def leaves(root: Root[L], lo: int, hi: int | None) -> Iterator[tuple[int, L]]:
    """Yield the leaves that may hold the keys lo <= key < hi, in order, each with its number."""
    first, last = max(lo, 0) >> BITS, (KEYS if hi is None else hi) - 1 >> BITS
    for a, upper in _ordered(root, first >> 18, last >> 18):
        for b, lower in _ordered(upper, (first >> 9) - (a << 9), (last >> 9) - (a << 9)):
            base = a << 18 | b << 9
            for c, leaf in _ordered(lower, first - base, last - base):
                yield base | c, leaf


def with_leaves(root: Root[L], changes: Iterable[tuple[int, L | None]]) -> Root[L]:
    """Return the tree with whole leaves replaced, None for one that goes; each node above is copied once."""
    root = dict(root)
    uppers: dict[int, Node2[L]] = {}
    lowers: dict[int, Node3[L]] = {}
    for number, leaf in changes:
        lower = lowers.get(number >> 9)
        if lower is None:
            a, b = number >> 18, number >> 9 & MASK
            if a not in uppers:
                uppers[a] = root[a] = dict(root.get(a, {}))
            lower = lowers[number >> 9] = uppers[a][b] = dict(uppers[a].get(b, {}))
        if leaf is None:
            lower.pop(number & MASK, None)
        else:
            lower[number & MASK] = leaf
    for number, lower in lowers.items():  # nodes that have become empty go, too
        if not lower:
            del uppers[number >> 9][number & MASK]
    for a, upper in uppers.items():
        if not upper:
            del root[a]
    return root


def different(old: Root[L], new: Root[L]) -> Iterator[tuple[int, L | None, L | None]]:
    """Yield in order the numbers of the leaves that are not one and the same object in both trees, with both leaves.

    What both trees share is skipped unread: two machines before and after one fault differ in a leaf or two.
    """
    for a, was_2, is_2 in _apart(old, new):
        for b, was_3, is_3 in _apart(was_2 or {}, is_2 or {}):
            for c, was, now in _apart(was_3 or {}, is_3 or {}):
                yield a << 18 | b << 9 | c, was, now


def window(number: int, lo: int, hi: int | None) -> tuple[int, int]:
    """Return the part of a leaf that lies in lo <= key < hi, as a slice."""
    base = number << BITS
    return max(lo - base, 0), FANOUT if hi is None else min(max(hi - base, 0), FANOUT)


def _ordered(node: dict[int, N], first: int, last: int) -> Iterator[tuple[int, N]]:
    """The children with first <= index <= last, in order."""
    return ((i, node[i]) for i in sorted(node) if first <= i <= last)


def _apart(old: dict[int, N], new: dict[int, N]) -> Iterator[tuple[int, N | None, N | None]]:
    """The children that are not one and the same object in both, in order."""
    pairs = ((i, old.get(i), new.get(i)) for i in sorted(old.keys() | new.keys()))
    return (pair for pair in pairs if pair[1] is not pair[2])
