"""The simulator's side of ``cowviz verify``: operations of a facts file, run under profile LINUX."""

from __future__ import annotations

from dataclasses import replace

from cowviz.memory import access, address_space, frames
from cowviz.memory.calls import processes
from cowviz.memory.changes import Changes
from cowviz.memory.events import Refused, SignalSent
from cowviz.memory.machine import ZERO_PFN, Cell, File, Machine, MisuseError, Process, Prot, Section, boot
from cowviz.memory.profile import LINUX
from cowviz.memory.rare import huge
from cowviz.verify.address_layout import Layout, PlacedOp
from cowviz.verify.page_notation import Looks, PageView

FRAMES = 1 << 20  # 4 GiB: enough for whatever a facts file maps
SLOTS = 1 << 14  # of swap: 64 MiB
WRITTEN = Cell("", "written")  # what every store leaves; the puppets store the same byte everywhere
BIRTHS = {"fork": processes.fork, "thread": processes.thread, "vfork": processes.vfork}
READAHEAD = 32  # pages: 128 KiB, what Linux reads of a disk's file around a fault
WARM = ("ext4", "tmpfs")  # a file of these has been written before it is mapped: it is in the page cache


class Simulated:
    """A machine and its one process P0; each operation gives its faults, or what it ended in."""

    def __init__(self) -> None:
        self.machine: Machine = boot(LINUX, FRAMES, swap_slots=SLOTS)
        self._pids: dict[str, int] = {"P0": 1}
        self._finish(processes.start(self.machine, 1, "P0", []))

    def run(self, step: PlacedOp) -> int | str:
        """Return the faults counted in the acting process, or ``SEGV``, ``BUS``, or a call's error: ``EFAULT``.

        ``refused: ...`` where the simulator does not do it, ``breaks: ...`` where it should and cannot.
        """
        if step.op.op == "start":
            pid = self._named(step.op.child)
            self._finish(processes.start(self.machine, pid, step.op.child, []))
            return 0
        if (answer := _unusual(step)) is not None:
            return answer
        step = _rounded(step)
        pid = self._pids[step.op.proc]
        before = self.machine.process(pid).counters.faults
        try:
            signal = self._finish(self._changes(step, pid))
        except MisuseError as error:  # the simulator tells a lecturer of a mistake
            if step.op.op in ("munmap", "brk") and not error.error:
                return 0
            return error.error or f"refused: {error}"
        except Exception as error:  # a bug of the simulator's is a difference like others
            return f"breaks: {type(error).__name__} {error}".strip()
        if signal:
            return "EFAULT" if step.op.op == "kread" else signal.removeprefix("SIG")
        return self.machine.process(pid).counters.faults - before

    def look(self, layout: Layout) -> Looks:
        """Return all pages of all regions of the living."""
        return {
            proc: {
                region: self._pages(
                    self.machine.process(self._pids[proc]), place.start + place.low, place.start + place.pages
                )
                for region, place in places.items()
            }
            for proc, places in layout.places.items()
        }

    def _pages(self, process: Process, start: int, end: int) -> list[PageView]:
        """The pages of a region; of a huge page pagemap shows for all what is so of the first.

        Source: fs/proc/task_mmu.c: pagemap_pmd_range, which asks once how often a page is mapped.
        """
        looks = [self._look(process, vpn) for vpn in range(start, end)]
        for first in range(
            huge.first_of(start + frames.HUGE_PAGE_FRAMES - 1),
            end - frames.HUGE_PAGE_FRAMES + 1,
            frames.HUGE_PAGE_FRAMES,
        ):
            if huge.is_whole(self.machine, process, first):
                at, once = first - start, looks[first - start].once
                looks[at : at + frames.HUGE_PAGE_FRAMES] = [
                    look._replace(once=once) for look in looks[at : at + frames.HUGE_PAGE_FRAMES]
                ]
        return looks

    def _finish(self, changes: Changes) -> str | None:
        """Run to the end; the signal or the error that it ended in, if any."""
        signal = None
        while True:
            try:
                event = next(changes).event
            except StopIteration as end:
                self.machine = end.value
                return signal
            if isinstance(event, SignalSent):
                signal = event.signal
            if isinstance(event, Refused):
                signal = event.status.partition(": ")[2]

    def _changes(self, step: PlacedOp, pid: int) -> Changes:
        op, machine, start, pages = step.op, self.machine, step.start, step.pages
        match op.op:
            case "read":
                return access.read(machine, pid, start, pages)
            case "write":
                return access.write(machine, pid, start, WRITTEN, pages)
            case "kread":  # the kernel's own stores fault as the program's
                return self._kread(step, pid)
            case "ftruncate":
                self._file(step.file, 0)
                return processes.ftruncate(self.machine, pid, step.file, pages)
            case "fork" | "thread" | "vfork":
                return BIRTHS[op.op](machine, pid, self._named(op.child), op.child)
            case "ksm":
                return processes.ksm_scan(machine)
            case "exec":
                return processes.exec_(machine, pid, op.proc, [])
            case "exit":
                return processes.exit(machine, pid)
        return self._on_regions(step, pid)

    def _on_regions(self, step: PlacedOp, pid: int) -> Changes:
        op, machine, start, pages = step.op, self.machine, step.start, step.pages
        match op.op:
            case "mmap":
                return self._mmap(step, pid)
            case "munmap":
                return processes.munmap(machine, pid, start, pages)
            case "mprotect":
                return processes.mprotect(machine, pid, start, pages, Prot.parse(op.prot))
            case "madvise":
                return processes.madvise(machine, pid, start, pages, op.advice.lower())
            case "mlock":
                return processes.mlock(machine, pid, start, pages)
            case "msync":
                return processes.msync(machine, pid, start, pages)
            case "mremap":
                to = step.to if op.to else None
                return processes.mremap(machine, pid, start, pages, to, step.new_pages, op.flag == "dontunmap")
        assert op.op == "brk", op.op
        return self._brk(step, pid)

    def _kread(self, step: PlacedOp, pid: int) -> Changes:
        """The file's first byte into each page: a zero, unless somebody has written to the file."""
        pfn = frames.cached(self.machine, step.file, 0)
        if pfn is not None and self.machine.content(pfn):
            return (yield from access.write(self.machine, pid, step.start, WRITTEN, step.pages))
        machine = yield from access.write(self.machine, pid, step.start, None, step.pages)
        for _, pte in machine.process(pid).table.items(step.start, step.start + step.pages):
            if pte.prot & Prot.W:
                machine = frames.with_content(machine, pte.pfn, ())
        return machine

    def _named(self, proc: str) -> int:
        """A new pid for a process of this name; there may have been another."""
        self._pids[proc] = max(self._pids.values()) + 1
        return self._pids[proc]

    def _mmap(self, step: PlacedOp, pid: int) -> Changes:
        op, shared = step.op, step.op.kind.split("-")[1] == "shared"
        name = None if step.file.startswith("shm:") else step.file or None
        if name:
            self._file(name, op.offset + op.pages)
        section = Section.STACK if op.flag == "growsdown" else Section.MMAP
        prot, populate = Prot.parse(op.prot), op.flag == "populate"
        if op.flag == "fixed":
            self.machine = address_space.dropped(self.machine, pid, step.start, step.start + op.pages)[0]
        # The puppet gives its regions no names (PR_SET_VMA_ANON_NAME), so neighbours alike become one in the kernel.
        return processes.mmap(
            self.machine, pid, step.start, op.pages, prot, "memory", section, name, op.offset, shared, populate
        )

    def _brk(self, step: PlacedOp, pid: int) -> Changes:
        """A heap begins where the layout says; where there is none yet, mmap makes it."""
        if step.was:
            return processes.brk(self.machine, pid, step.pages, (step.start, step.was))
        if not step.pages:
            return _nothing(self.machine)
        prot = Prot.R | Prot.W
        return processes.mmap(self.machine, pid, step.start, step.pages, prot, step.op.region, Section.HEAP)

    def _file(self, name: str, pages: int) -> None:
        """The file is there: as long as its first mapping, and warm where its kind is."""
        if name not in self.machine.files:
            kind = name.partition(":")[0]
            ext4 = kind == "ext4"
            file = File(name, ((),) * pages, on_disk=ext4, write_notify=ext4, readahead=READAHEAD if ext4 else 1)
            self.machine = processes.add_file(self.machine, file, cached=kind in WARM)

    def _look(self, process: Process, vpn: int) -> PageView:
        pte = process.pte(vpn)
        if vpn in process.guards:
            return PageView("G")
        if pte is None:
            return PageView("S" if vpn in process.swapped else ".")
        if pte.pfn == ZERO_PFN:
            return PageView("Z")
        frame = self.machine.frames.get(pte.pfn)
        if frame is None:
            return PageView("?")  # mapped and free: the simulator is wrong
        return PageView("f", pte.pfn, frame.mapcount == 1, frame.cached_page is not None, frame.tag.ksm)


_LENGTHLESS: dict[str, int | str] = {"munmap": "EINVAL", "mremap": "EINVAL"}
_LENGTHLESS |= dict.fromkeys(("mprotect", "madvise", "mlock", "msync"), 0)


def _unusual(step: PlacedOp) -> int | str | None:
    """What a call answers that comes to no page at all: to an address that is not aligned, to no length."""
    op = step.op
    if op.op not in _LENGTHLESS:
        return None
    if op.skew and op.op != "mlock":
        return "EINVAL"
    if step.pages or (op.op == "mlock" and op.skew) or (op.op == "mremap" and op.pages):
        return None
    return _LENGTHLESS[op.op]


def _rounded(step: PlacedOp) -> PlacedOp:
    """Pages in whole: mlock takes each that its bytes touch."""
    return replace(step, pages=step.pages + 1) if step.op.op == "mlock" and step.op.skew else step


def _nothing(machine: Machine) -> Changes:
    yield from ()
    return machine
