"""What can happen to memory, as data. An operation yields a Change for each state worth showing."""

from __future__ import annotations

import enum
from collections.abc import Generator
from dataclasses import dataclass

from cowviz.memory.machine import Cell, Machine, Prot


class Severity(enum.StrEnum):
    """How grave a fault is."""

    MINOR = "minor"  # resolved without the disk
    MAJOR = "major"  # resolved with it
    FATAL = "fatal"  # not resolved


class Access(enum.Enum):
    READ = "read"
    WRITE = "write"
    EXEC = "exec"


class FaultKind(enum.Enum):
    """Why a fault was raised and how it is resolved; ``cowviz/narration/fault_kinds.py`` says it in words."""

    DEMAND_ZERO = ("demand_zero", Severity.MINOR)
    ZERO_PAGE = ("zero_page", Severity.MINOR)
    FILE_MAPPED = ("file_mapped", Severity.MINOR)
    COW_COPY = ("cow_copy", Severity.MINOR)
    COW_REUSE = ("cow_reuse", Severity.MINOR)
    STACK_GROWTH = ("stack_growth", Severity.MINOR)
    SWAP_CACHED = ("swap_cached", Severity.MINOR)
    FILE_READ = ("file_read", Severity.MAJOR)
    SWAP_IN = ("swap_in", Severity.MAJOR)
    SEGV_MAPERR = ("segv_maperr", Severity.FATAL)
    SEGV_ACCERR = ("segv_accerr", Severity.FATAL)
    BUS_ADRERR = ("bus_adrerr", Severity.FATAL)

    def __init__(self, _name: str, severity: Severity) -> None:
        self.severity = severity

    @property
    def is_fatal(self) -> bool:
        return self.severity is Severity.FATAL


@dataclass(frozen=True, slots=True)
class ProcessStarted:
    pid: int


@dataclass(frozen=True, slots=True)
class RegionMapped:
    pid: int
    start: int
    pages: int


@dataclass(frozen=True, slots=True)
class RegionUnmapped:
    pid: int
    start: int
    pages: int


@dataclass(frozen=True, slots=True)
class RegionMoved:
    """mremap moved a region; its PTEs went along, its frames did not notice."""

    pid: int
    start: int
    to: int
    pages: int


@dataclass(frozen=True, slots=True)
class Advised:
    """madvise, mlock or pin was called; ``advice`` is its lower-case name: ``dontneed``, ``dontfork``, ``mlock`` ..."""

    pid: int
    start: int
    pages: int
    advice: str


@dataclass(frozen=True, slots=True)
class FileTruncated:
    """ftruncate gave the file this many pages; PTEs beyond the end are gone."""

    pid: int
    file: str
    pages: int


@dataclass(frozen=True, slots=True)
class ProtectionChanged:
    pid: int
    start: int
    pages: int
    prot: Prot


@dataclass(frozen=True, slots=True)
class FaultRaised:
    """The hardware refused an access. ``present`` tells whether there was a PTE at all."""

    pid: int
    vpn: int
    access: Access
    kind: FaultKind
    present: bool


@dataclass(frozen=True, slots=True)
class FrameAllocated:
    pid: int
    pfn: int
    pages: int = 1  # 512 for a huge page: the frames from ``pfn`` on


@dataclass(frozen=True, slots=True)
class FrameCopied:
    """All bytes of one frame were copied into another, for the writer ``pid``."""

    pid: int
    source: int
    target: int


@dataclass(frozen=True, slots=True)
class FrameFilled:
    """A page of a file was brought into the page cache."""

    pid: int
    pfn: int
    file: str
    offset: int


@dataclass(frozen=True, slots=True)
class PageMapped:
    """A PTE was set. ``old`` is the frame it named before, where there was one; ``kind`` says what the fault was."""

    pid: int
    vpn: int
    pfn: int
    old: int | None
    kind: FaultKind
    pages: int = 1  # more with fault-around and huge pages: the pages mapped along lie around ``vpn``


