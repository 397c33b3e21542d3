"""Accesses to many pages as one operation: a batch that owns what it changes, and freezes it at its end.

It knows the faults that come a million times: a first touch of anonymous memory, a copy of a co-owned frame, a reuse of
one's own. At any other page it stops, and ``access`` goes on with that page alone, by the way of a single access. Both
ways give the same machine (a property test says so).
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from operator import eq

from cowviz.memory import frames, merging
from cowviz.memory.bulk_access import CODES, NO_ENTRY, BulkAccess, Numbers
from cowviz.memory.events import Access, FaultKind
from cowviz.memory.machine import PAGE_SIZE, Cell, Content, Counters, Machine, Prot, Vma, store
from cowviz.memory.tables.frame_table import EXCLUSIVE, HAS_EXTRA, NOTHING, ONE, PLAIN, USED, Extra
from cowviz.memory.tables.pte import PRESENT, SHIFT
from cowviz.memory.tables.words import EMPTY, Editor

MANY = 256  # from so many pages on an operation is a batch; fewer are told fault by fault

_W = int(Prot.W)
_NEEDS = {Access.READ: int(Prot.R), Access.WRITE: _W, Access.EXEC: int(Prot.X)}
_ZERO = CODES[FaultKind.DEMAND_ZERO, False]
_ZERO_OVER = CODES[FaultKind.DEMAND_ZERO, True]  # a write over the zero page
_ZERO_PAGE = CODES[FaultKind.ZERO_PAGE, False]
_COPY = CODES[FaultKind.COW_COPY, True]
_REUSE = CODES[FaultKind.COW_REUSE, True]
_FRESH = USED | EXCLUSIVE | ONE  # a frame that one entry maps, and nobody else ever did


def access_many(
    machine: Machine, pid: int, vpns: Sequence[int], access: Access, cells: tuple[Cell | None, ...] = (None,)
) -> tuple[Machine, BulkAccess | None]:
    """Access the pages in order, up to the first that is no everyday matter; return what happened, or None."""
    vpns = _in_a_row(vpns)
    process, stored = machine.process(pid), tuple(cell for cell in cells if cell is not None)
    table, used, free = process.table.edit(), machine.frames.edit(), frames.handed_out_next(machine.free)
    batch = _Batch(machine, pid, access, stored, table, used, free, process.vmas)
    batch.run(vpns)
    if not batch.kinds:
        return machine, None
    done = vpns[: len(batch.kinds)]
    event = BulkAccess(pid, access, Numbers(done), bytes(batch.kinds), Numbers(batch.frames), Numbers(batch.old), cells)
    return batch.frozen(), event


def _in_a_row(vpns: Sequence[int]) -> Sequence[int]:
    """Return the pages as a range where each is the one after the last."""
    if isinstance(vpns, range) or not vpns or vpns[-1] - vpns[0] != len(vpns) - 1:
        return vpns
    run = range(vpns[0], vpns[-1] + 1)
    return run if all(map(eq, vpns, run)) else vpns


@dataclass(slots=True)
class _Batch:
    """What the accesses have changed so far, in tables of its own; the machine is that of before."""

    machine: Machine
    pid: int
    access: Access
    cells: tuple[Cell, ...]
    table: Editor
    used: Editor  # the frames
    free: Iterator[int]  # the frames that are handed out next
    vmas: tuple[Vma, ...]
    vma: Vma | None = None  # that of the last page
    kinds: bytearray = field(default_factory=bytearray)
    frames: array[int] = field(default_factory=lambda: array("q"))
    old: array[int] = field(default_factory=lambda: array("q"))
    contents: dict[int, Content] = field(default_factory=dict)  # of frames that were written or copied
    number: int = -1  # of the leaf of the frame that was taken last
    leaf: array[int] = field(default_factory=lambda: EMPTY)
    mapped: int = 0  # entries that there were not before
    taken: int = 0  # frames that were free before
    target: int = -1  # the frame that was written last

    def run(self, vpns: Sequence[int]) -> None:
        """Access page after page, until one asks for more than this knows."""
        need, number, leaf = _NEEDS[self.access], -1, EMPTY
        start = end = rights = 0  # of the region that the last page was in
        is_run = isinstance(vpns, range) and vpns.step == 1
        is_write = self.access is Access.WRITE
        position = 0
        while position < len(vpns):
            vpn = vpns[position]
            if not start <= vpn < end:
                if (vma := self._region(vpn)) is None:
                    return
                start, end, rights = vma.start, vma.end, int(vma.prot)
            if vpn >> 9 != number:
                number = vpn >> 9
                leaf = self.table.leaf(number)
                if is_run and rights & need and (fresh := self._fresh(leaf, vpn, min(end, vpns[-1] + 1))):
                    position += fresh
                    continue
            position += 1
            word = leaf[vpn & 511]
            before = (word >> SHIFT) - 1 if word else NO_ENTRY
            if word & need:
                kind, pfn = 0, before
            elif not rights & need:
                return
            elif is_write and before >= 0:
                if (kind := self._written(before)) == 0:
                    return
                pfn = self.target
                leaf[vpn & 511] = (pfn + 1) << SHIFT | PRESENT | rights
            else:
                if (found := self._fault(vpn, word)) is None:
                    return
                kind, pfn, lost = found
                leaf[vpn & 511] = (pfn + 1) << SHIFT | PRESENT | rights & ~lost
            self.kinds.append(kind)
            self.frames.append(pfn)
            self.old.append(before)
            for cell in self.cells:
                self.contents[pfn] = store(self._content(pfn), cell)

    def _fault(self, vpn: int, word: int) -> tuple[int, int, int] | None:
        """What an access takes that is no write to a frame; the frame that the page maps then, the rights it lacks."""
        is_write = self.access is Access.WRITE
        if word == 0 and self._is_elsewhere(vpn):
            return None
        if word == 0 and self.machine.profile.zero_page and not is_write:
            self.mapped += 1
            return _ZERO_PAGE, -1, _W
        if word and not is_write:
            return None
        if (pfn := next(self.free, -1)) < 0:
            return None
        self._take(pfn)
        self._make_private(vpn)
        self.mapped += word == 0
        return (_ZERO_OVER if word else _ZERO), pfn, 0

    def _fresh(self, leaf: array[int], vpn: int, end: int) -> int:
        """Map new frames to all pages up to ``end`` or the leaf's, where none has an entry; return how many."""
        first = vpn & 511
        pages = min(end - vpn, 512 - first)
        makes_frames = self.access is Access.WRITE or not self.machine.profile.zero_page
        if not makes_frames or any(leaf[first : first + pages]) or self._is_any_elsewhere(vpn, vpn + pages):
            return 0
        pfns = list(islice(self.free, pages))
        if not pfns:
            return 0
        self._make_private(vpn)
        assert self.vma is not None
        bits = PRESENT | int(self.vma.prot)
        leaf[first : first + len(pfns)] = array("Q", [(pfn + 1) << SHIFT | bits for pfn in pfns])
        for pfn in pfns:
            self._take(pfn)
            for cell in self.cells:
                self.contents[pfn] = store(self.contents.get(pfn, ()), cell)
        self.mapped += len(pfns)
        self.kinds += bytes([_ZERO]) * len(pfns)
        self.frames.extend(pfns)
        self.old.extend([NO_ENTRY] * len(pfns))
        return len(pfns)

    def _is_any_elsewhere(self, start: int, end: int) -> bool:
        process = self.machine.process(self.pid)
        return any(start <= vpn < end for vpn in process.guards) or any(True for _ in process.swapped.items(start, end))

    def _written(self, source: int) -> int:
        """A write to a page whose entry forbids it: a copy where the frame has other owners, else the frame itself.

        Return what it took, 0 where this does not know; ``target`` is the frame that is written.
        """
        used = self.used
        leaf = used.own.get(source >> 9) or used.leaf(source >> 9)
        word = leaf[source & 511]
        if word & HAS_EXTRA:
            _, cached_page, tag = self.machine.frames.extra(source)
            if cached_page is not None or tag != PLAIN:
                return 0
        if word < 2 * ONE:
            leaf[source & 511] = word | EXCLUSIVE
            self.target = source
            return _REUSE
        if (pfn := next(self.free, -1)) < 0:
            return 0
        leaf[source & 511] = word - ONE
        if pfn >> 9 != self.number:
            self.number = pfn >> 9
            self.leaf = used.leaf(self.number)
        self.leaf[pfn & 511] = _FRESH
        self.taken += 1
        self.target = pfn
        if (word & HAS_EXTRA or source in self.contents) and (content := self._content(source)):
            self.contents[pfn] = content
        return _COPY

    def _take(self, pfn: int) -> None:
        if pfn >> 9 != self.number:
            self.number = pfn >> 9
            self.leaf = self.used.leaf(self.number)
        self.leaf[pfn & 511] = _FRESH
        self.taken += 1

    def _content(self, pfn: int) -> Content:
        content = self.contents.get(pfn)
        return self.machine.frames.extra(pfn).content if content is None else content

    def _region(self, vpn: int) -> Vma | None:
        """The region of a page, where it is one whose pages this knows: anonymous, private, of ordinary pages."""
        vma = next((vma for vma in self.vmas if vma.start <= vpn < vma.end), None)
        self.vma = None if vma is None or vma.file is not None or vma.shared or vma.huge else vma
        return self.vma

    def _is_elsewhere(self, vpn: int) -> bool:
        """Whether a page without an entry is in swap, or a guard."""
        process = self.machine.process(self.pid)
        return vpn in process.guards or (len(process.swapped) > 0 and vpn in process.swapped)

    def _make_private(self, vpn: int) -> None:
        """The region knows from its first private page on that it may have some (mm/rmap.c: __anon_vma_prepare)."""
        if self.vma is not None and not self.vma.has_private:
            self.vmas = merging.with_anon_vma(self.vmas, vpn)
            self._region(vpn)

    def frozen(self) -> Machine:
        """Return the machine after all of it."""
        machine, process = self.machine, self.machine.process(self.pid)
        extras: dict[int, Extra | None] = {}
        for pfn, content in self.contents.items():
            extra = machine.frames.extra(pfn)._replace(content=content)
            extras[pfn] = None if extra == NOTHING else extra
            word = self.used.get(pfn) & ~HAS_EXTRA
            self.used.set(pfn, word if extra == NOTHING else word | HAS_EXTRA)
        self.table.count += self.mapped
        self.used.count += self.taken
        machine = replace(
            machine,
            frames=machine.frames.with_words(self.used, extras),
            free=frames.without_next(machine.free, self.taken),
        )
        table = replace(process.table, words=self.table.frozen())
        if self.mapped and self.access is not Access.WRITE:
            table = table.with_tables(n for n in self.table.copied() if table.is_full_of_zero_pages(n))
        return machine.with_process(replace(process, vmas=self.vmas, table=table, counters=self._counters()))

    def _counters(self) -> Counters:
        counters, copies = self.machine.process(self.pid).counters, self.kinds.count(_COPY)
        return replace(
            counters,
            minor=counters.minor + len(self.kinds) - self.kinds.count(0),
            copies=counters.copies + copies,
            reuses=counters.reuses + self.kinds.count(_REUSE),
            copied_bytes=counters.copied_bytes + copies * PAGE_SIZE,
        )
