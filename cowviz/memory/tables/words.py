"""A persistent map from whole numbers to words of 64 bits: leaves are arrays, so that a million entries fit in 8 MiB.

A batch of changes owns an ``Editor``: it copies a leaf at the first change there, changes it in place after that, and
freezes all of them at its end (as Clojure's transients do).
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import compress
from operator import ne

from cowviz.memory.tables.levels import (
    BITS,
    FANOUT,
    MASK,
    Root,
    check_key,
    different,
    leaf_of,
    leaves,
    window,
    with_leaves,
)

EMPTY: array[int] = array("Q", bytes(8 * FANOUT))


@dataclass(frozen=True)
class WordTable:
    """An immutable sparse map from 0 <= key < 2**36 to words; the word 0 is none."""

    _root: Root[array[int]] = field(default_factory=dict)
    _count: int = 0

    def get(self, key: int) -> int:
        """Return the word of ``key``, or 0."""
        leaf = leaf_of(self._root, key >> BITS)
        return 0 if leaf is None else leaf[key & MASK]

    def reader(self) -> Callable[[int], int]:
        """Return a function that reads word after word, fast: it looks a leaf up once."""
        known: dict[int, array[int]] = {}

        def read(key: int) -> int:
            leaf = known.get(key >> BITS)
            if leaf is None:
                there = leaf_of(self._root, key >> BITS)
                leaf = known[key >> BITS] = EMPTY if there is None else there
            return leaf[key & MASK]

        return read

    def edit(self) -> Editor:
        """Begin a batch of changes."""
        return Editor(self)

    def updated(self, pairs: Iterable[tuple[int, int]]) -> WordTable:
        """Set many words; 0 takes one out."""
        editor = self.edit()
        for key, word in pairs:
            editor.set(key, word)
        return editor.frozen()

    def without_range(self, lo: int, hi: int | None) -> WordTable:
        """Remove the keys lo <= key < hi; return the same table where there are none."""
        editor = self.edit()
        for number, leaf in self.leaves(lo, hi):
            first, last = window(number, lo, hi)
            gone = last - first - leaf[first:last].count(0)
            if gone:
                editor.leaf(number)[first:last] = EMPTY[first:last]
                editor.count -= gone
        return editor.frozen()

    def masked(self, mask: int, lo: int, hi: int | None) -> tuple[WordTable, int]:
        """Keep the bits of ``mask`` in the words of lo <= key < hi; return also how many words that changed."""
        editor, changed = self.edit(), 0
        for number, leaf in self.leaves(lo, hi):
            first, last = window(number, lo, hi)
            old = leaf[first:last]
            new = array("Q", [word & mask for word in old])
            if new != old:
                changed += sum(map(ne, old, new))
                editor.leaf(number)[first:last] = new
        return editor.frozen(), changed

    def leaves(self, lo: int = 0, hi: int | None = None) -> Iterator[tuple[int, array[int]]]:
        """Yield the leaves that may hold lo <= key < hi, in order, by number (key >> 9). Nobody may change them."""
        return leaves(self._root, lo, hi)

    def items(self, lo: int = 0, hi: int | None = None) -> Iterator[tuple[int, int]]:
        """Yield the keys lo <= key < hi in order with their words."""
        for number, leaf in self.leaves(lo, hi):
            first, last = window(number, lo, hi)
            part = leaf[first:last]
            base = number << BITS
            yield from compress(enumerate(part, base + first), part)

    def keys(self, lo: int = 0, hi: int | None = None) -> Iterator[int]:
        """Yield the keys lo <= key < hi in order."""
        for number, leaf in self.leaves(lo, hi):
            first, last = window(number, lo, hi)
            base = number << BITS
            yield from compress(range(base + first, base + last), leaf[first:last])

    def differences(self, new: WordTable) -> Iterator[tuple[int, int, int]]:
        """Yield in order the keys whose word is another one in ``new``, with both words; 0 for none."""
        for number, old_leaf, new_leaf in self.other_leaves(new):
            keys = range(number << BITS, (number + 1) << BITS)
            yield from compress(zip(keys, old_leaf, new_leaf, strict=True), map(ne, old_leaf, new_leaf))

    def other_leaves(self, new: WordTable) -> Iterator[tuple[int, array[int], array[int]]]:
        """Yield in order the numbers of the leaves that hold other words in ``new``, with both leaves."""
        for number, was, now in different(self._root, new._root):
            old_leaf, new_leaf = EMPTY if was is None else was, EMPTY if now is None else now
            if old_leaf != new_leaf:
                yield number, old_leaf, new_leaf

    def changes(self, new: WordTable, step: Callable[[int], int]) -> Iterator[tuple[int, int, int]]:
        """Yield in order runs of keys whose word is another one in ``new``: the first, how many, its new word.

        From one to the next the words of a run go on by ``step`` of its first.
        """
        first = count = word = 0
        for number, was, now in self.other_leaves(new):
            for key, times, begins in _changed_runs(number << BITS, was, now, step):
                if count and key == first + count and begins == word + count * step(word):
                    count += times
                    continue
                if count:
                    yield first, count, word
                first, count, word = key, times, begins
        if count:
            yield first, count, word

    def __len__(self) -> int:
        return self._count


def progression(word: int, count: int, step: int) -> array[int]:
    """Return so many words from ``word`` on, each ``step`` more than the one before."""
    return array("Q", range(word, word + count * step, step)) if step else array("Q", [word]) * count


def _changed_runs(
    base: int, was: array[int], now: array[int], step: Callable[[int], int]
) -> Iterator[tuple[int, int, int]]:
    """The changes in one leaf whose first key is ``base``; one that goes on by steps throughout is seen fast."""
    word, by = now[0], step(now[0])
    if now[-1] == word + MASK * by and now == progression(word, FANOUT, by) and all(map(ne, was, now)):
        yield base, FANOUT, word
        return
    start = end = -1
    for i in compress(range(FANOUT), map(ne, was, now)):
        if i == end and now[i] == word + (i - start) * by:
            end += 1
            continue
        if end > 0:
            yield base + start, end - start, word
        start, end, word = i, i + 1, now[i]
        by = step(word)
    yield base + start, end - start, word


class Editor:
    """A batch of changes to a table of words; it owns the leaves that it has copied, until it is frozen."""

    def __init__(self, table: WordTable) -> None:
        """Begin with the words of ``table``."""
        self._table, self._root = table, table._root
        self.own: dict[int, array[int]] = {}  # the leaves that it has copied
        self.count = len(table)  # who changes a leaf in place keeps it right

    def get(self, key: int) -> int:
        """Return the word of ``key`` as it is now, or 0."""
        leaf = self.own.get(key >> BITS)
        return self._table.get(key) if leaf is None else leaf[key & MASK]

    def set(self, key: int, word: int) -> None:
        """Set one word; 0 takes it out. Raises ValueError for a key that no table can have."""
        leaf = self.own.get(key >> BITS)
        if leaf is None:
            leaf = self.leaf(key >> BITS)
        i = key & MASK
        self.count += (word != 0) - (leaf[i] != 0)
        leaf[i] = word

    def fill(self, first: int, words: array[int]) -> None:
        """Set the words from key ``first`` on; 0 takes one out. Raises ValueError for a key that no table can have."""
        done = 0
        while done < len(words):
            key = first + done
            begin = key & MASK
            part = words[done : done + FANOUT - begin]
            leaf = self.leaf(key >> BITS)
            self.count += leaf[begin : begin + len(part)].count(0) - part.count(0)
            leaf[begin : begin + len(part)] = part
            done += len(part)

    def leaf(self, number: int) -> array[int]:
        """Return the leaf of this number as an array of the editor's own, to be changed in place."""
        leaf = self.own.get(number)
        if leaf is None:
            try:
                there = self._root[number >> 18][number >> 9 & MASK][number & MASK]
            except KeyError:
                check_key(number << BITS)
                there = EMPTY
            leaf = self.own[number] = there[:]
        return leaf

    def copied(self) -> list[int]:
        """Return the numbers of the leaves that it owns."""
        return list(self.own)

    def frozen(self) -> WordTable:
        """Return the table with all changes; the same one where there were none. The editor is not to be used again."""
        if not self.own:
            return self._table
        kept = ((number, None if leaf == EMPTY else leaf) for number, leaf in self.own.items())
        return WordTable(with_leaves(self._table._root, kept), self.count)
