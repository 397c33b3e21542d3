"""The machine of a recording: what happened in the pages to be drawn, done to a Machine, with the usual events."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from cowviz.memory import frames
from cowviz.memory.address_space import cleared, exit_address_space, split_at
from cowviz.memory.calls import processes
from cowviz.memory.calls.advice import ADVICE
from cowviz.memory.events import (
    Advised,
    Event,
    Execed,
    Exited,
    FileTruncated,
    Forked,
    PagedOut,
    PagesMerged,
    ProcessStarted,
    SignalSent,
    Waited,
    WriteProtected,
)
from cowviz.memory.machine import (
    Cell,
    FrameTag,
    Machine,
    Process,
    boot,
)
from cowviz.memory.profile import LINUX
from cowviz.memory.rare import swap
from cowviz.memory.rare.gaps import NotUnderstood
from cowviz.memory.tables.page_table import PageTable
from cowviz.record import recorded_faults
from cowviz.record.as_observed import gap, observe, observe_fork, observe_merged, set_regions
from cowviz.record.drawn_regions import DrawnRegions
from cowviz.record.inferred_events import (
    FileShortened,
    ForkObserved,
    InferredEvent,
    MappedPage,
    Merged,
    PagesGone,
    Present,
    RegionsMoved,
    RegionsSet,
    RegionTaken,
    Swapped,
    Touched,
)
from cowviz.record.observations import Hinted, Marked, ProcessEnded, Puzzle, Reaped, Signalled, Started
from cowviz.record.recorded_frames import RecordedFrames
from cowviz.record.regions import Scope

FRAMES = 1 << 20  # of physical memory, or as many as a recording has lifetimes of frames
_FLAGS = ("dontfork", "dofork", "wipeonfork", "keeponfork", "mergeable")  # hints that only regions remember
UNKNOWN = (Cell("", " "),)  # nobody looks into the pages: nothing is shown, not even that they are zero


@dataclass
class MachineBuilder:
    """Follows what was inferred; ``machine`` is memory as far as it is drawn."""

    scope: Scope
    pids: Mapping[int, int]  # the kernel's, of the processes that are drawn -> 1, 2, 3
    names: Mapping[int, Sequence[str]]  # by pid as drawn: at birth, and after each exec
    rename: Mapping[str, str] = field(default_factory=dict)  # of regions
    lifetimes: int = 0  # of frames, in the whole recording

    def __post_init__(self) -> None:
        self._memory = RecordedFrames(boot(LINUX, max(FRAMES, self.lifetimes), swap_slots=FRAMES))
        self._regions = DrawnRegions(self._memory, self.scope, self.rename)
        self._lives = {pid: iter(names) for pid, names in self.names.items()}

    @property
    def machine(self) -> Machine:
        """Return memory as far as it is drawn."""
        return self._memory.machine

    def follow(self, event: InferredEvent) -> list[Event]:
        """Do to the machine what happened; nothing where it concerns none of what is drawn.

        What cannot be done is told as a gap, and the machine is set to what was observed.
        """
        before = self.machine
        try:
            return self._followed(event)
        except Exception:  # a run is never lost for what the machine cannot do
            self._memory.machine = before
            return self._observed(event)

    def _followed(self, event: InferredEvent) -> list[Event]:
        match event:
            case ForkObserved():
                return self._split(event)
            case Merged(frame, pages):
                return self._merged(frame, pages)
            case Marked():
                return []
            case _:
                pid = self.pids.get(event.pid)
                if pid is None or (pid not in self.machine.processes and not isinstance(event, Started)):
                    return []
                return self._one(pid, event)

    def _observed(self, event: InferredEvent) -> list[Event]:
        """Take what was seen as it is; say that it was not understood."""
        told = gap(event)
        match event:
            case ForkObserved(_, child, areas):
                told = replace(told, pid=self.pids.get(event.parent, 0))
                if (pid := self.pids.get(child)) is not None:
                    self._memory.update(Process(pid, next(self._lives[pid], "?"), self.pids.get(event.parent)))
                    observe_fork(self._memory, self.machine.process(pid), self._regions.vmas(pid, areas), event)
            case Merged():
                observe_merged(self._memory, self._drawn(event.pages), event)
                told = replace(told, pid=next((pid for pid, _ in self._drawn(event.pages)), 0))
            case Marked():
                pass
            case _:
                pid = self.pids.get(event.pid, 0)
                told = replace(told, pid=pid)
                if isinstance(event, Started):
                    self._memory.update(Process(pid, next(self._lives[pid], "?"), None))
                elif isinstance(event, RegionsSet) or (isinstance(event, Touched) and event.areas):
                    set_regions(self._memory, pid, self._regions.vmas(pid, event.areas))
                observe(self._memory, pid, event)
        return [told]

    def _one(self, pid: int, event: InferredEvent) -> list[Event]:
        match event:
            case Touched():
                return self._touched(pid, event)
            case RegionsSet() | RegionTaken() | RegionsMoved():
                return self._regions.change(pid, event)
            case Present(_, pages):
                self._memory.map_all(pid, pages)
            case PagesGone(_, vpns):
                for vpn in vpns:
                    self._memory.machine, _ = cleared(self.machine, pid, vpn, vpn + 1)
            case Swapped(_, vpns):
                return self._swapped(pid, vpns)
            case Hinted():
                return self._hinted(pid, event)
            case _:
                return self._told(pid, event)
        return []

    def _told(self, pid: int, event: InferredEvent) -> list[Event]:
        """What concerns a process as a whole."""
        match event:
            case Started():
                return self._started(pid)
            case ProcessEnded(_, status):
                self._memory.machine, freed = exit_address_space(self.machine, pid, status)
                return [Exited(pid, status, freed)]
            case Reaped(_, parent):
                return self._reaped(pid, None if parent is None else self.pids.get(parent))
            case FileShortened(_, file, pages):
                return self._shortened(pid, file, pages)
            case Puzzle(_, vpn, what):
                return [NotUnderstood(pid, vpn, what)]
            case Signalled(_, signal, vpn) if self.machine.process(pid).vma(vpn):
                return [SignalSent(pid, signal, vpn)]
        return []

    def _touched(self, pid: int, touched: Touched) -> list[Event]:
        """A fault; of one that made a stack grow, the growth comes right after it was raised."""
        grown = self._regions.lay(pid, touched.areas) if touched.areas else []
        events = recorded_faults.resolve(self._memory, pid, touched)
        return [*events[:1], *grown, *events[1:]]

    def _shortened(self, pid: int, file: str, pages: int) -> list[Event]:
        """A file is cut. How long one is that became longer is not known to the machine, which has what was touched."""
        old = self.machine.files.get(file)
        if old is None:
            return []
        if pages < len(old.contents):
            for change in processes.ftruncate(self.machine, pid, file, pages):
                self._memory.machine = change.machine
        return [FileTruncated(pid, file, pages)]

    def _reaped(self, pid: int, parent: int | None) -> list[Event]:
        self._memory.update(replace(self.machine.process(pid), reaped=True))
        return [Waited(parent, pid)] if parent in self.machine.processes and parent is not None else []

    def _started(self, pid: int) -> list[Event]:
        old, name = self.machine.processes.get(pid), next(self._lives[pid])
        if old is None:
            self._memory.machine = self.machine.with_process(Process(pid, name, None))
            return [ProcessStarted(pid)]
        self._memory.machine, _ = exit_address_space(self.machine, pid, None)
        self._memory.machine = self.machine.with_process(replace(self.machine.process(pid), name=name))
        return [Execed(pid, name)]

    # Hints, swap, KSM

    def _hinted(self, pid: int, hint: Hinted) -> list[Event]:
        """What was advised of the regions that are drawn; what it does to pages is seen, what to regions done here."""
        outside = self.machine.process(pid).vmas
        events: list[Event] = []
        for vma in split_at(outside, hint.start, hint.start + hint.pages)[1]:
            events.append(Advised(pid, vma.start, vma.pages, hint.advice))
            if hint.advice in _FLAGS:
                self._memory.machine = ADVICE[hint.advice](self._memory.machine, pid, vma.start, vma.end)
        return events

    def _swapped(self, pid: int, vpns: tuple[int, ...]) -> list[Event]:
        """Let entries name swap slots; a page that the simulator would keep goes without one, and will be missed."""
        out = 0
        for vpn in vpns:
            for change in swap.page_out(self._memory.machine, pid, vpn, vpn + 1):
                self._memory.machine, out = change.machine, out + 1
            if self._maps(pid, vpn):
                self._memory.machine, _ = cleared(self.machine, pid, vpn, vpn + 1)
        return [PagedOut(pid, out)] if out else []

    def _maps(self, pid: int, vpn: int) -> bool:
        return self.machine.process(pid).pte(vpn) is not None

    def _merged(self, frame: int, pages: tuple[tuple[int, int], ...]) -> list[Event]:
        """Equal pages have one frame."""
        drawn = self._drawn(pages)
        used = {pte.pfn for pid, vpn in drawn if (pte := self.machine.process(pid).pte(vpn))}
        for pid, vpn in drawn:
            self._memory.map(pid, vpn, MappedPage(frame, False))
        if not drawn:
            return []
        pfn = self._memory.pfns[frame]
        self._memory.machine = frames.mark_shared(
            frames.with_tag(self._memory.machine, [pfn], FrameTag(ksm=True)), [pfn]
        )
        return [PagesMerged(pfn, len(drawn), tuple(sorted(one for one in used if one not in self.machine.frames)))]

    def _drawn(self, pages: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
        drawn = [(self.pids[pid], vpn) for pid, vpn in pages if self.pids.get(pid) in self.machine.processes]
        return [(pid, vpn) for pid, vpn in drawn if self.machine.process(pid).vma(vpn)]

    # fork

    def _split(self, split: ForkObserved) -> list[Event]:
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
            events += self._started(child) + self._regions.lay(child, split.areas)
            self._memory.map_all(child, split.pages)
            return events
        mother = self.machine.process(parent)
        drawn = [(vpn, mother.pte(vpn)) for vpn, _ in split.pages]
        entries = [(vpn, pte) for vpn, pte in drawn if pte is not None]
        vmas = tuple(vma for vma in mother.vmas if not vma.dontfork)
        process = Process(child, next(self._lives[child]), parent, vmas, PageTable.of(entries), swapped=mother.swapped)
        self._memory.machine = frames.mapped(self.machine.with_process(process), [pte.pfn for _, pte in entries])
        self._memory.machine = swap.shared(self._memory.machine, (slot for _, slot in mother.swapped.items()))
        return [*events, Forked(parent, child, len(entries))]

    def _write_protected(self, pid: int) -> list[Event]:
        process = self.machine.process(pid)
        table, count = processes.write_protected(process)
        self._memory.update(replace(process, table=table))
        return [WriteProtected(pid, count)] if count else []
