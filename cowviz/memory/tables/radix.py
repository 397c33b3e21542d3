"""A persistent map from whole numbers to any values: for what there is little of, such as the slots of swap."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import compress, repeat
from operator import is_, is_not
from typing import Generic, TypeVar

from cowviz.memory.tables.levels import (
    BITS,
    FANOUT,
    MASK,
    Root,
    breadth,
    check_key,
    different,
    leaf_of,
    leaves,
    window,
    with_leaves,
)

T = TypeVar("T")

Leaf = tuple[T | None, ...]  # always FANOUT long: a leaf is as dense as the hardware's
_EMPTY: tuple[None, ...] = (None,) * FANOUT


@dataclass(frozen=True)  # no slots: with them Radix[int]() fails on Python 3.11
class Radix(Generic[T]):
    """An immutable sparse map from 0 <= key < 2**36 to values that are not None; every change is a new tree."""

    _root: Root[Leaf[T]] = field(default_factory=dict)
    _count: int = 0

    @classmethod
    def of(cls, pairs: Iterable[tuple[int, T]]) -> Radix[T]:
        """Return a tree of these pairs; the last one of a key counts."""
        return cls().updated(pairs)

    def get(self, key: int) -> T | None:
        """Return the value of ``key``, or None: of no value, and of a key that no tree can have."""
        leaf = leaf_of(self._root, key >> BITS)
        return None if leaf is None else leaf[key & MASK]

    def breadth(self, key: int) -> int:
        """Count the entries of the nodes above a key's leaf: what a change there copies beside the leaf."""
        return breadth(self._root, key)

    def set(self, key: int, value: T) -> Radix[T]:
        """Set one value; four nodes are copied, all others shared."""
        leaf, i = self._leaf(key), key & MASK
        count = self._count + (leaf[i] is None)
        return self._with_leaves([(key >> BITS, (*leaf[:i], value, *leaf[i + 1 :]))], count)

    def updated(self, pairs: Iterable[tuple[int, T | None]]) -> Radix[T]:
        """Set many values, or take out those that are None; each leaf is copied once."""
        changed: dict[int, list[T | None]] = {}
        count = self._count
        for key, value in pairs:
            leaf = changed.get(key >> BITS)
            if leaf is None:
                leaf = changed[key >> BITS] = list(self._leaf(key))
            i = key & MASK
            count += (value is not None) - (leaf[i] is not None)
            leaf[i] = value
        finished = ((number, tuple(changed.pop(number))) for number in list(changed))  # never all of them twice
        return self._with_leaves(finished, count)

    def without_range(self, lo: int, hi: int | None = None) -> Radix[T]:
        """Remove the keys lo <= key < hi; return the same tree where there are none."""
        changed, count = [], self._count
        for number, leaf in leaves(self._root, lo, hi):
            first, last = window(number, lo, hi)
            gone = sum(1 for _ in _used(leaf, first, last))
            if gone:
                changed.append((number, leaf[:first] + _EMPTY[first:last] + leaf[last:]))
                count -= gone
        return self._with_leaves(changed, count) if changed else self

    def map_values(self, fn: Callable[[T], T], lo: int = 0, hi: int | None = None) -> Radix[T]:
        """Apply ``fn`` to the values of lo <= key < hi; leaves where nothing changes are shared."""
        changed = []
        for number, leaf in leaves(self._root, lo, hi):
            first, last = window(number, lo, hi)
            old = leaf[first:last]
            new = tuple([None if value is None else fn(value) for value in old])
            if not all(map(is_, old, new)):
                changed.append((number, leaf[:first] + new + leaf[last:]))
        return self._with_leaves(changed, self._count) if changed else self

    def items(self, lo: int = 0, hi: int | None = None) -> Iterator[tuple[int, T]]:
        """Yield the keys lo <= key < hi in order with their values; absent subtrees cost nothing."""
        for number, leaf in leaves(self._root, lo, hi):
            first, last = window(number, lo, hi)
            base = number << BITS
            for i in _used(leaf, first, last):
                value = leaf[i]
                if value is not None:  # it is not; the type checker cannot know
                    yield base + i, value

    def differences(self, new: Radix[T]) -> Iterator[tuple[int, T | None, T | None]]:
        """Yield in order the keys whose value is another one in ``new``, with both values; None for none."""
        for number, was, now in different(self._root, new._root):
            old_leaf, new_leaf, base = was or _EMPTY, now or _EMPTY, number << BITS
            for i in compress(range(FANOUT), map(is_not, old_leaf, new_leaf)):
                if old_leaf[i] != new_leaf[i]:
                    yield base + i, old_leaf[i], new_leaf[i]

    def leaves(self, lo: int = 0, hi: int | None = None) -> Iterator[tuple[int, Leaf[T]]]:
        """Yield the leaves that may hold lo <= key < hi, in order, by number (key >> 9)."""
        return leaves(self._root, lo, hi)

    def leaf(self, number: int) -> Leaf[T] | None:
        """Return the 512 values from key ``number << 9`` on, None for each that is not there; None without any."""
        return leaf_of(self._root, number)

    def __iter__(self) -> Iterator[int]:
        return (key for key, _ in self.items())

    def __len__(self) -> int:
        return self._count

    def __contains__(self, key: int) -> bool:
        return self.get(key) is not None

    def __repr__(self) -> str:
        return f"Radix.of({list(self.items())})"

    def _leaf(self, key: int) -> Leaf[T]:
        leaf = leaf_of(self._root, key >> BITS)
        if leaf is None:
            check_key(key)
        return _EMPTY if leaf is None else leaf

    def _with_leaves(self, changed: Iterable[tuple[int, Leaf[T]]], count: int) -> Radix[T]:
        """This tree with whole leaves replaced; empty ones go."""
        kept = ((number, None if leaf == _EMPTY else leaf) for number, leaf in changed)
        return Radix(with_leaves(self._root, kept), count)


def _used(leaf: tuple[object, ...], first: int, last: int) -> Iterator[int]:
    """The indexes first <= i < last of what is there, found without a step of Python for what is not."""
    return compress(range(first, last), map(is_not, leaf[first:last], repeat(None)))
