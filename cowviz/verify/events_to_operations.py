"""What happened in a story, event by event, told again as operations that simulator and kernel can do.

What was in memory when a process began is touched first; its pages of files are read, its private ones written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from cowviz.linux.madvise import ADVICE
from cowviz.memory import events as happened
from cowviz.memory.events import Access, Event, FaultKind
from cowviz.memory.machine import Machine, Process, Prot, Section, Vma
from cowviz.verify.facts import Op
from cowviz.verify.files import Unsupported

FAR = 2000  # pages: where an address lies that is in no region's neighbourhood
_NOTHING_DONE = (
    happened.FrameAllocated,
    happened.FrameCopied,
    happened.FrameFilled,
    happened.FrameSwappedIn,
    happened.PageMapped,
    happened.PageReused,
    happened.WriteProtected,
    happened.PagedOut,  # the hint before it was told
    happened.FramesReclaimed,  # here there are frames enough: what was taken back is found again, by a minor fault
    happened.MappingSplit,
    happened.SignalSent,  # of the fault before it; where the process dies of it, that is an event of its own
    happened.Waited,
    happened.FileWritten,  # the page was read before, and writing it out changes no page table
)


@dataclass(frozen=True, slots=True)
class Deed:
    """One operation of the scenario, in the step (from 1) that it belongs to; ``setup`` was no operation there."""

    step: int
    op: Op
    setup: bool = False


@dataclass(slots=True)
class _KnownRegion:
    name: str
    start: int  # virtual page numbers of the simulator
    end: int
    low: int  # a stack that has grown begins here


@dataclass
class Retelling:
    """Turns events into operations, one after another."""

    deeds: list[Deed] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)  # "P0" -> "Parent"
    procs: dict[int, str] = field(default_factory=dict)
    regions: dict[int, list[_KnownRegion]] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)  # file -> "memfd", "tmpfs", "ext4"
    borrowing: set[int] = field(default_factory=set)  # vfork children that have not called exec
    step: int = 0
    later: Sequence[Event] = ()
    setup: bool = False
    grown: bool = False  # the next region mapped is a stack's growth

    def tell(self, step: int, event: Event, machine: Machine, later: Sequence[Event]) -> None:
        """Retell one event, with the machine after it and after ``later`` ones. Raises Unsupported."""
        self.step, self.later = step, later
        if isinstance(event, _NOTHING_DONE):
            return
        if type(event) not in _TOLD:
            raise Unsupported(f"what happens in step {step} ({type(event).__name__}) has no counterpart in verify")
        _TOLD[type(event)](self, event, machine)

    def _do(self, op: str, pid: int, **more: Any) -> None:
        deed = Deed(self.step, Op(op, self.procs[pid], **more), self.setup)
        joined = _joined(self.deeds[-1], deed) if self.deeds else None
        self.deeds[-1:] = [joined] if joined else [*self.deeds[-1:], deed]

    def started(self, event: happened.ProcessStarted, machine: Machine) -> None:
        self.setup = True
        self.born(event.pid, machine)
        if len(self.procs) > 1:
            self.deeds.append(Deed(self.step, Op("start", "", child=self.procs[event.pid]), setup=True))
        self.load(machine, machine.process(event.pid))
        self.setup = False

    def execed(self, event: happened.Execed, machine: Machine) -> None:
        self.setup = True
        if event.pid in self.borrowing:  # what it leaves is its parent's
            self.borrowing.discard(event.pid)
            self._do("exit", event.pid)
            self.deeds.append(Deed(self.step, Op("start", "", child=self.procs[event.pid]), setup=True))
            self.regions[event.pid] = []
        for region in self.regions[event.pid]:
            self._do("munmap", event.pid, region=region.name, page=region.low - region.start, n=region.end - region.low)
        self.regions[event.pid] = []
        self.load(machine, machine.process(event.pid))
        self.setup = False

    def mapped(self, event: happened.RegionMapped, machine: Machine) -> None:
        if self.grown:  # by the fault, not by a call
            self.grown = False
            stack = next(r for r in self.regions[event.pid] if r.low == event.start + event.pages)
            stack.low = event.start
            return
        vma = machine.process(event.pid).vma(event.start)
        if vma is None:
            raise Unsupported(f"step {self.step} maps a region and takes it away in one go")
        new = vma.part(event.start, event.start + event.pages)  # it may be one with an older one
        self.map(machine, event.pid, new, new.prot)

    def unmapped(self, event: happened.RegionUnmapped, _machine: Machine) -> None:
        for region, page, n in self.parts(event.pid, event.start, event.pages):
            self._do("munmap", event.pid, region=region.name, page=page, n=n)

    def moved(self, event: happened.RegionMoved, _machine: Machine) -> None:
        for region, page, n in self.parts(event.pid, event.start, event.pages):
            to = self.named(event.pid, region.name, event.to, event.pages)
            self._do("mremap", event.pid, region=region.name, page=page, n=n, to=to)

    def protected(self, event: happened.ProtectionChanged, _machine: Machine) -> None:
        for region, page, n in self.parts(event.pid, event.start, event.pages):
            self._do("mprotect", event.pid, region=region.name, page=page, n=n, prot=str(event.prot))

    def advised(self, event: happened.Advised, _machine: Machine) -> None:
        for region, page, n in self.parts(event.pid, event.start, event.pages):
            if event.advice == "mlock":
                self._do("mlock", event.pid, region=region.name, page=page, n=n)
            elif event.advice.upper() in ADVICE:
                self._do("madvise", event.pid, region=region.name, page=page, n=n, advice=event.advice.upper())
            else:
                raise Unsupported(f"step {self.step} calls madvise {event.advice}, which verify does not do")

    def truncated(self, event: happened.FileTruncated, machine: Machine) -> None:
        kind = self.kind(machine, event.file)
        self._do("ftruncate", event.pid, file_kind=kind, file=_word(event.file), pages=event.pages)

    def accessed(self, event: happened.Accessed, _machine: Machine) -> None:
        self.touch(event.pid, event.vpn, event.access)

    def faulted(self, event: happened.FaultRaised, _machine: Machine) -> None:
        self.grown = event.kind is FaultKind.STACK_GROWTH
        if event.kind.is_fatal:
            if event.access is Access.EXEC:
                raise Unsupported(f"step {self.step} executes what may not be executed, which verify does not do")
            self.touch(event.pid, event.vpn, event.access)

    def forked(self, event: happened.Forked, machine: Machine) -> None:
        self.born(event.child, machine)
        self.regions[event.child] = [replace(region) for region in self.regions[event.parent]]
        self._do("fork", event.parent, child=self.procs[event.child])

    def cloned(self, event: happened.Cloned, machine: Machine) -> None:
        child = machine.process(event.child)
        self.born(event.child, machine)
        self.regions[event.child] = self.regions[event.parent]
        self._do("thread" if child.thread_of is not None else "vfork", event.parent, child=self.procs[event.child])
        self.borrowing |= {event.child} if child.vforked else set()

    def merged(self, event: happened.PagesMerged, machine: Machine) -> None:
        """Retell one scan by each group of equal pages."""
        if not (self.deeds and self.deeds[-1].op.op == "ksm"):
            self._do("ksm", next(p.pid for p in machine.living()))

    def exited(self, event: happened.Exited, _machine: Machine) -> None:
        self.borrowing.discard(event.pid)
        self._do("exit", event.pid)

    def touch(self, pid: int, vpn: int, access: Access) -> None:
        region, page = self.find(pid, vpn)
        self._do("write" if access is Access.WRITE else "read", pid, region=region.name, page=page)

    def born(self, pid: int, machine: Machine) -> None:
        proc, name = f"P{len(self.procs)}", machine.process(pid).name
        self.names[proc] = name if name not in self.names.values() else f"{name} ({pid})"
        self.procs[pid], self.regions[pid] = proc, []

    def load(self, machine: Machine, process: Process) -> None:
        """Retell a process's regions, and what is in memory of them; not what is mapped and touched only later."""
        pid = process.pid
        mapped = {e.start for e in self.later if isinstance(e, happened.RegionMapped) and e.pid == pid}
        faults = [e for e in self.later if isinstance(e, happened.FaultRaised) and e.pid == pid]
        faulted = {e.vpn for e in faults if not e.present}
        for vma in (vma for vma in process.vmas if vma.start not in mapped):
            entries = [(vpn, pte) for vpn, pte in process.table.items(vma.start, vma.end) if vpn not in faulted]
            private = {vpn for vpn, pte in entries if not _is_cached(machine, pte.pfn)}
            hidden = private and not vma.prot & Prot.W
            self.map(machine, pid, vma, Prot.R | Prot.W if hidden else vma.prot)
            for vpn, _ in entries:
                self.touch(pid, vpn, Access.WRITE if vpn in private else Access.READ)
            if hidden:
                region, page = self.find(pid, vma.start)
                self._do("mprotect", pid, region=region.name, page=page, n=vma.pages, prot=str(vma.prot))

    def map(self, machine: Machine, pid: int, vma: Vma, prot: Prot) -> None:
        name = self.named(pid, vma.name, vma.start, vma.pages)
        sharing, flag = "shared" if vma.shared else "private", "growsdown" if vma.section is Section.STACK else ""
        kind, at = f"anon-{sharing}", vma.start % 512
        if vma.file is not None and not machine.files[vma.file].anonymous:
            kind = f"{self.kind(machine, vma.file)}-{sharing}-{_word(vma.file)}"
        more = {"region": name, "pages": vma.pages, "kind": kind, "prot": str(prot), "offset": vma.pgoff}
        self._do("mmap", pid, at=at, flag=flag, **more)

    def named(self, pid: int, name: str, start: int, pages: int) -> str:
        """Return the region's name, with a number where the process has another of that name."""
        taken = {region.name for region in self.regions[pid]}
        free = next(n for i in range(1, len(taken) + 2) if (n := name if i == 1 else f"{name}{i}") not in taken)
        self.regions[pid].append(_KnownRegion(free, start, start + pages, start))
        return free

    def kind(self, machine: Machine, file: str) -> str:
        """Return a file that behaves as the scenario's: ext4 where it says so, warm where all of it is cached."""
        if file not in self.kinds:
            data, cache = machine.files[file], machine.cache.get(file)
            warm = cache is not None and len(cache) == len(data.contents)
            touched = any(
                True
                for one in machine.living()
                for vma in one.vmas
                if vma.file == file
                for _ in one.table.items(vma.start, vma.end)
            )
            self.kinds[file] = "ext4" if data.write_notify else "tmpfs" if warm and not touched else "memfd"
        return self.kinds[file]

    def find(self, pid: int, vpn: int) -> tuple[_KnownRegion, int]:
        """Return the region at or below a page, and which page of it that is; it may lie outside."""
        regions = self.regions[pid]
        if not regions:
            raise Unsupported(f"step {self.step} is about a process without memory")
        inside = [region for region in regions if region.low <= vpn < region.end]
        below = [region for region in regions if region.end <= vpn]
        region = inside[-1] if inside else max(below or regions, key=lambda region: region.start)
        page = vpn - region.start
        return region, page if inside or 0 <= page < FAR else (FAR if below else -FAR)

    def parts(self, pid: int, start: int, pages: int) -> Iterator[tuple[_KnownRegion, int, int]]:
        """Yield what a range covers of each region: the region, its first page concerned, and how many."""
        for region in list(self.regions[pid]):
            low, high = max(start, region.low), min(start + pages, region.end)
            if low < high:
                yield region, low - region.start, high - low


