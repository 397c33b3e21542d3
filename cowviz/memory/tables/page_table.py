"""One process's page table: four levels as x86-64 has them, and a word of 64 bits for each entry of the lowest."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from cowviz.memory.tables.levels import breadth
from cowviz.memory.tables.pte import DIRTY, SHIFT, Prot, Pte, pte_of, word_of
from cowviz.memory.tables.words import Editor, WordTable

_ALL = (1 << 64) - 1


@dataclass(frozen=True)
class PageTable:
    """An immutable page table, from virtual page number to entry; every change is a new one that shares its leaves."""

    words: WordTable = field(default_factory=WordTable)

    @classmethod
    def of(cls, pairs: Iterable[tuple[int, Pte]]) -> PageTable:
        """Return a table of these entries; the last one of a page counts."""
        return cls().updated(pairs)

    def get(self, vpn: int) -> Pte | None:
        """Return the entry of a page, or None."""
        word = self.words.get(vpn)
        return pte_of(word) if word else None

    def breadth(self, vpn: int) -> int:
        """Count the entries of the tables above a page's: what a change there copies beside the lowest."""
        return breadth(self.words._root, vpn)

    def set(self, vpn: int, pte: Pte) -> PageTable:
        """Set one entry."""
        return self.updated([(vpn, pte)])

    def updated(self, pairs: Iterable[tuple[int, Pte | None]]) -> PageTable:
        """Set many entries, or take out those that are None."""
        return PageTable(self.words.updated((vpn, word_of(pte) if pte else 0) for vpn, pte in pairs))

    def without_range(self, lo: int, hi: int | None = None) -> PageTable:
        """Remove the entries of the pages lo <= vpn < hi; return the same table where there are none."""
        return self._with(self.words.without_range(lo, hi))

    def map_values(self, fn: Callable[[Pte], Pte], lo: int = 0, hi: int | None = None) -> PageTable:
        """Apply ``fn`` to the entries of lo <= vpn < hi; tables where nothing changes are shared."""
        pairs = ((vpn, pte, fn(pte)) for vpn, pte in self.items(lo, hi))
        return self._with(self.words.updated((vpn, word_of(new)) for vpn, old, new in pairs if new != old))

    def write_protected(self, lo: int, hi: int) -> tuple[PageTable, int]:
        """Take the W of the pages lo <= vpn < hi, and the dirty bit with it; return also how many had it."""
        words, pages = self.words.masked(_ALL & ~int(Prot.W), lo, hi)
        return self._with(words), pages

    def cleaned(self, lo: int, hi: int) -> PageTable:
        """Take the dirty bit of the pages lo <= vpn < hi."""
        return self._with(self.words.masked(_ALL & ~DIRTY, lo, hi)[0])

    def items(self, lo: int = 0, hi: int | None = None) -> Iterator[tuple[int, Pte]]:
        """Yield the pages lo <= vpn < hi that have an entry, in order; absent tables cost nothing."""
        return ((vpn, pte_of(word)) for vpn, word in self.words.items(lo, hi))

    def pfns(self, lo: int = 0, hi: int | None = None) -> Iterator[int]:
        """Yield the frame of each page lo <= vpn < hi that has an entry, in the pages' order; -1 for the zero page."""
        return ((word >> SHIFT) - 1 for _, word in self.words.items(lo, hi))

    def differences(self, new: PageTable) -> Iterator[tuple[int, Pte | None, Pte | None]]:
        """Yield in order the pages whose entry is another one in ``new``, with both entries; None for none."""
        for vpn, was, now in self.words.differences(new.words):
            yield vpn, pte_of(was) if was else None, pte_of(now) if now else None

    def leaves(self, lo: int = 0, hi: int | None = None) -> Iterator[tuple[int, array[int]]]:
        """Yield the lowest tables that may hold lo <= vpn < hi, by number (vpn >> 9): 512 words, not to be changed."""
        return self.words.leaves(lo, hi)

    def edit(self) -> Editor:
        """Begin a batch of changes, in words."""
        return self.words.edit()

    def __iter__(self) -> Iterator[int]:
        return self.words.keys()

    def __len__(self) -> int:
        return len(self.words)

    def __contains__(self, vpn: int) -> bool:
        return self.words.get(vpn) != 0

    def __repr__(self) -> str:
        return f"PageTable.of({list(self.items())})"

    def _with(self, words: WordTable) -> PageTable:
        return self if words is self.words else PageTable(words)
