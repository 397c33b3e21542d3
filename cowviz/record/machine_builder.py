"""The machine of a recording: what happened in the pages to be drawn, done to a Machine, with the usual events."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from cowviz.memory import frames
from cowviz.memory.address_space import cleared, exit_address_space, split_at
from cowviz.memory.calls.advice import ADVICE
from cowviz.memory.events import (
    Access,
    Accessed,
    Advised,
    Event,
    Execed,
    Exited,
    FaultKind,
    FaultRaised,
    Forked,
    FrameAllocated,
    FrameCopied,
    FrameFilled,
    FrameSwappedIn,
    PagedOut,
    PageMapped,
    PageReused,
    PagesMerged,
    ProcessStarted,
    ProtectionChanged,
    RegionMapped,
    RegionUnmapped,
    Severity,
    SignalSent,
    WriteProtected,
)
from cowviz.memory.machine import (
    PAGE_SIZE,
    ZERO_PFN,
    Cell,
    File,
    Frame,
    Machine,
    Process,
    Prot,
    Pte,
    Special,
    Vma,
    boot,
)
from cowviz.memory.page_table import Radix
from cowviz.memory.profile import LINUX
from cowviz.memory.rare import swap
from cowviz.memory.resolvers import RESOLVERS, Fault, counted
from cowviz.record.inferred_events import Gone, Happening, Laid, Merged, Page, Present, Split, Swapped, Touched
from cowviz.record.observations import Ended, Hinted, Signalled, Started
from cowviz.record.regions import Area, Scope

FRAMES = 1 << 20  # of physical memory, or as many as a recording has lifetimes of frames
_FLAGS = ("dontfork", "dofork", "wipeonfork", "keeponfork", "mergeable")  # hints that only regions remember
UNKNOWN = (Cell("", " "),)  # nobody looks into the pages: nothing is shown, not even that they are zero


@dataclass
class Mirror:
    """Follows the happenings; ``machine`` is memory as far as it is drawn."""

    scope: Scope
    pids: Mapping[int, int]  # the kernel's, of the processes that are drawn -> 1, 2, 3
    names: Mapping[int, Sequence[str]]  # by pid as drawn: at birth, and after each exec
    rename: Mapping[str, str] = field(default_factory=dict)  # of regions
    lifetimes: int = 0  # of frames, in the whole recording
    machine: Machine = field(init=False)

    def __post_init__(self) -> None:
        self.machine = boot(LINUX, max(FRAMES, self.lifetimes), swap_slots=FRAMES)
        self._lives = {pid: iter(names) for pid, names in self.names.items()}
        self._pfns: dict[int, int] = {ZERO_PFN: ZERO_PFN}  # frame of the recording -> of the machine

    def follow(self, happening: Happening) -> list[Event]:
        """Do to the machine what happened; nothing where it concerns none of what is drawn."""
        match happening:
            case Split():
                return self._split(happening)
            case Merged(frame, pages):
                return self._merged(frame, pages)
            case Touched() | Laid() | Present() | Gone() | Swapped() | Hinted() | Started() | Ended() | Signalled():
                pid = self.pids.get(happening.pid)
                if pid is None or (pid not in self.machine.processes and not isinstance(happening, Started)):
                    return []
                return self._one(pid, happening)
        return []

    def _one(self, pid: int, happening: Happening) -> list[Event]:
        match happening:
            case Touched():
                return self._touched(pid, happening)
            case Laid(_, areas):
                return self._laid(pid, areas)
            case Present(_, pages):
                self._put_all(pid, pages)
            case Gone(_, vpns):
                for vpn in vpns:
                    self.machine, _ = cleared(self.machine, pid, vpn, vpn + 1)
            case Swapped(_, vpns):
                return self._swapped(pid, vpns)
            case Hinted():
                return self._hinted(pid, happening)
            case Started():
                return self._started(pid)
            case Ended(_, status):
                self.machine, freed = exit_address_space(self.machine, pid, status)
                return [Exited(pid, status, freed)]
            case Signalled(_, signal, vpn) if self.machine.process(pid).vma(vpn):
                return [SignalSent(pid, signal, vpn)]
        return []

    def _started(self, pid: int) -> list[Event]:
        old, name = self.machine.processes.get(pid), next(self._lives[pid])
        if old is None:
            self.machine = self.machine.with_process(Process(pid, name, None))
            return [ProcessStarted(pid)]
        self.machine, _ = exit_address_space(self.machine, pid, None)
        self.machine = self.machine.with_process(replace(self.machine.process(pid), name=name))
        return [Execed(pid, name)]

    # Regions

    def _laid(self, pid: int, areas: tuple[Area, ...]) -> list[Event]:
        """Give the process these regions; pages outside of them go."""
        old = self.machine.process(pid).vmas
        private = [vma for vma in old if vma.has_private]
        new = []
        for area in filter(self.scope.holds, areas):
            start, end = self.scope.cut(area)
            vma = self._vma(area, start, end)
            had = any(was.start < end and start < was.end for was in private)
            was = next((was for was in old if was.start <= start < was.end), vma)
            hints = {"dontfork": was.dontfork, "wipeonfork": was.wipeonfork, "mergeable": was.mergeable}
            new.append(replace(vma, has_private=had, **hints))  # type: ignore[arg-type]  # these three are booleans
        events: list[Event] = []
        for lost in _outside(old, new):
            self.machine, _ = cleared(self.machine, pid, lost.start, lost.end)
            events.append(RegionUnmapped(pid, lost.start, lost.pages))
        self.machine = self.machine.with_process(replace(self.machine.process(pid), vmas=tuple(new)))
        self._keep_rights(pid)
        events += [RegionMapped(pid, vma.start, vma.pages) for vma in _outside(new, old)]
        for vma in new:
            if any(was.name == vma.name and was.prot != vma.prot and was.start <= vma.start < was.end for was in old):
                events.append(ProtectionChanged(pid, vma.start, vma.pages, vma.prot))
        return events

    def _vma(self, area: Area, start: int, end: int) -> Vma:
        pgoff = area.pgoff + start - area.start if area.file else 0
        if area.file:
            self._file(area.file, 1)
        name = self.rename.get(area.name, area.name)
        return Vma(start, end, area.prot, area.section, name, area.file, pgoff, area.shared and bool(area.file))

    def _keep_rights(self, pid: int) -> None:
        """Entries allow no more than their region; what was the process's alone gets its W back (mprotect)."""
        process = self.machine.process(pid)
        table = process.table
        for vma in process.vmas:
            wrong = []
            for vpn, pte in table.items(vma.start, vma.end):
                frame = self.machine.frames.get(pte.pfn)
                own = vma.shared or bool(frame and frame.exclusive)
                prot = vma.prot if own else vma.prot & ~Prot.W
                if pte.prot != prot:
                    wrong.append((vpn, Pte(pte.pfn, prot)))
            table = table.updated(wrong) if wrong else table
        if table is not process.table:
            self.machine = self.machine.with_process(replace(process, table=table))

    # Faults

    def _touched(self, pid: int, touched: Touched) -> list[Event]:
        """A fault and how it was resolved; where only its neighbours are drawn, they are mapped."""
        vma, kind, vpn = self.machine.process(pid).vma(touched.vpn), touched.kind, touched.vpn
        if vma is None:
            self._put_all(pid, touched.around)
            return []
        before, major = self.machine.process(pid).pte(vpn), kind.severity is Severity.MAJOR
        self.machine = counted(self.machine, pid, minor=not major, major=major)
        raised = FaultRaised(pid, vpn, touched.access, kind, before is not None)
        if kind is FaultKind.COW_REUSE and before is not None:
            self._put(pid, vpn, touched.page)
            self.machine = counted(self.machine, pid, reuses=1)
            return [raised, PageReused(pid, vpn, before.pfn), Accessed(pid, vpn, touched.access)]
        if kind in (FaultKind.SWAP_IN, FaultKind.SWAP_CACHED) and vpn in self.machine.process(pid).swapped:
            return [raised, *self._swapped_in(pid, vma, touched), Accessed(pid, vpn, touched.access)]
        resolved = self._resolved(pid, vma, touched, before)
        return [raised, *resolved, Accessed(pid, vpn, touched.access)]

    def _resolved(self, pid: int, vma: Vma, touched: Touched, before: Pte | None) -> list[Event]:
        """Frames taken and copied, and the page mapped."""
        kind, vpn = touched.kind, touched.vpn
        is_copy = kind is FaultKind.COW_COPY or (kind is FaultKind.FILE_READ and not touched.page.of_file)
        source = before.pfn if before else self._file_frame(vma, vpn) if is_copy else None
        used = self.machine.free.used
        self._put(pid, vpn, touched.page)
        pfn = self._pfns[touched.page.frame]
        events: list[Event] = []
        if self.machine.free.used > used:
            frame = self.machine.frames.get(pfn)
            if frame is None or not frame.cache:
                events.append(FrameAllocated(pid, pfn))
            elif kind is FaultKind.FILE_READ:
                events.append(FrameFilled(pid, pfn, *frame.cache))
        if is_copy and source is not None:
            self.machine = counted(self.machine, pid, copies=1, copied_bytes=PAGE_SIZE)
            events.append(FrameCopied(pid, source, pfn))
        self._put_all(pid, touched.around)
        pages = 1 + sum(neighbour in vma for neighbour, _ in touched.around)
        return [*events, PageMapped(pid, vpn, pfn, before.pfn if before else None, kind, pages)]

    def _put_all(self, pid: int, pages: Iterable[tuple[int, Page]]) -> None:
        for vpn, page in pages:
            self._put(pid, vpn, page)

    def _put(self, pid: int, vpn: int, page: Page) -> None:
        """Map a page to its frame, which is taken where it is new; nothing where the page is not drawn."""
        process = self.machine.process(pid)
        vma = process.vma(vpn)
        if vma is None:
            return
        is_file = page.of_file
        pfn = self._file_frame(vma, vpn) if is_file else self._private_frame(page.frame)
        self._pfns[page.frame] = pfn
        if not is_file and pfn != ZERO_PFN and not vma.has_private:
            vmas = tuple(replace(one, has_private=True) if one is vma else one for one in process.vmas)
            self.machine = self.machine.with_process(replace(process, vmas=vmas))
        prot = vma.prot if page.writable else vma.prot & ~Prot.W
        self.machine = frames.remap(self.machine, pid, vpn, Pte(pfn, prot))
        if page.writable and not is_file:
            self.machine = frames.made_exclusive(self.machine, pfn)

    def _private_frame(self, frame: int) -> int:
        """The machine's frame for one of the recording: a new one is the next that was never used."""
        pfn = self._pfns.get(frame)
        if pfn is not None and (pfn == ZERO_PFN or pfn in self.machine.frames):
            return pfn
        return self._taken(Frame(UNKNOWN, 0, None, exclusive=True))

    def _taken(self, frame: Frame) -> int:
        free = self.machine.free
        pfn = free.order[free.used]
        self.machine = replace(
            self.machine, free=replace(free, used=free.used + 1), frames=self.machine.frames.set(pfn, frame)
        )
        return pfn

    def _file_frame(self, vma: Vma, vpn: int) -> int:
        """The page cache's frame, which is there from now on."""
        assert vma.file is not None
        offset = vma.offset(vpn)
        pfn = frames.cached(self.machine, vma.file, offset)
        if pfn is None:
            self._file(vma.file, offset + 1)
            pfn = self._taken(Frame(UNKNOWN, 0, (vma.file, offset)))
            pages = self.machine.cache.get(vma.file, Radix[int]()).set(offset, pfn)
            self.machine = replace(self.machine, cache={**self.machine.cache, vma.file: pages})
        return pfn

    def _file(self, name: str, pages: int) -> None:
        """Have a file of at least so many pages: of a real one only those that were touched are told."""
        old = self.machine.files.get(name)
        if old is None or len(old.contents) < pages:
            on_disk = not name.startswith("shared")
            file = File(name, (UNKNOWN,) * pages, on_disk, anonymous=not on_disk)
            self.machine = replace(self.machine, files={**self.machine.files, name: file})

    # Hints, swap, KSM

    def _hinted(self, pid: int, hint: Hinted) -> list[Event]:
        """What was advised of the regions that are drawn; what it does to pages is seen, what to regions done here."""
        outside = self.machine.process(pid).vmas
        events: list[Event] = []
        for vma in split_at(outside, hint.start, hint.start + hint.pages)[1]:
            events.append(Advised(pid, vma.start, vma.pages, hint.advice))
            if hint.advice in _FLAGS:
                self.machine = ADVICE[hint.advice](self.machine, pid, vma.start, vma.end)
        return events

    def _swapped(self, pid: int, vpns: tuple[int, ...]) -> list[Event]:
        """Entries name swap slots; what may not go by the simulator's rules goes without one, and will be missed."""
        out = 0
        for vpn in vpns:
            for change in swap.page_out(self.machine, pid, vpn, vpn + 1):
                self.machine, out = change.machine, out + 1
            self.machine, _ = cleared(self.machine, pid, vpn, vpn + 1) if self._maps(pid, vpn) else (self.machine, ())
        return [PagedOut(pid, out)] if out else []

    def _maps(self, pid: int, vpn: int) -> bool:
        return self.machine.process(pid).pte(vpn) is not None

    def _swapped_in(self, pid: int, vma: Vma, touched: Touched) -> list[Event]:
        """A page comes back, from the swap cache or from the disk, as the simulator's kernel does it."""
        number = self.machine.process(pid).swapped.get(touched.vpn)
        assert number is not None
        slot, events = swap.slot_of(self.machine, number), list[Event]()
        if touched.kind is FaultKind.SWAP_IN or slot.pfn is None:
            pfn = self._taken(Frame(UNKNOWN, 0, special=Special(slot=number)))
            self.machine = replace(self.machine, swap=self.machine.swap.set(number, slot._replace(pfn=pfn)))
            if slot.pfn is not None:
                self.machine = frames.release(self.machine, [slot.pfn])
            events.append(FrameSwappedIn(pid, pfn, number))
        fault = Fault(pid, touched.vpn, Access.READ, touched.kind, vma, None)
        for change in RESOLVERS[touched.kind](self.machine, fault):
            self.machine = change.machine
            events.append(change.event)
        pte = self.machine.process(pid).pte(touched.vpn)
        assert pte is not None
        self._pfns[touched.page.frame] = pte.pfn
        return events

    def _merged(self, frame: int, pages: tuple[tuple[int, int], ...]) -> list[Event]:
        """Equal pages have one frame."""
        drawn = [(self.pids[pid], vpn) for pid, vpn in pages if self.pids.get(pid) in self.machine.processes]
        drawn = [(pid, vpn) for pid, vpn in drawn if self.machine.process(pid).vma(vpn)]
        used = {pte.pfn for pid, vpn in drawn if (pte := self.machine.process(pid).pte(vpn))}
        for pid, vpn in drawn:
            self._put(pid, vpn, Page(frame, False))
        if not drawn:
            return []
        pfn = self._pfns[frame]
        self.machine = frames.mark_shared(frames.with_special(self.machine, [pfn], Special(ksm=True)), [pfn])
        return [PagesMerged(pfn, len(drawn), tuple(sorted(one for one in used if one not in self.machine.frames)))]

    # fork

    def _split(self, split: Split) -> list[Event]:
        """A child with the parent's regions, and those of its pages that fork copies; either may not be drawn."""
        parent, child = self.pids.get(split.parent), self.pids.get(split.child)
        events: list[Event] = []
        if parent is not None and parent in self.machine.processes:
            events += self._write_protected(parent)
        else:
            parent = None
        if child is None:
            return events
        if parent is None:
            events += self._started(child) + self._laid(child, split.areas)
            self._put_all(child, split.pages)
            return events
        mother = self.machine.process(parent)
        drawn = [(vpn, mother.pte(vpn)) for vpn, _ in split.pages]
        entries = [(vpn, pte) for vpn, pte in drawn if pte is not None]
        vmas = tuple(vma for vma in mother.vmas if not vma.dontfork)
        process = Process(child, next(self._lives[child]), parent, vmas, Radix.of(entries), swapped=mother.swapped)
        self.machine = frames.mapped(self.machine.with_process(process), [pte.pfn for _, pte in entries])
        self.machine = swap.shared(self.machine, (slot for _, slot in mother.swapped.items()))
        return [*events, Forked(parent, child, len(entries))]

    def _write_protected(self, pid: int) -> list[Event]:
        process = self.machine.process(pid)
        table, count = process.table, 0
        for vma in filter(lambda vma: vma.is_private_writable, process.vmas):
            pages = table.items(vma.start, vma.end)
            protected = [(vpn, Pte(pte.pfn, pte.prot & ~Prot.W)) for vpn, pte in pages if pte.prot & Prot.W]
            table, count = table.updated(protected), count + len(protected)
        self.machine = self.machine.with_process(replace(process, table=table))
        return [WriteProtected(pid, count)] if count else []


def _outside(vmas: Iterable[Vma], others: Iterable[Vma]) -> list[Vma]:
    """The parts of regions where there is none of the others."""
    parts = tuple(vmas)
    for other in others:
        parts, _ = split_at(parts, other.start, other.end)
    return list(parts)