@dataclass(frozen=True, slots=True)
class PageReused:
    """The last owner's PTE became writable: a fault, and no copy."""

    pid: int
    vpn: int
    pfn: int
    pages: int = 1  # 512 where a huge page is mapped: the pages made writable along lie around ``vpn``


@dataclass(frozen=True, slots=True)
class Accessed:
    """A load, a store or an instruction fetch went through."""

    pid: int
    vpn: int
    access: Access
    cell: Cell | None = None  # what a store wrote; None where only the touch matters


@dataclass(frozen=True, slots=True)
class WriteProtected:
    """fork made the parent's private writable PTEs read-only; its VMAs keep their w."""

    pid: int
    pages: int


@dataclass(frozen=True, slots=True)
class Forked:
    """The child has a page table of its own, naming the same frames, its private pages write-protected too."""

    parent: int
    child: int
    pages: int  # PTEs copied


@dataclass(frozen=True, slots=True)
class Cloned:
    """The child shares the parent's page table: it is a thread, or made by vfork. Nothing was copied."""

    parent: int
    child: int


@dataclass(frozen=True, slots=True)
class Execed:
    pid: int
    program: str


@dataclass(frozen=True, slots=True)
class Exited:
    pid: int
    status: str
    freed: tuple[int, ...]  # frames that nobody maps any more


@dataclass(frozen=True, slots=True)
class Waited:
    parent: int
    child: int


@dataclass(frozen=True, slots=True)
class SignalSent:
    """A fatal fault's answer: SIGSEGV or SIGBUS. Whether the process dies of it is the caller's choice."""

    pid: int
    signal: str
    vpn: int


@dataclass(frozen=True, slots=True)
class OutOfMemory:
    """No frame was free for ``pid``; the kernel kills ``victim``."""

    pid: int
    victim: int


@dataclass(frozen=True, slots=True)
class FileWritten:
    """write(2) put what a page holds into a file."""

    pid: int
    vpn: int
    file: str


@dataclass(frozen=True, slots=True)
class Refused:
    """A call was refused, and did no more than was told; ``status`` is the call and its error: ``mmap: ENOMEM``."""

    pid: int
    status: str


@dataclass(frozen=True, slots=True)
class LimitSet:
    """RLIMIT_AS is now so many pages; -1 for no limit."""

    pid: int
    pages: int


@dataclass(frozen=True, slots=True)
class PagedOut:
    """So many of the process's PTEs name swap slots now; their frames are in the swap cache."""

    pid: int
    pages: int


@dataclass(frozen=True, slots=True)
class FramesReclaimed:
    """Frames that no PTE maps any more were taken back, for ``pid``: their bytes are in swap, or in nobody's use."""

    pid: int
    freed: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PagesMerged:
    """KSM found equal pages: all these PTEs map one frame now, read-only."""

    pfn: int
    pages: int
    freed: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class MappingSplit:
    """A huge page is mapped by 512 entries from now on, that one of them may change; its frames stay."""

    pid: int
    vpn: int


Event = (
    ProcessStarted
    | RegionMapped
    | RegionUnmapped
    | RegionMoved
    | Advised
    | FileTruncated
    | ProtectionChanged
    | FaultRaised
    | FrameAllocated
    | FrameCopied
    | FrameFilled
    | PageMapped
    | PageReused
    | Accessed
    | WriteProtected
    | Forked
    | Cloned
    | Execed
    | Exited
    | Waited
    | SignalSent
    | OutOfMemory
    | FileWritten
    | Refused
    | LimitSet
    | PagedOut
    | FramesReclaimed
    | PagesMerged
    | MappingSplit
)


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that happened, and the machine right after it."""

    event: Event
    machine: Machine


Changes = Generator[Change, None, Machine]  # what every operation is: changes on the way, the last machine returned