_TOLD: dict[type, Callable[[Retelling, Any, Machine], None]] = {
    happened.ProcessStarted: Retelling.started,
    happened.Execed: Retelling.execed,
    happened.RegionMapped: Retelling.mapped,
    happened.RegionUnmapped: Retelling.unmapped,
    happened.RegionMoved: Retelling.moved,
    happened.ProtectionChanged: Retelling.protected,
    happened.Advised: Retelling.advised,
    happened.FileTruncated: Retelling.truncated,
    happened.Accessed: Retelling.accessed,
    happened.FaultRaised: Retelling.faulted,
    happened.Forked: Retelling.forked,
    happened.Cloned: Retelling.cloned,
    happened.PagesMerged: Retelling.merged,
    happened.Exited: Retelling.exited,
}


def _joined(last: Deed, deed: Deed) -> Deed | None:
    """One access of many pages, where the second goes on right behind the first."""
    a, b = last.op, deed.op
    goes_on = b.op in ("read", "write") and b == replace(a, page=a.page + a.n, n=1)
    if not goes_on or (last.step, last.setup) != (deed.step, deed.setup):
        return None
    return replace(last, op=replace(a, n=a.n + 1))


def _is_cached(machine: Machine, pfn: int) -> bool:
    frame = machine.frames.get(pfn)
    return frame is not None and frame.cached_page is not None


def _word(file: str) -> str:
    """A file's name as a facts file can have it."""
    return "".join(c if c.isalnum() else "_" for c in file)
