"""The frames in use: a word of 64 bits for each, and what few frames have in a table beside it.

Like the kernel's struct page: a map count and a few bits. What a frame holds, which page of a file it caches and
whether it is a special one stand aside, because most frames of a large memory have none of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import compress
from typing import NamedTuple

from cowviz.memory.content import Content
from cowviz.memory.tables.levels import breadth, window
from cowviz.memory.tables.radix import Radix
from cowviz.memory.tables.words import EMPTY, Editor, WordTable, progression


class FrameTag(NamedTuple):
    """Says that a frame is in the swap cache, in a huge page, or merged by KSM; most frames have a plain one."""

    slot: int | None = None  # in the swap cache: the swap slot that holds the same bytes
    folio: int | None = None  # of a huge page: the first of its 512 frames
    ksm: bool = False  # several equal pages merged into this one: whoever writes gets a copy


PLAIN = FrameTag()


class Frame(NamedTuple):
    """A physical page frame in use."""

    content: Content
    mapcount: int  # how many PTEs map it; kept, and recounted by invariants.violations
    cached_page: tuple[str, int] | None = None  # file and page offset, where the page cache holds it
    exclusive: bool = False  # anonymous, and never co-owned since its owner took it (Linux: PageAnonExclusive)
    tag: FrameTag = PLAIN


class Extra(NamedTuple):
    """What only few frames have."""

    content: Content = ()
    cached_page: tuple[str, int] | None = None
    tag: FrameTag = PLAIN


NOTHING = Extra()
USED, EXCLUSIVE, HAS_EXTRA = 1, 2, 4  # bits of a word
COUNT = 8  # the map count begins here
ONE = 1 << COUNT
MOST_OWNERS = (1 << 64 - COUNT) - 1


@dataclass(frozen=True)
class FrameTable:
    """The frames in use by frame number, immutable; every change is a new table that shares its leaves."""

    words: WordTable = field(default_factory=WordTable)
    extras: Radix[Extra] = field(default_factory=Radix)

    @classmethod
    def of(cls, pairs: Iterable[tuple[int, Frame]]) -> FrameTable:
        """Return a table of these frames; the last one of a number counts."""
        return cls().updated(pairs)

    def get(self, pfn: int) -> Frame | None:
        """Return a frame in use, or None."""
        word = self.words.get(pfn)
        return self._frame(pfn, word) if word else None

    def breadth(self, pfn: int) -> int:
        """Count the entries of the nodes above a frame's leaf: what a change there copies beside the leaf."""
        return breadth(self.words._root, pfn)

    def set(self, pfn: int, frame: Frame) -> FrameTable:
        """Set one frame."""
        return self.updated([(pfn, frame)])

    def updated(self, pairs: Iterable[tuple[int, Frame | None]]) -> FrameTable:
        """Set many frames, or take out those that are None. Raises ValueError for a map count that no word holds."""
        editor = self.words.edit()
        extras: dict[int, Extra | None] = {}
        for pfn, frame in pairs:
            had_extra = editor.get(pfn) & HAS_EXTRA
            word, extra = _packed(frame) if frame else (0, NOTHING)
            if had_extra or extra != NOTHING:
                extras[pfn] = extra if extra != NOTHING else None
            editor.set(pfn, word)
        return self.with_words(editor, extras)

    def with_runs(self, runs: Iterable[tuple[int, int, Frame | None]]) -> FrameTable:
        """Set runs of frames, (first, how many, the frame), which advance in their file; None takes them out."""
        editor = self.words.edit()
        extras: dict[int, Extra | None] = {}
        for first, count, frame in runs:
            word, extra = _packed(frame) if frame else (0, NOTHING)
            for number, leaf in self.extras.leaves(first, first + count):
                lo, hi = window(number, first, first + count)
                extras.update(dict.fromkeys(compress(range((number << 9) + lo, (number << 9) + hi), leaf[lo:hi])))
            extras.update(dict.fromkeys(extras.keys() & range(first, first + count)))
            if extra != NOTHING:
                extras.update((first + i, _advanced(extra, i)) for i in range(count))
            editor.fill(first, progression(word, count, 0))
        return self.with_words(editor, extras)

    def counted(self, pfns: Iterable[int], step: int) -> FrameTable:
        """Add ``step`` to the map count of each of these frames, as often as it is named; co-owned is not exclusive.

        Raises AssertionError for a frame that is free.
        """
        editor, more, number, leaf = self.words.edit(), step * ONE, -1, EMPTY
        for pfn in pfns:
            if pfn >> 9 != number:
                number = pfn >> 9
                leaf = editor.leaf(number)
            word = leaf[pfn & 511]
            assert word, f"frame {pfn} is free"
            word += more
            leaf[pfn & 511] = word & ~EXCLUSIVE if word >= 2 * ONE else word
        return self.with_words(editor, {})

    def with_words(self, editor: Editor, extras: dict[int, Extra | None]) -> FrameTable:
        """Return the table with what a batch has changed: words, and what stands aside of some frames."""
        words = editor.frozen()
        if words is self.words and not extras:
            return self
        return FrameTable(words, self.extras.updated(extras.items()) if extras else self.extras)

    def items(self, lo: int = 0, hi: int | None = None) -> Iterator[tuple[int, Frame]]:
        """Yield the frames in use with lo <= pfn < hi, in order."""
        return ((pfn, self._frame(pfn, word)) for pfn, word in self.words.items(lo, hi))

    def differences(self, new: FrameTable) -> Iterator[tuple[int, Frame | None, Frame | None]]:
        """Yield in order the numbers of frames that are others in ``new``, with both frames; None for a free one."""
        if self.extras is new.extras:
            for pfn, was, now in self.words.differences(new.words):
                yield pfn, self._frame(pfn, was) if was else None, new._frame(pfn, now) if now else None
            return
        pfns = {pfn for pfn, _, _ in self.words.differences(new.words)}
        pfns.update(pfn for pfn, _, _ in self.extras.differences(new.extras))
        for pfn in sorted(pfns):
            yield pfn, self.get(pfn), new.get(pfn)

    def changes(self, new: FrameTable) -> Iterator[tuple[int, int, Frame | None]]:
        """Yield in order runs of frames that are others in ``new``: the first, how many, the frame as it is there."""
        if any(True for _ in self.extras.differences(new.extras)):
            yield from ((pfn, 1, frame) for pfn, _, frame in self.differences(new))
            return
        for first, count, word in self.words.changes(new.words, lambda word: 0):
            if word & HAS_EXTRA:
                yield from ((pfn, 1, new._frame(pfn, word)) for pfn in range(first, first + count))
            else:
                yield first, count, new._frame(first, word) if word else None

    def runs(self, lo: int = 0, hi: int | None = None) -> Iterator[tuple[int, int, Frame]]:
        """Yield runs of neighbouring frames alike: the first, how many, and the frame. What holds anything is alone."""
        first = count = word = 0
        for pfn, times, begins in self._leaf_runs(lo, hi):
            if count and pfn == first + count and begins == word and not word & HAS_EXTRA:
                count += times
                continue
            if count:
                yield first, count, self._frame(first, word)
            first, count, word = pfn, times, begins
        if count:
            yield first, count, self._frame(first, word)

    def held(self, lo: int = 0, hi: int | None = None) -> Iterator[tuple[int, int, Content]]:
        """Yield runs of neighbouring frames in use that hold the same: the first, how many, and what they hold."""
        first = count = 0
        content: Content = ()
        for pfn, times, holds in self._leaf_contents(lo, hi):
            if count and pfn == first + count and holds == content:
                count += times
                continue
            if count:
                yield first, count, content
            first, count, content = pfn, times, holds
        if count:
            yield first, count, content

    def _leaf_contents(self, lo: int, hi: int | None) -> Iterator[tuple[int, int, Content]]:
        for number, leaf in self.words.leaves(lo, hi):
            first, last = window(number, lo, hi)
            part, base = leaf[first:last], (number << 9) + first
            extras = self.extras.leaf(number)
            if extras is None and all(part):
                yield base, len(part), ()
                continue
            for i in compress(range(len(part)), part):
                extra = extras and extras[first + i]
                yield base + i, 1, extra.content if extra else ()

    def counts(self, lo: int, hi: int) -> dict[int, int]:
        """Return how many of the frames lo <= pfn < hi in use have one owner, two, and so on."""
        found: Counter[int] = Counter()
        for number, leaf in self.words.leaves(lo, hi):
            first, last = window(number, lo, hi)
            for word, times in Counter(leaf[first:last]).items():
                if word:
                    found[word >> COUNT] += times
        return found

    def _leaf_runs(self, lo: int, hi: int | None) -> Iterator[tuple[int, int, int]]:
        for number, leaf in self.words.leaves(lo, hi):
            first, last = window(number, lo, hi)
            part, base = leaf[first:last], (number << 9) + first
            if not part:
                continue
            if part[0] and part.count(part[0]) == len(part) and not part[0] & HAS_EXTRA:
                yield base, len(part), part[0]
                continue
            for i, word in enumerate(part):
                if word:
                    yield base + i, 1, word

    def owners(self, pfns: Iterable[int]) -> Counter[int]:
        """Count how many of these frames have one owner, two, and so on; free ones have none and are left out."""
        read = self.words.reader()
        counts = Counter(read(pfn) for pfn in pfns)
        counts.pop(0, None)
        found: Counter[int] = Counter()
        for word, times in counts.items():
            found[word >> COUNT] += times
        return found

    def unowned(self, pfns: Iterable[int]) -> Iterator[tuple[int, Extra]]:
        """Yield those of these frames that no PTE maps, in their order, with what stands aside of them."""
        read = self.words.reader()
        for pfn in pfns:
            word = read(pfn)
            if 0 < word < ONE:
                yield pfn, self.extra(pfn) if word & HAS_EXTRA else NOTHING

    def edit(self) -> Editor:
        """Begin a batch of changes, in words."""
        return self.words.edit()

    def extra(self, pfn: int) -> Extra:
        """Return what stands aside of a frame."""
        return self.extras.get(pfn) or NOTHING

    def __iter__(self) -> Iterator[int]:
        return self.words.keys()

    def __len__(self) -> int:
        return len(self.words)

    def __contains__(self, pfn: int) -> bool:
        return self.words.get(pfn) != 0

    def __repr__(self) -> str:
        return f"FrameTable.of({list(self.items())})"

    def _frame(self, pfn: int, word: int) -> Frame:
        content, cached_page, tag = self.extra(pfn) if word & HAS_EXTRA else NOTHING
        return Frame(content, word >> COUNT, cached_page, bool(word & EXCLUSIVE), tag)


def _advanced(extra: Extra, by: int) -> Extra:
    """What so many frames later stands aside: the page of a file goes on."""
    if extra.cached_page is None:
        return extra
    file, offset = extra.cached_page
    return extra._replace(cached_page=(file, offset + by))


def _packed(frame: Frame) -> tuple[int, Extra]:
    """A frame as its word and what stands aside of it."""
    if not 0 <= frame.mapcount <= MOST_OWNERS:
        raise ValueError(f"no map count {frame.mapcount}")
    extra = Extra(frame.content, frame.cached_page, frame.tag)
    bits = USED | (EXCLUSIVE if frame.exclusive else 0) | (HAS_EXTRA if extra != NOTHING else 0)
    return frame.mapcount << COUNT | bits, extra
