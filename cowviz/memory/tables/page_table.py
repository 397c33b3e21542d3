"""One process's page table: four levels as x86-64 has them, and a word of 64 bits for each entry of the lowest."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import compress, pairwise
from operator import sub

from cowviz.memory.tables.levels import BITS, breadth, leaf_of, window
from cowviz.memory.tables.pte import DIRTY, RIGHTS, SHIFT, Prot, Pte, pte_of, word_of
from cowviz.memory.tables.words import Editor, WordTable, progression

_ALL = (1 << 64) - 1
_STEP = 1 << SHIFT  # from a page's word to the next one's, where frames lie side by side


def _step(word: int) -> int:
    return _STEP if word >> SHIFT else 0  # all pages of the zero page map the same


def _starts(part: array[int]) -> list[int]:
    """Where in these words one does not go on from the word before, and where they end; of zeroes, wherever."""
    if part.count(0) > len(part) // 2:  # few entries: look at them alone
        used = list(compress(range(len(part)), part))
        edges = dict.fromkeys(i for first in used for i in (first, first + 1))
        going = {i + 1 for i in used if i + 1 < len(part) and part[i + 1] == part[i] + _STEP}
        return sorted(edges.keys() - going)
    breaks = compress(range(1, len(part)), map(_STEP.__ne__, map(sub, part[1:], part)))
    return [0, *breaks, len(part)]


@dataclass(frozen=True)
class PageTable:
    """An immutable page table, from virtual page number to entry; every change is a new one that shares its leaves."""

    words: WordTable = field(default_factory=WordTable)
    # Lowest tables, by number (vpn >> 9), that are there though their entries do not tell: empty ones, and those whose
    # 512 entries look like one of 2 MiB. Only what comes next depends on them, so that a trace's JSON leaves them out.
    tables: frozenset[int] = field(default=frozenset(), compare=False)

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
        return PageTable(self.words.updated((vpn, word_of(pte) if pte else 0) for vpn, pte in pairs), self.tables)

    def with_runs(self, runs: Iterable[tuple[int, int, Pte | None]]) -> PageTable:
        """Set runs of entries, (first page, how many, first entry), whose frames lie side by side; None takes out."""
        editor = self.edit()
        for vpn, pages, pte in runs:
            word = word_of(pte) if pte else 0
            if pte:
                word_of(pte._replace(pfn=pte.pfn + pages - 1))  # the last one fits, too
            editor.fill(vpn, progression(word, pages, _step(word)))
        return self._with(editor.frozen())

    def without_range(self, lo: int, hi: int | None = None) -> PageTable:
        """Remove the entries of the pages lo <= vpn < hi; return the same table where there are none.

        A lowest table that has no entries any more stays (mm/memory.c: zap_pte_range).
        """
        words = self.words.without_range(lo, hi)
        if words is self.words:
            return self
        empty = [number for number, _ in self.words.leaves(lo, hi) if leaf_of(words._root, number) is None]
        return PageTable(words, self.tables.union(empty))

    def has_table(self, vpn: int) -> bool:
        """Return whether the entry of a page has a place already, in a lowest table that is there."""
        return vpn >> BITS in self.tables or leaf_of(self.words._root, vpn >> BITS) is not None

    def is_full(self, number: int) -> bool:
        """Return whether each page of a lowest table has an entry."""
        leaf = leaf_of(self.words._root, number)
        return leaf is not None and leaf.count(0) == 0

    def is_full_of_zero_pages(self, number: int) -> bool:
        """Return whether each page of a lowest table has an entry that names the zero page."""
        leaf = leaf_of(self.words._root, number)
        return leaf is not None and leaf.count(0) == 0 and max(leaf) >> SHIFT == 0

    def with_tables(self, numbers: Iterable[int]) -> PageTable:
        """Return the table in which these lowest tables are there, of entries of 4 KiB."""
        tables = self.tables.union(numbers)
        return self if tables == self.tables else PageTable(self.words, tables)

    def without_tables(self, numbers: Iterable[int]) -> PageTable:
        """Return the table in which these lowest tables are there only as far as their entries tell."""
        tables = self.tables.difference(numbers)
        return self if tables == self.tables else PageTable(self.words, tables)

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

    def runs(self, lo: int = 0, hi: int | None = None) -> Iterator[tuple[int, int, Pte]]:
        """Yield runs of neighbouring pages of one permission that map neighbouring frames, or all the zero page.

        Each is the first page, how many, and the first one's entry; a run ends where another begins.
        """
        first = pages = word = 0
        for start, count, begins in self._leaf_runs(lo, hi):
            step = _STEP if begins >> SHIFT else 0
            if (
                pages
                and start == first + pages
                and begins == word + pages * step
                and (word >> SHIFT != 0) == (step != 0)
            ):
                pages += count
                continue
            if pages:
                yield first, pages, pte_of(word)
            first, pages, word = start, count, begins
        if pages:
            yield first, pages, pte_of(word)

    def _leaf_runs(self, lo: int, hi: int | None) -> Iterator[tuple[int, int, int]]:
        """The same within each lowest table: first page, how many, first word; what is one run is seen fast."""
        for number, leaf in self.words.leaves(lo, hi):
            first, last = window(number, lo, hi)
            part, base = leaf[first:last], (number << 9) + first
            if not part:
                continue
            word, end = part[0], len(part)
            step = _STEP if word >> SHIFT else 0
            if word and part[-1] == word + (end - 1) * step and part == progression(word, end, step):
                yield base, end, word
                continue
            for i, j in pairwise(_starts(part)):
                word = part[i]
                if word >> SHIFT:
                    yield base + i, j - i, word
                elif word:  # the zero page: the word after it may be that of frame 0
                    yield base + i, 1, word
                    if j - i > 1:
                        yield base + i + 1, j - i - 1, word + _STEP

    def mapping(self, pfn: int) -> list[tuple[int, Pte]]:
        """List the pages that map a frame, with their entries: a look at each word, an entry for few."""
        wanted = pfn + 1
        return [(vpn, pte_of(word)) for vpn, word in self.words.items() if word >> SHIFT == wanted]

    def without_right(self, right: Prot, lo: int, hi: int) -> Iterator[int]:
        """Yield the pages lo <= vpn < hi that have an entry which lacks a right."""
        bit = int(right)
        return (vpn for vpn, word in self.words.items(lo, hi) if not word & bit)

    def rights(self, lo: int = 0, hi: int | None = None) -> frozenset[int]:
        """Return what the entries of lo <= vpn < hi allow, as bits of ``Prot``: {5} where all are r-x."""
        known: dict[tuple[int, int | None], frozenset[int]] = self.__dict__.setdefault("_rights", {})
        if (lo, hi) not in known:  # once for a table, which never changes
            known[lo, hi] = frozenset(word & RIGHTS for _, _, word in self._leaf_runs(lo, hi))
        return known[lo, hi]

    def differences(self, new: PageTable) -> Iterator[tuple[int, Pte | None, Pte | None]]:
        """Yield in order the pages whose entry is another one in ``new``, with both entries; None for none."""
        for vpn, was, now in self.words.differences(new.words):
            yield vpn, pte_of(was) if was else None, pte_of(now) if now else None

    def changes(self, new: PageTable) -> Iterator[tuple[int, int, Pte | None]]:
        """Yield in order runs of pages whose entry is another one in ``new``, told as in ``with_runs``."""
        for vpn, pages, word in self.words.changes(new.words, _step):
            yield vpn, pages, pte_of(word) if word else None

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
        return self if words is self.words else PageTable(words, self.tables)
