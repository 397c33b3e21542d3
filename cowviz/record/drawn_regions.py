"""The regions of a recording in a Machine, as far as they are drawn: mapped, cut, moved, protected."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from cowviz.memory.address_space import cleared, dropped, split_at
from cowviz.memory.calls import processes
from cowviz.memory.events import Event, ProtectionChanged, RegionMapped, RegionMoved, RegionUnmapped
from cowviz.memory.machine import Machine, Prot, Pte, Vma
from cowviz.record.inferred_events import RegionsMoved, RegionsSet, RegionTaken
from cowviz.record.recorded_frames import RecordedFrames
from cowviz.record.regions import RecordedRegion, Scope


@dataclass
class DrawnRegions:
    """Changes the regions of a recording's machine."""

    memory: RecordedFrames
    scope: Scope
    rename: Mapping[str, str]

    @property
    def _machine(self) -> Machine:
        return self.memory.machine

    def change(self, pid: int, event: RegionsSet | RegionTaken | RegionsMoved) -> list[Event]:
        """Do what an event says of regions."""
        match event:
            case RegionsSet(_, areas):
                return self.lay(pid, areas)
            case RegionTaken(_, start, pages):
                return self.take(pid, start, pages)
            case RegionsMoved():
                return self.move(pid, event)

    def lay(self, pid: int, areas: tuple[RecordedRegion, ...]) -> list[Event]:
        """Give the process these regions; pages outside of them go."""
        old, new = self._machine.process(pid).vmas, self.vmas(pid, areas)
        events: list[Event] = []
        for lost in _outside(old, new):
            self.memory.machine, _ = cleared(self._machine, pid, lost.start, lost.end)
            events.append(RegionUnmapped(pid, lost.start, lost.pages))
        self.memory.update(replace(self._machine.process(pid), vmas=new))
        self._keep_rights(pid)
        events += [RegionMapped(pid, vma.start, vma.pages) for vma in _outside(new, old)]
        for vma in new:
            if any(was.name == vma.name and was.prot != vma.prot and was.start <= vma.start < was.end for was in old):
                events.append(ProtectionChanged(pid, vma.start, vma.pages, vma.prot))
        return events

    def vmas(self, pid: int, areas: Iterable[RecordedRegion]) -> tuple[Vma, ...]:
        """Return the regions that are drawn, with what the process's former ones there remember."""
        old = self._machine.process(pid).vmas
        private = [vma for vma in old if vma.has_private]
        new = []
        for area in filter(self.scope.holds, areas):
            start, end = self.scope.cut(area)
            vma = self._vma(area, start, end)
            had = any(was.start < end and start < was.end for was in private)
            was = next((was for was in old if was.start <= start < was.end), vma)
            pgoff = was.offset(start) if was.pgoff and vma.file is None else vma.pgoff
            hints = {"dontfork": was.dontfork, "wipeonfork": was.wipeonfork, "mergeable": was.mergeable}
            new.append(replace(vma, has_private=had, pgoff=pgoff, **hints))  # type: ignore[arg-type]  # booleans
        return tuple(new)

    def take(self, pid: int, start: int, pages: int) -> list[Event]:
        """Take away what is in a range."""
        inside = split_at(self._machine.process(pid).vmas, start, start + pages)[1]
        if inside:
            self.memory.machine, _ = dropped(self._machine, pid, start, start + pages)
        return [RegionUnmapped(pid, vma.start, vma.pages) for vma in inside]

    def move(self, pid: int, moved: RegionsMoved) -> list[Event]:
        """Move what is in a range, region by region, as mremap does."""
        inside = split_at(self._machine.process(pid).vmas, moved.start, moved.start + moved.pages)[1]
        events: list[Event] = []
        for vma in inside:
            to = vma.start - moved.start + moved.to
            for change in processes.mremap(self._machine, pid, vma.start, vma.pages, to):
                self.memory.machine = change.machine
            events.append(RegionMoved(pid, vma.start, to, vma.pages))
        return events

    def _vma(self, area: RecordedRegion, start: int, end: int) -> Vma:
        pgoff = area.pgoff + start - area.start if area.file else 0
        if area.file:
            self.memory.have_file(area.file, 1)
        name = self.rename.get(area.name, area.name)
        return Vma(start, end, area.prot, area.section, name, area.file, pgoff, area.shared and bool(area.file))

    def _keep_rights(self, pid: int) -> None:
        """Let entries allow no more than their region; what was the process's alone gets its W back (mprotect)."""
        process = self._machine.process(pid)
        table = process.table
        for vma in process.vmas:
            wrong = []
            for vpn, pte in table.items(vma.start, vma.end):
                frame = self._machine.frames.get(pte.pfn)
                own = vma.shared or bool(frame and frame.exclusive)
                prot = vma.prot if own else vma.prot & ~Prot.W
                if pte.prot != prot:
                    wrong.append((vpn, Pte(pte.pfn, prot)))
            table = table.updated(wrong) if wrong else table
        if table is not process.table:
            self.memory.update(replace(process, table=table))


def _outside(vmas: Iterable[Vma], others: Iterable[Vma]) -> list[Vma]:
    """The parts of regions where there is none of the others."""
    parts = tuple(vmas)
    for other in others:
        parts, _ = split_at(parts, other.start, other.end)
    return list(parts)
