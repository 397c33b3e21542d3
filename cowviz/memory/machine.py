"""The state of memory, as frozen values: machine, process, VMA, PTE, frame.

Nothing here changes anything; operations (``syscalls``, ``access``) make a new machine that shares with the
old one whatever did not change. The simulator is itself copy-on-write.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from cowviz.memory.page_table import Radix
from cowviz.memory.profile import Profile

PAGE_SIZE = 4096  # bytes
ZERO_PFN = -1  # the one shared zero page: mapped read-only, never counted, never written


class MisuseError(ValueError):
    """What was asked for cannot be done; the message is one line and names the cure where there is one."""


class Prot(enum.IntFlag):
    """What may be done with a page, written as ``ls`` and ``/proc/PID/maps`` write it: ``rw-``."""

    NONE = 0
    X = 1
    W = 2
    R = 4

    def __str__(self) -> str:
        return "".join(c if self & bit else "-" for c, bit in (("r", 4), ("w", 2), ("x", 1)))

    @classmethod
    def parse(cls, text: str) -> Prot:
        """The protection that ``text`` (``"rw"``, ``"r-x"``, ``"none"``, ``""``) stands for; ValueError otherwise."""
        if text == "none":
            return cls.NONE
        if not set(text) <= set("rwx-"):
            raise ValueError(f"no protection {text!r}; write for example 'rw-', 'r-x' or 'none'")
        return cls(sum({"r": 4, "w": 2, "x": 1}.get(c, 0) for c in set(text)))


WITHOUT_W = tuple(Prot(bits) & ~Prot.W for bits in range(8))  # a table: IntFlag's own & is slow a million times


class Section(enum.Enum):
    """The parts of an address space, from low addresses to high ones."""

    TEXT = ".text"
    RODATA = ".rodata"
    DATA = ".data"
    BSS = ".bss"
    HEAP = "heap"
    MMAP = "mmap"
    STACK = "stack"


class Cell(NamedTuple):
    """One thing a page holds: a variable and its value, or (name ``""``) some text."""

    name: str
    value: str

    def __str__(self) -> str:
        return f"{self.name} = {self.value}" if self.name else self.value


Content = tuple[Cell, ...]  # what is in a frame; () is a page of zeroes


def parse_cell(text: str) -> Cell:
    """``"x = 42"`` is the variable x; any other text stands for the whole page."""
    name, equals, value = text.partition(" = ")
    return Cell(name.strip(), value.strip()) if equals else Cell("", text)


def store(content: Content, cell: Cell) -> Content:
    """The content after one store: a variable keeps its neighbours, bare text replaces the page."""
    if not cell.name:
        return (cell,)
    old = tuple(c for c in content if c.name)
    if any(c.name == cell.name for c in old):
        return tuple(cell if c.name == cell.name else c for c in old)
    return (*old, cell)


def content_text(content: Content) -> str:
    """What a page holds, for people: ``"x = 42, y = 1"``; a page of zeroes is ``"0"``."""
    return ", ".join(map(str, content)) or "0"


class Pte(NamedTuple):
    """A page table entry that is present: the frame, and what the hardware lets through without asking."""

    pfn: int
    prot: Prot


class Frame(NamedTuple):
    """A physical page frame in use. ``cache`` is (file, page offset) where the page cache holds it."""

    content: Content
    mapcount: int  # how many PTEs map it; kept, and recounted by invariants.violations
    cache: tuple[str, int] | None = None
    exclusive: bool = False  # anonymous, and never co-owned since its owner took it (Linux: PageAnonExclusive)


class OnFork(enum.Enum):
    """What a child gets of a region; madvise changes it."""

    KEEP = "keep"  # the same pages, as usual
    OMIT = "dontfork"  # no such region
    WIPE = "wipeonfork"  # the region, untouched


@dataclass(frozen=True, slots=True)
class Vma:
    """A region of virtual memory: pages ``start`` to ``end`` (exclusive), and what the program may do there."""

    start: int  # virtual page numbers
    end: int
    prot: Prot
    section: Section
    name: str  # what the picture calls it: "heap", "buf"
    file: str | None = None  # None: anonymous private memory; MAP_SHARED anonymous memory has a file of its own
    pgoff: int = 0  # page of the file at ``start``
    shared: bool = False  # MAP_SHARED: writes go to the file's own frames
    has_private: bool = False  # a page was privately written here (Linux: vma->anon_vma); fork then copies its PTEs
    on_fork: OnFork = OnFork.KEEP

    def __contains__(self, vpn: int) -> bool:
        return self.start <= vpn < self.end

    @property
    def pages(self) -> int:
        return self.end - self.start

    @property
    def is_private_writable(self) -> bool:
        """Whether copy-on-write can happen here (Linux: is_cow_mapping)."""
        return not self.shared and bool(self.prot & Prot.W)

    def offset(self, vpn: int) -> int:
        """The page of the backing file that ``vpn`` shows."""
        return self.pgoff + vpn - self.start


@dataclass(frozen=True, slots=True)
class Counters:
    """What one process has caused since it began; fork gives the child zeroes."""

    minor: int = 0
    major: int = 0
    copies: int = 0
    reuses: int = 0
    copied_bytes: int = 0

    @property
    def faults(self) -> int:
        """As ``ps -o min_flt,maj_flt`` counts: a fatal fault is not in it."""
        return self.minor + self.major


@dataclass(frozen=True, slots=True)
class Process:
    """One process: its VMAs (what it may do), its page table (what is so), its counters."""

    pid: int
    name: str
    parent: int | None
    vmas: tuple[Vma, ...] = ()  # sorted by start, never overlapping
    table: Radix[Pte] = field(default_factory=Radix)
    counters: Counters = Counters()
    status: str | None = None  # None while it lives; then "exited 0", "killed by SIGSEGV" ...
    reaped: bool = False  # whether its parent has waited for it
    guards: frozenset[int] = frozenset()  # pages whose touch is SIGSEGV though the region allows it (6.13)

    @property
    def is_alive(self) -> bool:
        return self.status is None

    def vma(self, vpn: int) -> Vma | None:
        """The region that ``vpn`` lies in, if any."""
        return next((v for v in self.vmas if v.start <= vpn < v.end), None)

    def pte(self, vpn: int) -> Pte | None:
        """The entry of ``vpn``, or None where nothing is mapped."""
        return self.table.get(vpn)

    def is_cow(self, vpn: int) -> bool:
        """Whether ``vpn`` is mapped, may be written by its VMA, and is write-protected by its PTE."""
        vma, pte = self.vma(vpn), self.pte(vpn)
        return bool(vma and pte and vma.is_private_writable and not pte.prot & Prot.W)


@dataclass(frozen=True, slots=True)
class File:
    """A file (or a MAP_SHARED anonymous object) that regions may map, page by page."""

    name: str
    contents: tuple[Content, ...]  # one a page; as on disk
    on_disk: bool = True  # a page not in the page cache must be read: a major fault; else (tmpfs, memfd) minor
    write_notify: bool = False  # ext4: the first write to a clean shared page faults (page_mkwrite)
    anonymous: bool = False  # MAP_SHARED memory without a name: gone when the last region that maps it goes


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
    frames: Radix[Frame] = field(default_factory=Radix)  # by pfn; only those in use
    files: Mapping[str, File] = field(default_factory=dict)
    cache: Mapping[str, Radix[int]] = field(default_factory=dict)  # page cache: file -> page offset -> pfn

    @property
    def total_frames(self) -> int:
        return len(self.free.order)

    @property
    def used_frames(self) -> int:
        return len(self.frames)

    def process(self, pid: int) -> Process:
        return self.processes[pid]

    def running(self, pid: int) -> Process:
        """A process that can do something; MisuseError where there is none or it has exited."""
        process = self.processes.get(pid)
        if process is None:
            raise MisuseError(f"no process {pid}; there are: {', '.join(map(str, self.processes)) or 'none'}")
        if not process.is_alive:
            raise MisuseError(f"{process.name} has exited ({process.status}): a dead process can do nothing more")
        return process

    def living(self) -> Iterator[Process]:
        return (p for p in self.processes.values() if p.is_alive)

    def content(self, pfn: int) -> Content:
        """What is in a frame; the zero page holds zeroes."""
        if pfn == ZERO_PFN:
            return ()
        frame = self.frames.get(pfn)
        assert frame is not None, f"frame {pfn} is free"
        return frame.content

    def with_process(self, process: Process) -> Machine:
        return replace(self, processes={**self.processes, process.pid: process})


def boot(profile: Profile, frames: int = 4096, order: tuple[int, ...] | None = None) -> Machine:
    """A machine with all its frames free; ``order`` says which is handed out first, second, and so on.

    MisuseError where ``order`` is not a permutation of all frame numbers.
    """
    if order is not None and sorted(order) != list(range(len(order))):
        raise MisuseError(f"the order of {len(order)} frames must name each of 0 to {len(order) - 1} once")
    machine = Machine(profile, FreeList(range(frames) if order is None else order))
    if not machine.total_frames > 0:
        raise MisuseError("a machine needs at least one frame")
    return machine


def frame_name(pfn: int) -> str:
    """What pictures and captions call a frame: ``Frame A`` ... ``Frame Z``, ``Frame AA``; or the zero page."""
    if pfn == ZERO_PFN:
        return "Zero page"
    letters, n = "", pfn + 1
    while n:
        n, rest = divmod(n - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return f"Frame {letters}"
