"""What the facts mean: which fault was a copy and which a reuse, and which pages have one frame in common.

Where the kernel shows page frame numbers they decide. Where it does not, the rules do: a write to a write-protected
page whose frame has other owners is a copy, and a reuse where it has none. No entry says whether it is writable; the
rules say that too (fork takes it away, a write fault gives it).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TypeGuard

from cowviz.linux.pagemap import FILE, GUARD, MAPPED_ONCE, PRESENT, SWAPPED
from cowviz.memory.events import Access, FaultKind
from cowviz.memory.machine import ZERO_PFN, Prot
from cowviz.record.frame_owners import Ledger
from cowviz.record.inferred_events import Gone, Happening, Laid, Merged, Page, Present, Split, Swapped, Touched
from cowviz.record.observations import (
    ZERO,
    Ended,
    Entries,
    Fact,
    Faulted,
    Forked,
    Hinted,
    Mapped,
    Marked,
    Moved,
    Noticed,
    Regions,
    Signalled,
    Started,
)
from cowviz.record.regions import Area, Names

LOOK_AHEAD = 256  # facts: what a process did unseen is noticed at its next system call


@dataclass
class _Memory:
    """One process as the rules follow it."""

    names: Names
    pages: dict[int, Page] = field(default_factory=dict)
    areas: tuple[Area, ...] = ()
    grown: range = range(0)  # pages by which the stack has just grown
    swapped: dict[int, Page] = field(default_factory=dict)  # pages in swap, as they were

    def area(self, vpn: int) -> Area | None:
        return next((area for area in self.areas if area.start <= vpn < area.end), None)


class Reading:
    """Goes through the facts in order, and says what each means."""

    def __init__(self) -> None:
        self._processes: dict[int, _Memory] = {}
        self.ledger = Ledger()
        self._protected: set[tuple[int, int]] = set()

    def happenings(self, facts: Sequence[Fact]) -> Iterator[Happening]:
        """All that happened; a fact may mean nothing (a fault that changed nothing) or much."""
        self._protected = _found_protected(facts)
        for fact in self._in_order(facts):
            match fact:
                case Started():
                    self._drop_all(fact.pid)
                    self._processes[fact.pid] = _Memory(Names(fact.program))
                    yield fact
                case Forked():
                    yield from self._forked(fact)
                case Ended():
                    self._drop_all(fact.pid)
                    self._processes.pop(fact.pid, None)
                    yield fact
                case Marked() | Signalled() | Hinted():
                    yield fact
                case _ if fact.pid in self._processes:
                    yield from self._in_memory(self._processes[fact.pid], fact)

    def _in_order(self, facts: Sequence[Fact]) -> Iterator[Fact]:
        """The facts; of two processes that wait at once, the one whose page has moved to another frame comes first."""
        queue = deque(facts)
        while queue:
            fact = queue.popleft()
            while isinstance(fact, Faulted) and self._is_reuse_too_early(fact):
                earlier = next(
                    (i for i, other in enumerate(islice(queue, LOOK_AHEAD)) if self._took(other, fact)), None
                )
                if earlier is None:
                    break
                other = queue[earlier]
                del queue[earlier]
                yield other
            yield fact

    def _took(self, other: Fact, fact: Faulted) -> bool:
        """Whether another process, which had the same frame as far as we know, had its page changed."""
        if not _concerns(other, fact.vpn) or other.pid == fact.pid or other.pid not in self._processes:
            return False
        ours, theirs = (self._processes[pid].pages.get(fact.vpn) for pid in (fact.pid, other.pid))
        return ours is not None and theirs is not None and ours.frame == theirs.frame

    def _is_reuse_too_early(self, fact: Faulted) -> bool:
        """Whether a page has kept its frame, which others still have as far as we know."""
        memory = self._processes.get(fact.pid)
        page = memory.pages.get(fact.vpn) if memory else None
        return page is not None and self.ledger.has_kept_a_shared_frame(page, fact.raw)

    def _in_memory(self, memory: _Memory, fact: Fact) -> Iterator[Happening]:
        match fact:
            case Mapped(_, start, pages):
                memory.names.calls[start] = start + pages
            case Regions(pid, maps):
                yield self._laid(pid, memory, memory.names.areas(maps))
            case Moved(_, start, to, pages):
                moved = {vpn: memory.pages.pop(vpn) for vpn in range(start, start + pages) if vpn in memory.pages}
                memory.pages |= {vpn - start + to: page for vpn, page in moved.items()}
                yield Gone(fact.pid, tuple(moved))
                yield Present(fact.pid, tuple((vpn - start + to, page) for vpn, page in moved.items()))
            case Faulted(pid, vpn, raw, around, major, late):
                self.ledger.is_late = late
                touched = self._touched(pid, memory, vpn, raw, major)
                neighbours = tuple(self._neighbours(memory, around))
                if touched:
                    yield replace(touched, around=neighbours)
                elif neighbours:
                    yield Present(pid, neighbours)
                met = {page for page, _ in neighbours}
                unseen = tuple(entry for entry in around if entry[0] not in met)
                yield from self._noticed(pid, memory, unseen, len(unseen))
            case Noticed(pid, entries, faults, is_first):
                self.ledger.is_late = False
                if is_first:
                    yield self._found(pid, memory, entries)
                    return
                yield from self._noticed(pid, memory, entries, faults)

    # Regions

    def _laid(self, pid: int, memory: _Memory, areas: tuple[Area, ...]) -> Laid:
        old, memory.areas = memory.areas, areas
        kept = set(areas)
        memory.grown = range(0)
        for area in [area for area in old if area not in kept]:
            for vpn in [vpn for vpn in _inside(area, memory.pages) if memory.area(vpn) is None]:
                self.ledger.let_go(memory.pages.pop(vpn))
        before = {area.name: area for area in old}
        for area in areas:
            was = before.get(area.name)
            if was and area.kind == "stack" and area.start < was.start:
                memory.grown = range(area.start, was.start)
            if area not in old:
                self._protect(memory, area)
        return Laid(pid, areas)

    def _protect(self, memory: _Memory, area: Area) -> None:
        """What pages may do after mprotect: W comes back at once where no copy-on-write is due."""
        may_write = bool(area.prot & Prot.W)
        for vpn in _inside(area, memory.pages):
            page = memory.pages[vpn]
            own = area.shared or page.frame in self.ledger.exclusive
            if page.writable != (may_write and own):
                memory.pages[vpn] = replace(page, writable=may_write and own)

    # Faults

    def _touched(self, pid: int, memory: _Memory, vpn: int, raw: int, major: bool = False) -> Touched | None:
        """What a fault was, and the page after it; None where it changed nothing."""
        area, before = memory.area(vpn), memory.pages.get(vpn)
        if area is None:
            return None
        if before is not None:
            return self._written(pid, memory, vpn, raw, area, before)
        may_write = bool(area.prot & Prot.W)
        if (was := memory.swapped.pop(vpn, None)) is not None:
            kind, access = FaultKind.SWAP_IN if major else FaultKind.SWAP_CACHED, Access.READ
            own = was.frame in self.ledger.exclusive
            page = Page(self.ledger.new_frame(raw), may_write and own)
            if not own:
                self.ledger.exclusive.discard(page.frame)
        elif raw & ZERO:
            kind, access, page = FaultKind.ZERO_PAGE, Access.READ, Page(ZERO_PFN, False)
        elif area.file is not None and (raw & FILE or not may_write):
            kind = FaultKind.FILE_READ if major else FaultKind.FILE_MAPPED
            access = Access.EXEC if area.prot & Prot.X else Access.READ
            if area.shared and may_write:
                access = Access.WRITE  # which of the two no one tells; most shared memory is first written
            page = Page(self.ledger.file_frame(area, vpn, raw), area.shared and may_write, of_file=True)
        elif area.file is not None:
            self.ledger.file_frame(area, vpn)
            kind, access = FaultKind.FILE_READ if major else FaultKind.COW_COPY, Access.WRITE
            page = Page(self.ledger.new_frame(raw), may_write)
        else:
            kind, access = FaultKind.DEMAND_ZERO, Access.WRITE
            page = Page(self.ledger.new_frame(raw), may_write)
            if vpn in memory.grown:
                kind = FaultKind.STACK_GROWTH
        old = self.ledger.cached.get((area.file, area.pgoff + vpn - area.start)) if area.file else None
        self.ledger.map(memory.pages, vpn, page)
        return Touched(pid, vpn, kind, access, area, page, old if kind is FaultKind.COW_COPY else None)

    def _written(self, pid: int, memory: _Memory, vpn: int, raw: int, area: Area, before: Page) -> Touched | None:
        """A fault on a page that is mapped: a write to a write-protected one, or nothing."""
        moved = before.writable and not before.of_file and self.ledger.has_moved(before, raw)  # by no rule of ours
        if raw & ZERO or (before.writable and not moved) or not area.prot & Prot.W:
            return None
        if area.shared:
            kind, page = FaultKind.FILE_MAPPED, Page(before.frame, True, of_file=True)
        elif before.frame == ZERO_PFN:
            kind, page = FaultKind.DEMAND_ZERO, Page(self.ledger.new_frame(raw), True)
        elif self.ledger.is_copy(before.frame, raw):
            kind, page = FaultKind.COW_COPY, Page(self.ledger.new_frame(raw), True)
        elif raw & FILE:
            return None
        else:
            kind, page = FaultKind.COW_REUSE, Page(before.frame, True)
            self.ledger.exclusive.add(before.frame)
        self.ledger.map(memory.pages, vpn, page)
        return Touched(pid, vpn, kind, Access.WRITE, area, page, before.frame)

    def _neighbours(self, memory: _Memory, around: Entries) -> Iterator[tuple[int, Page]]:
        """Pages that a file's fault mapped along."""
        for vpn, raw in around:
            area = memory.area(vpn)
            if area and area.file and raw & PRESENT and raw & FILE and vpn not in memory.pages:
                page = Page(self.ledger.file_frame(area, vpn, raw), False, of_file=True)
                self.ledger.map(memory.pages, vpn, page)
                yield vpn, page

    def _noticed(self, pid: int, memory: _Memory, entries: Entries, faults: int) -> Iterator[Happening]:
        """What changed without a fault in user mode: by as many faults of the kernel's own, or by none."""
        present = []
        gone, swapped = self._lost(memory, entries)
        for vpn, raw in entries:
            before = memory.pages.get(vpn)
            if not raw & PRESENT:
                continue
            if before and (frame := self.ledger.merged_into(before, raw)) is not None:
                yield self._merged(pid, vpn, frame)
            elif before is None or self.ledger.was_replaced(before, raw):
                touched = self._touched(pid, memory, vpn, raw)
                if touched and faults > 0:
                    yield replace(touched, by_kernel=True)
                    faults -= 1
                elif touched:
                    present.append((vpn, touched.page))
        if gone:
            yield Gone(pid, tuple(gone))
        if swapped:
            yield Swapped(pid, tuple(swapped))
        if present:
            yield Present(pid, tuple(present))

    def _lost(self, memory: _Memory, entries: Entries) -> tuple[list[int], list[int]]:
        """The pages that are mapped no more: those that are gone, and those whose entries name swap slots."""
        gone, swapped = list[int](), list[int]()
        for vpn, raw in entries:
            if raw & PRESENT:
                continue
            before, in_swap = memory.pages.pop(vpn, None), bool(raw & SWAPPED) and not raw & GUARD
            if not in_swap and vpn in memory.swapped:
                del memory.swapped[vpn]
                gone.append(vpn)
            if before is None:
                continue
            self.ledger.let_go(before)
            if in_swap:
                memory.swapped[vpn] = before
            (swapped if in_swap else gone).append(vpn)
        return gone, swapped

    def _merged(self, pid: int, vpn: int, frame: int) -> Merged:
        """A page has become one with others of that frame; none of them may be written without a copy."""
        self.ledger.map(self._processes[pid].pages, vpn, Page(frame, False))
        self.ledger.exclusive.discard(frame)
        found = []
        for owner, memory in self._processes.items():
            for page in [page for page, what in memory.pages.items() if what.frame == frame]:
                memory.pages[page] = replace(memory.pages[page], writable=False)
                found.append((owner, page))
        return Merged(frame, tuple(found))

    def _found(self, pid: int, memory: _Memory, entries: Entries) -> Present:
        """What a process has when we come: pages that others map too are write-protected, and those that fault."""
        for vpn, raw in entries:
            self._touched(pid, memory, vpn, raw)
            page = memory.pages.get(vpn)
            if page and not page.of_file and page.frame != ZERO_PFN:
                protected = not raw & MAPPED_ONCE or (pid, vpn) in self._protected
                memory.pages[vpn] = replace(page, writable=page.writable and not protected)
        return Present(pid, tuple(memory.pages.items()))

    # fork

    def _forked(self, fact: Forked) -> Iterator[Happening]:
        parent = self._processes[fact.parent]
        child = self._processes[fact.child] = _Memory(parent.names.child(), {}, parent.areas)
        for area in parent.areas:
            if not area.shared and area.prot & Prot.W:
                for vpn in _inside(area, parent.pages):
                    parent.pages[vpn] = replace(parent.pages[vpn], writable=False)
        for vpn, raw in fact.entries:
            where = parent.area(vpn)
            if raw & PRESENT and where:
                page = parent.pages.get(vpn)
                if page is None:  # mapped behind our back
                    page = self._unmet(where, vpn, raw)
                    self.ledger.map(parent.pages, vpn, page)
                self.ledger.map(child.pages, vpn, page)
                self.ledger.exclusive.discard(page.frame)
        child.swapped = dict(parent.swapped)
        for page in parent.swapped.values():
            self.ledger.exclusive.discard(page.frame)
        yield Split(fact.parent, fact.child, child.areas, tuple(child.pages.items()))
        for vpn, raw in () if fact.late else fact.entries:  # fork itself writes the child's id into the child
            page = child.pages.get(vpn)
            if page and not page.of_file and self.ledger.was_replaced(page, raw):
                touched = self._touched(fact.child, child, vpn, raw)
                if touched:
                    yield replace(touched, by_kernel=True)

    def _unmet(self, area: Area, vpn: int, raw: int) -> Page:
        """A page that was mapped behind our back, and is write-protected now."""
        if area.file is not None and raw & FILE:
            return Page(self.ledger.file_frame(area, vpn, raw), False, of_file=True)
        return Page(self.ledger.new_frame(raw), False)

    def _drop_all(self, pid: int) -> None:
        if pid in self._processes:
            for page in self._processes[pid].pages.values():
                self.ledger.let_go(page)
            self._processes[pid].pages.clear()


def _concerns(fact: Fact, vpn: int) -> TypeGuard[Faulted | Noticed]:
    """Whether the fact tells of a change of this page."""
    if isinstance(fact, Noticed):
        return any(page == vpn for page, _ in fact.entries)
    return isinstance(fact, Faulted) and (fact.vpn == vpn or any(page == vpn for page, _ in fact.around))


def _found_protected(facts: Sequence[Fact]) -> set[tuple[int, int]]:
    """Pages that fault before their process forks for the first time: if they were there, they were protected."""
    pages: set[tuple[int, int]] = set()
    forked: set[int] = set()
    for fact in facts:
        if isinstance(fact, Forked):
            forked.add(fact.parent)
        elif isinstance(fact, Faulted) and fact.pid not in forked:
            pages.add((fact.pid, fact.vpn))
    return pages


def _inside(area: Area, pages: dict[int, Page]) -> list[int]:
    """The pages of an area that are mapped."""
    if area.end - area.start < len(pages):
        return [vpn for vpn in range(area.start, area.end) if vpn in pages]
    return [vpn for vpn in pages if area.start <= vpn < area.end]
