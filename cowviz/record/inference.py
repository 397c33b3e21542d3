"""What the facts mean: which fault was a copy and which a reuse, and which pages have one frame in common.

Where the kernel shows page frame numbers they decide. Where it does not, the rules do: a write to a write-protected
page whose frame has other owners is a copy, and a reuse where it has none. No entry says whether it is writable; the
rules say that too (fork takes it away, a write fault gives it).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace

from cowviz.linux.pagemap import FILE, MAPPED_ONCE, PRESENT
from cowviz.memory.events import Access, FaultKind
from cowviz.memory.machine import ZERO_PFN, Prot
from cowviz.record.frame_owners import FrameOwners
from cowviz.record.inferred_events import (
    ForkObserved,
    InferredEvent,
    MappedPage,
    Merged,
    PagesGone,
    Present,
    RegionsSet,
    Swapped,
    Touched,
)
from cowviz.record.observation_order import concerns, in_order, pages_protected_at_first
from cowviz.record.observations import (
    ZERO,
    Faulted,
    FileCut,
    ForkSeen,
    Hinted,
    Mapped,
    Marked,
    Moved,
    Noticed,
    Observation,
    PagemapEntries,
    ProcessEnded,
    Puzzle,
    Reaped,
    Regions,
    Signalled,
    Started,
)
from cowviz.record.process_memory import ProcessMemory, pages_inside, pages_lost
from cowviz.record.regions import RecordedRegion, RegionNames
from cowviz.record.rules import region_changes
from cowviz.record.rules.plain import as_seen, puzzle


class EventInference:
    """Goes through the facts in order, and says what each means."""

    def __init__(self) -> None:
        self._processes: dict[int, ProcessMemory] = {}
        self.owners = FrameOwners()
        self._protected: set[tuple[int, int]] = set()

    def infer(self, facts: Sequence[Observation]) -> Iterator[InferredEvent]:
        """Yield all that happened; a fact may mean nothing (a fault that changed nothing) or much."""
        self._protected = pages_protected_at_first(facts)
        for fact in in_order(facts, self._processes, self.owners):
            try:
                yield from list(self._understood(fact))
            except Exception:  # a run is never lost for what the rules do not explain
                yield puzzle(fact)
                with suppress(Exception):
                    yield from list(as_seen(self._processes, self.owners, fact))

    def _understood(self, fact: Observation) -> Iterator[InferredEvent]:
        memory = self._processes.get(fact.parent if isinstance(fact, ForkSeen) else fact.pid)
        if memory and memory.growth and not concerns(fact, memory.growth[0]):
            yield from region_changes.grown(memory)
        match fact:
            case Started():
                self._drop_all(fact.pid)
                self._processes[fact.pid] = ProcessMemory(RegionNames(fact.program))
                yield fact
            case ForkSeen():
                yield from self._forked(fact)
            case ProcessEnded():
                self._drop_all(fact.pid)
                self._processes.pop(fact.pid, None)
                yield fact
            case FileCut() if memory:
                yield from region_changes.cut(memory.names, self._processes.values(), self.owners, fact)
            case Marked() | Signalled() | Hinted() | Reaped() | Puzzle():
                yield fact
            case _ if memory:
                yield from self._in_memory(memory, fact)
                if not isinstance(fact, Regions):
                    yield from region_changes.grown(memory)

    def _in_memory(self, memory: ProcessMemory, fact: Observation) -> Iterator[InferredEvent]:
        match fact:
            case Mapped():
                yield from region_changes.mapped(memory, self.owners, fact)
            case Regions():
                yield from region_changes.laid(memory, self.owners, fact)
            case Moved():
                yield from region_changes.moved(memory, self.owners, fact)
            case Faulted(pid, vpn, raw, around, major, late):
                self.owners.is_late = late
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
                self.owners.is_late = False
                if is_first:
                    yield self._found(pid, memory, entries)
                    return
                yield from self._noticed(pid, memory, entries, faults)

    # Faults

    def _touched(self, pid: int, memory: ProcessMemory, vpn: int, raw: int, major: bool = False) -> Touched | None:
        """What a fault was, and the page after it; None where it changed nothing."""
        area, before = memory.area(vpn), memory.pages.get(vpn)
        if area is None:
            return None
        if before is not None:
            return self._written(pid, memory, vpn, raw, area, before)
        may_write, growth = bool(area.prot & Prot.W), memory.growth
        if (was := memory.swapped.pop(vpn, None)) is not None:
            kind, access = FaultKind.SWAP_IN if major else FaultKind.SWAP_CACHED, Access.READ
            own = was.frame in self.owners.exclusive
            page = MappedPage(self.owners.new_frame(raw), may_write and own)
            if not own:
                self.owners.exclusive.discard(page.frame)
        elif raw & ZERO:
            kind, access, page = FaultKind.ZERO_PAGE, Access.READ, MappedPage(ZERO_PFN, False)
        elif area.file is not None and (raw & FILE or not may_write):
            kind = FaultKind.FILE_READ if major else FaultKind.FILE_MAPPED
            access = Access.EXEC if area.prot & Prot.X else Access.READ
            if area.shared and may_write:
                access = Access.WRITE  # which of the two no one tells; most shared memory is first written
            page = MappedPage(self.owners.file_frame(area, vpn, raw), area.shared and may_write, of_file=True)
        elif area.file is not None:
            self.owners.file_frame(area, vpn)
            kind, access = FaultKind.FILE_READ if major else FaultKind.COW_COPY, Access.WRITE
            page = MappedPage(self.owners.new_frame(raw), may_write)
        else:
            kind, access = FaultKind.DEMAND_ZERO, Access.WRITE
            page = MappedPage(self.owners.new_frame(raw), may_write)
        areas: tuple[RecordedRegion, ...] = ()
        if growth and growth[0] == vpn:
            kind, areas, memory.growth = FaultKind.STACK_GROWTH, growth[1].areas, None
        old = self.owners.cached.get((area.file, area.pgoff + vpn - area.start)) if area.file else None
        self.owners.map(memory.pages, vpn, page)
        copied = old if kind is FaultKind.COW_COPY else None
        return Touched(pid, vpn, kind, access, area, page, copied, areas=areas)

    def _written(
        self, pid: int, memory: ProcessMemory, vpn: int, raw: int, area: RecordedRegion, before: MappedPage
    ) -> Touched | None:
        """A fault on a page that is mapped: a write to a write-protected one, or nothing."""
        moved = before.writable and not before.of_file and self.owners.has_moved(before, raw)  # by no rule of ours
        if raw & ZERO or (before.writable and not moved) or not area.prot & Prot.W:
            return None
        if area.shared:
            kind, page = FaultKind.FILE_MAPPED, MappedPage(before.frame, True, of_file=True)
        elif before.frame == ZERO_PFN:
            kind, page = FaultKind.DEMAND_ZERO, MappedPage(self.owners.new_frame(raw), True)
        elif self.owners.is_untouched(before.frame, raw):
            return None
        elif self.owners.is_copy(before.frame, raw):
            kind, page = FaultKind.COW_COPY, MappedPage(self.owners.new_frame(raw), True)
        elif raw & FILE:
            return None
        else:
            kind, page = FaultKind.COW_REUSE, MappedPage(before.frame, True)
            self.owners.exclusive.add(before.frame)
        self.owners.map(memory.pages, vpn, page)
        return Touched(pid, vpn, kind, Access.WRITE, area, page, before.frame)

    def _neighbours(self, memory: ProcessMemory, around: PagemapEntries) -> Iterator[tuple[int, MappedPage]]:
        """Pages that a file's fault mapped along."""
        for vpn, raw in around:
            area = memory.area(vpn)
            if area and area.file and raw & PRESENT and raw & FILE and vpn not in memory.pages:
                page = MappedPage(self.owners.file_frame(area, vpn, raw), False, of_file=True)
                self.owners.map(memory.pages, vpn, page)
                yield vpn, page

    def _noticed(
        self, pid: int, memory: ProcessMemory, entries: PagemapEntries, faults: int
    ) -> Iterator[InferredEvent]:
        """What changed without a fault in user mode: by as many faults of the kernel's own, or by none."""
        present = []
        gone, swapped = pages_lost(memory, entries, self.owners)
        for vpn, raw in entries:
            before = memory.pages.get(vpn)
            if not raw & PRESENT:
                continue
            if before and (frame := self.owners.merged_into(before, raw)) is not None:
                yield self._merged(pid, vpn, frame)
            elif before is None or self.owners.was_replaced(before, raw):
                touched = self._touched(pid, memory, vpn, raw)
                if touched and faults > 0:
                    yield replace(touched, by_kernel=True)
                    faults -= 1
                elif touched:
                    if touched.areas:
                        yield RegionsSet(pid, touched.areas)
                    present.append((vpn, touched.page))
        if gone:
            yield PagesGone(pid, tuple(gone))
        if swapped:
            yield Swapped(pid, tuple(swapped))
        if present:
            yield Present(pid, tuple(present))

    def _merged(self, pid: int, vpn: int, frame: int) -> Merged:
        """A page has become one with others of that frame; none of them may be written without a copy."""
        self.owners.map(self._processes[pid].pages, vpn, MappedPage(frame, False))
        self.owners.exclusive.discard(frame)
        found = []
        for owner, memory in self._processes.items():
            for page in [page for page, what in memory.pages.items() if what.frame == frame]:
                memory.pages[page] = replace(memory.pages[page], writable=False)
                found.append((owner, page))
        return Merged(frame, tuple(found))

    def _found(self, pid: int, memory: ProcessMemory, entries: PagemapEntries) -> Present:
        """What a process has when we come: pages that others map too are write-protected, and those that fault."""
        for vpn, raw in entries:
            self._touched(pid, memory, vpn, raw)
            page = memory.pages.get(vpn)
            if page and not page.of_file and page.frame != ZERO_PFN:
                protected = not raw & MAPPED_ONCE or (pid, vpn) in self._protected
                memory.pages[vpn] = replace(page, writable=page.writable and not protected)
        return Present(pid, tuple(memory.pages.items()))

    # fork

    def _forked(self, fact: ForkSeen) -> Iterator[InferredEvent]:
        parent = self._processes[fact.parent]
        child = self._processes[fact.child] = ProcessMemory(parent.names.child(), {}, parent.areas)
        for area in parent.areas:
            if not area.shared and area.prot & Prot.W:
                for vpn in pages_inside(area, parent.pages):
                    parent.pages[vpn] = replace(parent.pages[vpn], writable=False)
        for vpn, raw in fact.entries:
            where = parent.area(vpn)
            if raw & PRESENT and where:
                page = parent.pages.get(vpn)
                if page is None:  # mapped behind our back
                    page = self._unmet(where, vpn, raw)
                    self.owners.map(parent.pages, vpn, page)
                self.owners.map(child.pages, vpn, page)
                self.owners.exclusive.discard(page.frame)
        child.swapped = dict(parent.swapped)
        for page in parent.swapped.values():
            self.owners.exclusive.discard(page.frame)
        yield ForkObserved(fact.parent, fact.child, child.areas, tuple(child.pages.items()))
        for vpn, raw in () if fact.late else fact.entries:  # fork itself writes the child's id into the child
            page = child.pages.get(vpn)
            if page and not page.of_file and self.owners.was_replaced(page, raw):
                touched = self._touched(fact.child, child, vpn, raw)
                if touched:
                    yield replace(touched, by_kernel=True)

    def _unmet(self, area: RecordedRegion, vpn: int, raw: int) -> MappedPage:
        """A page that was mapped behind our back, and is write-protected now."""
        if area.file is not None and raw & FILE:
            return MappedPage(self.owners.file_frame(area, vpn, raw), False, of_file=True)
        return MappedPage(self.owners.new_frame(raw), False)

    def _drop_all(self, pid: int) -> None:
        if pid in self._processes:
            for page in self._processes[pid].pages.values():
                self.owners.let_go(page)
            self._processes[pid].pages.clear()
