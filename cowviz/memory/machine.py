"""The state of memory, as frozen values: machine, frame, file; what one process is, ``process`` says.

Nothing here changes anything; operations (``syscalls``, ``access``) make a new machine that shares with the
old one whatever did not change. The simulator is itself copy-on-write.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from cowviz.memory.content import Cell as Cell
from cowviz.memory.content import Content as Content
from cowviz.memory.content import content_text as content_text
from cowviz.memory.content import parse_content as parse_content
from cowviz.memory.content import store as store
from cowviz.memory.process import WITHOUT_W as WITHOUT_W
from cowviz.memory.process import Counters as Counters
from cowviz.memory.process import Process as Process
from cowviz.memory.process import Prot as Prot
from cowviz.memory.process import Pte as Pte
from cowviz.memory.process import Section as Section
from cowviz.memory.process import Vma as Vma
from cowviz.memory.profile import Profile
from cowviz.memory.tables.frame_table import PLAIN as PLAIN
from cowviz.memory.tables.frame_table import Frame as Frame
from cowviz.memory.tables.frame_table import FrameTable
from cowviz.memory.tables.frame_table import FrameTag as FrameTag
from cowviz.memory.tables.radix import Radix

PAGE_SIZE = 4096  # bytes
ZERO_PFN = -1  # the one shared zero page: mapped read-only, never counted, never written


class MisuseError(ValueError):
    """What was asked for cannot be done; the message is one line and names the cure where there is one.

    ``error`` is what the kernel returns where it says no as well: ``"ENOMEM"``.
    """

    def __init__(self, message: str, error: str = "") -> None:
        super().__init__(message)
        self.error = error


@dataclass(frozen=True, slots=True)
class File:
    """A file (or a MAP_SHARED anonymous object) that regions may map, page by page."""

    name: str
    contents: tuple[Content, ...]  # one a page; as on disk
    on_disk: bool = True  # a page not in the page cache must be read: a major fault; else (tmpfs, memfd) minor
    write_notify: bool = False  # ext4: the first write to a clean shared page faults (page_mkwrite)
    anonymous: bool = False  # MAP_SHARED memory without a name: gone when the last region that maps it goes
    readahead: int = 1  # pages that are read from the disk together with one that is missing, half of them before it


class Slot(NamedTuple):
    """A page of the swap device in use. ``exclusive``: its one owner may write without a copy when it is back."""

    content: Content
    entries: int  # how many page table entries name it
    pfn: int | None = None  # the frame that still, or again, holds the same bytes (the swap cache)
    exclusive: bool = False


@dataclass(frozen=True, slots=True)
class FreeList:
    """Which frame comes next: freed ones last in first out, then never-used ones in ``order``."""

    order: tuple[int, ...] | range
    used: int = 0  # how many of ``order`` were ever handed out
    freed: Radix[int] = field(default_factory=Radix)  # a stack: position -> pfn

    def __len__(self) -> int:
        return len(self.order) - self.used + len(self.freed)


@dataclass(frozen=True, slots=True)
class Machine:
    """All of memory at one moment."""

    profile: Profile
    free: FreeList
    processes: Mapping[int, Process] = field(default_factory=dict)  # by pid, in order of birth, the dead included
    frames: FrameTable = field(default_factory=FrameTable)  # by pfn; only those in use
    files: Mapping[str, File] = field(default_factory=dict)
    cache: Mapping[str, Radix[int]] = field(default_factory=dict)  # page cache: file -> page offset -> pfn
    swap: Radix[Slot] = field(default_factory=Radix)  # by slot number; only those in use
    swap_slots: int = 0  # how many there are in all; 0 is a machine without swap
    heuristic: bool = False  # overcommit: a request beyond all RAM and swap is refused (mode 0); else none is (1)

    @property
    def total_frames(self) -> int:
        return len(self.free.order)

    @property
    def used_frames(self) -> int:
        return len(self.frames)

    def process(self, pid: int) -> Process:
        return self.processes[pid]

    def running(self, pid: int) -> Process:
        """Return a process that can do something; MisuseError where there is none or it has exited."""
        process = self.processes.get(pid)
        if process is None:
            raise MisuseError(f"no process {pid}; there are: {', '.join(map(str, self.processes)) or 'none'}")
        if not process.is_alive:
            raise MisuseError(f"{process.name} has exited ({process.status}): a dead process can do nothing more")
        for child in self.processes.values():
            if child.vforked and child.parent == pid and child.is_alive:
                raise MisuseError(f"{process.name} waits until its vfork child {child.name} execs or exits")
        return process

    def sharers(self, process: Process) -> list[Process]:
        """Return the others that share its address space, in order of birth."""
        return [p for p in self.processes.values() if p.space == process.space and p.pid != process.pid]

    def spaces(self) -> Iterator[Process]:
        """Yield the first process of each address space: what is counted by entries is counted once."""
        seen: set[int] = set()
        for process in self.processes.values():
            if process.space not in seen:
                seen.add(process.space)
                yield process

    def wants_notice(self, vma: Vma) -> bool:
        """Return whether the region's file wants to hear of the first write to a clean page (vma_wants_writenotify)."""
        return vma.shared and vma.file is not None and self.files[vma.file].write_notify

    def living(self) -> Iterator[Process]:
        return (p for p in self.processes.values() if p.is_alive)

    def content(self, pfn: int) -> Content:
        """Return what is in a frame; the zero page holds zeroes."""
        if pfn == ZERO_PFN:
            return ()
        frame = self.frames.get(pfn)
        assert frame is not None, f"frame {pfn} is free"
        return frame.content

    def with_process(self, process: Process) -> Machine:
        """Return the machine with another state of one process; those that share its address space see the same."""
        before = self.processes.get(process.pid)
        if before is not None and before.vmas is not process.vmas:
            process = process.with_cuts()
        changed = {process.pid: process} | {p.pid: p.sharing(process) for p in self.sharers(process)}
        return replace(self, processes={**self.processes, **changed})


def boot(
    profile: Profile,
    frames: int = 4096,
    order: tuple[int, ...] | None = None,
    swap_slots: int = 0,
    heuristic: bool = False,
) -> Machine:
    """Return a machine with all its frames free; ``order`` says which is handed out first, second, and so on.

    ``swap_slots`` pages fit into its swap; with ``heuristic`` it refuses single requests beyond all RAM and swap.
    MisuseError where ``order`` is not a permutation of all frame numbers.
    """
    if order is not None and sorted(order) != list(range(len(order))):
        raise MisuseError(f"the order of {len(order)} frames must name each of 0 to {len(order) - 1} once")
    free = FreeList(range(frames) if order is None else order)
    machine = Machine(profile, free, swap_slots=swap_slots, heuristic=heuristic)
    if not machine.total_frames > 0:
        raise MisuseError("a machine needs at least one frame")
    return machine
