"""A persistent radix tree, as the hardware's page table is one: a change copies one path and shares the rest.

Keys are whole numbers (virtual page numbers, frame numbers). Four levels of 512 entries reach 2**36 keys, like
x86-64's four levels reach 2**48 bytes. A fork of a million pages copies references to leaves, not entries.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import compress, repeat
from operator import is_, is_not
from typing import Generic, TypeVar

T = TypeVar("T")

Leaf = tuple[T | None, ...]  # always FANOUT long: a leaf is as dense as the hardware's
Node3 = dict[int, Leaf[T]]  # the upper levels are dictionaries: a small address space has few entries there
Node2 = dict[int, Node3[T]]
Root = dict[int, Node2[T]]

BITS = 9
FANOUT = 1 << BITS
MASK = FANOUT - 1
KEYS = 1 << 4 * BITS
_EMPTY: tuple[None, ...] = (None,) * FANOUT


@dataclass(frozen=True)  # no slots: with them Radix[int]() fails on Python 3.11
class Radix(Generic[T]):
    """An immutable sparse map from 0 <= key < 2**36 to values that are not None; every change is a new tree."""

    # Nothing changes a node once it hangs in a tree: that is what makes sharing it safe.
    _root: Root[T] = field(default_factory=dict)
    _count: int = 0

    @classmethod
    def of(cls, pairs: Iterable[tuple[int, T]]) -> Radix[T]:
        """Return a tree of these pairs; the last one of a key counts."""
        return cls().updated(pairs)

    def get(self, key: int) -> T | None:
        """Return the value of ``key``, or None: of no value, and of a key that no tree can have."""
        try:
            return self._root[key >> 27][key >> 18 & MASK][key >> 9 & MASK][key & MASK]
        except KeyError:
            return None

    def breadth(self, key: int) -> int:
        """Return how many entries the nodes above a key's leaf have: what a change there copies beside the leaf."""
        upper = self._root.get(key >> 27, {})
        return len(self._root) + len(upper) + len(upper.get(key >> 18 & MASK, {}))

    def set(self, key: int, value: T) -> Radix[T]:
        """Set one value; four nodes are copied, all others shared."""
        leaf, i = self._leaf(key), key & MASK
        count = self._count + (leaf[i] is None)
        return self._with_leaves([(key >> BITS, (*leaf[:i], value, *leaf[i + 1 :]))], count)

    def updated(self, pairs: Iterable[tuple[int, T | None]]) -> Radix[T]:
        """Set many values, or take out those that are None; each leaf is copied once."""
        leaves: dict[int, list[T | None]] = {}
        count = self._count
        for key, value in pairs:
            leaf = leaves.get(key >> BITS)
            if leaf is None:
                leaf = leaves[key >> BITS] = list(self._leaf(key))
            i = key & MASK
            count += (value is not None) - (leaf[i] is not None)
            leaf[i] = value
        finished = ((number, tuple(leaves.pop(number))) for number in list(leaves))  # never all of them twice
        return self._with_leaves(finished, count)

    def without_range(self, lo: int, hi: int | None = None) -> Radix[T]:
        """Remove the keys lo <= key < hi; return the same tree where there are none."""
        changed, count = [], self._count
        for number, leaf in self._leaves(lo, hi):
            first, last = _window(number, lo, hi)
            gone = sum(1 for _ in _used(leaf, first, last))
            if gone:
                changed.append((number, leaf[:first] + _EMPTY[first:last] + leaf[last:]))
                count -= gone
        return self._with_leaves(changed, count) if changed else self

    def map_values(self, fn: Callable[[T], T], lo: int = 0, hi: int | None = None) -> Radix[T]:
        """Apply ``fn`` to the values of lo <= key < hi; leaves where nothing changes are shared."""
        changed = []
        for number, leaf in self._leaves(lo, hi):
            first, last = _window(number, lo, hi)
            old = leaf[first:last]
            new = tuple([None if value is None else fn(value) for value in old])
            if not all(map(is_, old, new)):
                changed.append((number, leaf[:first] + new + leaf[last:]))
        return self._with_leaves(changed, self._count) if changed else self

    def items(self, lo: int = 0, hi: int | None = None) -> Iterator[tuple[int, T]]:
        """Yield the keys lo <= key < hi in order with their values; absent subtrees cost nothing."""
        for number, leaf in self._leaves(lo, hi):
            first, last = _window(number, lo, hi)
            base = number << BITS
            for i in _used(leaf, first, last):
                value = leaf[i]
                if value is not None:  # it is not; the type checker cannot know
                    yield base + i, value

    def differences(self, new: Radix[T]) -> Iterator[tuple[int, T | None, T | None]]:
        """Yield in order the keys whose value is another one in ``new``, with both values; None for none.

        What both trees share is skipped unread: two machines before and after one fault differ in a leaf or two.
        """
        for a, was_2, is_2 in _different(self._root, new._root, {}):
            for b, was_3, is_3 in _different(was_2, is_2, {}):
                for c, old, now in _different(was_3, is_3, _EMPTY):
                    base = (a << 18 | b << 9 | c) << BITS
                    for i in compress(range(FANOUT), map(is_not, old, now)):
                        if old[i] != now[i]:
                            yield base + i, old[i], now[i]

    def __iter__(self) -> Iterator[int]:
        return (key for key, _ in self.items())

    def __len__(self) -> int:
        return self._count

    def __contains__(self, key: int) -> bool:
        return self.get(key) is not None

    def __repr__(self) -> str:
        return f"Radix.of({list(self.items())})"

    def _leaf(self, key: int) -> Leaf[T]:
        try:
            return self._root[key >> 27][key >> 18 & MASK][key >> 9 & MASK]
        except KeyError:
            if not 0 <= key < KEYS:
                raise ValueError(f"key {key} is outside of 0 to 2**36 - 1") from None
            return _EMPTY

    def _leaves(self, lo: int, hi: int | None) -> Iterator[tuple[int, Leaf[T]]]:
        """The leaves that may hold lo <= key < hi, in order, by number (key >> 9)."""
        first, last = max(lo, 0) >> BITS, (KEYS if hi is None else hi) - 1 >> BITS
        for a, upper in _ordered(self._root, first >> 18, last >> 18):
            for b, lower in _ordered(upper, (first >> 9) - (a << 9), (last >> 9) - (a << 9)):
                base = a << 18 | b << 9
                for c, leaf in _ordered(lower, first - base, last - base):
                    yield base | c, leaf

    def _with_leaves(self, leaves: Iterable[tuple[int, Leaf[T]]], count: int) -> Radix[T]:
        """This tree with whole leaves replaced; empty ones, and nodes that become empty by it, are pruned."""
        root = dict(self._root)
        for number, leaf in leaves:
            a, b, c = number >> 18, number >> 9 & MASK, number & MASK
            upper: Node2[T] = dict(root.get(a, {}))
            lower: Node3[T] = dict(upper.get(b, {}))
            lower[c] = leaf
            if leaf == _EMPTY:
                del lower[c]
            upper[b] = lower
            if not lower:
                del upper[b]
            root[a] = upper
            if not upper:
                del root[a]
        return Radix(root, count)


N = TypeVar("N")


def _ordered(node: dict[int, N], first: int, last: int) -> Iterator[tuple[int, N]]:
    """The children with first <= index <= last, in order."""
    return ((i, node[i]) for i in sorted(node) if first <= i <= last)


def _different(old: dict[int, N], new: dict[int, N], nothing: N) -> Iterator[tuple[int, N, N]]:
    """The children that are not one and the same object in both, in order; ``nothing`` stands for an absent one."""
    pairs = ((i, old.get(i, nothing), new.get(i, nothing)) for i in sorted(old.keys() | new.keys()))
    return (pair for pair in pairs if pair[1] is not pair[2])


def _used(leaf: tuple[object, ...], first: int, last: int) -> Iterator[int]:
    """The indexes first <= i < last of what is there, found without a step of Python for what is not."""
    return compress(range(first, last), map(is_not, leaf[first:last], repeat(None)))


def _window(number: int, lo: int, hi: int | None) -> tuple[int, int]:
    """The part of a leaf that lies in lo <= key < hi, as a slice."""
    base = number << BITS
    return max(lo - base, 0), FANOUT if hi is None else min(max(hi - base, 0), FANOUT)
