"""What a recorder has seen, as it saw it: facts without their meaning, which ``meaning`` finds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

ZERO = 1 << 60  # beside the bits of pagemap: the entry is known to be the zero page


class Mapping(NamedTuple):
    """One line of /proc/PID/maps; addresses are page numbers."""

    start: int
    end: int
    rights: str  # "rw-p"
    pgoff: int
    inode: int
    path: str  # "" for anonymous memory, "[heap]"


PagemapEntries = tuple[tuple[int, int], ...]  # page number, pagemap's 64 bits
NOTHING: PagemapEntries = ()


@dataclass(frozen=True, slots=True)
class Regions:
    """The regions of a process are others than before."""

    pid: int
    maps: tuple[Mapping, ...]


@dataclass(frozen=True, slots=True)
class Mapped:
    """mmap made a region: maps may show it as one with its neighbour."""

    pid: int
    start: int
    pages: int
    is_named: bool = False  # a file's memory
    is_fixed: bool = False  # MAP_FIXED: whatever was there is gone
    grows: bool = False  # MAP_GROWSDOWN: as a stack


@dataclass(frozen=True, slots=True)
class Faulted:
    """A fault in user mode was handled; ``around`` are neighbours that were mapped along."""

    pid: int
    vpn: int
    raw: int
    around: PagemapEntries = ()
    major: bool = False
    late: bool = False  # the page was looked at some time after the fault: its frame may be a later one


@dataclass(frozen=True, slots=True)
class Noticed:
    """Pages that are others than before without a fault in user mode: the kernel touched, took or moved them."""

    pid: int
    entries: PagemapEntries
    faults: int = 0  # that were counted meanwhile
    is_first: bool = False  # what was there when we came to a running process


@dataclass(frozen=True, slots=True)
class Moved:
    """mremap moved pages to another address, or left them there and made the region longer or shorter."""

    pid: int
    start: int
    to: int
    pages: int  # before
    new_pages: int  # after; what the kernel is asked for
    keeps_region: bool = False  # MREMAP_DONTUNMAP: an empty region stays behind


@dataclass(frozen=True, slots=True)
class FileCut:
    """A file that is mapped somewhere has another length: what lies beyond its end is gone, in every process."""

    pid: int  # who cut it
    inode: int
    pages: int


@dataclass(frozen=True, slots=True)
class Hinted:
    """The process gave the kernel a hint about pages, by madvise; ``advice`` is its lower-case name."""

    pid: int
    start: int
    pages: int
    advice: str


@dataclass(frozen=True, slots=True)
class Started:
    """A process runs a program: the recording's first, or by exec."""

    pid: int
    program: str
    parent: int | None = None  # of a process that had no memory of its own before (vfork)
    is_running: bool = False  # it has run for a while already


@dataclass(frozen=True, slots=True)
class ForkSeen:
    """A process forked; ``entries`` are what pagemap shows of the child."""

    parent: int
    child: int
    entries: PagemapEntries  # the child's
    late: bool = False  # looked at some time after the fork


@dataclass(frozen=True, slots=True)
class ProcessEnded:
    """A process has ended."""

    pid: int
    status: str


@dataclass(frozen=True, slots=True)
class Reaped:
    """A process that has ended is no zombie any more: ``parent`` waited for it, or nobody had to (None)."""

    pid: int
    parent: int | None


@dataclass(frozen=True, slots=True)
class Puzzle:
    """Something happened, and what it means is not known; what is observed from here on counts."""

    pid: int
    vpn: int  # the page concerned; 0 where it is the whole process
    what: str  # in the kernel's words: "mremap at 0x7ffff7c00000"


@dataclass(frozen=True, slots=True)
class Marked:
    """The program named the step that begins."""

    pid: int
    text: str


@dataclass(frozen=True, slots=True)
class Signalled:
    """A process got a signal for an access to a page."""

    pid: int
    signal: str
    vpn: int


Observation = (
    Regions
    | Mapped
    | Faulted
    | Noticed
    | Moved
    | FileCut
    | Hinted
    | Started
    | ForkSeen
    | ProcessEnded
    | Reaped
    | Puzzle
    | Marked
    | Signalled
)
