"""What can happen to memory, as data. An operation yields a Change for each state worth showing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, is_dataclass

from cowviz.memory.fault_kinds import Access as Access
from cowviz.memory.fault_kinds import FaultKind as FaultKind
from cowviz.memory.fault_kinds import Severity as Severity
from cowviz.memory.machine import Cell, Prot


class Event:
    """Something that happened to memory: the base of a frozen dataclass for each kind of event."""

    __slots__ = ()


def event_classes() -> list[type[Event]]:
    """List the kinds of events that there are now, those of other packages too."""
    named = {(kind.__module__, kind.__qualname__): kind for kind in _derived(Event)}  # slots=True makes a second class
    return [kind for kind in named.values() if is_dataclass(kind)]


def _derived(base: type[Event]) -> Iterator[type[Event]]:
    for kind in base.__subclasses__():
        yield kind
        yield from _derived(kind)


@dataclass(frozen=True, slots=True)
class ProcessStarted(Event):
    """A process has begun, with its regions in memory as its program left them."""

    pid: int


@dataclass(frozen=True, slots=True)
class RegionMapped(Event):
    """A region was added to an address space: mmap, malloc."""

    pid: int
    start: int
    pages: int


@dataclass(frozen=True, slots=True)
class RegionUnmapped(Event):
    """Pages were taken out of an address space: munmap."""

    pid: int
    start: int
    pages: int


@dataclass(frozen=True, slots=True)
class RegionMoved(Event):
    """mremap moved a region; its PTEs went along, its frames did not notice."""

    pid: int
    start: int
    to: int
    pages: int


@dataclass(frozen=True, slots=True)
class Advised(Event):
    """madvise, mlock or pin was called; ``advice`` is its lower-case name: ``dontneed``, ``dontfork``, ``mlock`` ..."""

    pid: int
    start: int
    pages: int
    advice: str


@dataclass(frozen=True, slots=True)
class FileTruncated(Event):
    """ftruncate gave the file this many pages; PTEs beyond the end are gone."""

    pid: int
    file: str
    pages: int


@dataclass(frozen=True, slots=True)
class ProtectionChanged(Event):
    """The rights of a region are others: mprotect."""

    pid: int
    start: int
    pages: int
    prot: Prot


@dataclass(frozen=True, slots=True)
class FaultRaised(Event):
    """The hardware refused an access. ``present`` tells whether there was a PTE at all."""

    pid: int
    vpn: int
    access: Access
    kind: FaultKind
    present: bool


@dataclass(frozen=True, slots=True)
class FrameAllocated(Event):
    """The kernel took a free frame."""

    pid: int
    pfn: int
    pages: int = 1  # 512 for a huge page: the frames from ``pfn`` on


@dataclass(frozen=True, slots=True)
class FrameCopied(Event):
    """All bytes of one frame were copied into another, for the writer ``pid``."""

    pid: int
    source: int
    target: int


@dataclass(frozen=True, slots=True)
class FrameFilled(Event):
    """A page of a file was brought into the page cache."""

    pid: int
    pfn: int
    file: str
    offset: int


@dataclass(frozen=True, slots=True)
class FrameSwappedIn(Event):
    """What a swap slot holds was read into a frame, which is in the swap cache."""

    pid: int
    pfn: int
    slot: int


@dataclass(frozen=True, slots=True)
class PageMapped(Event):
    """A PTE was set. ``old`` is the frame it named before, where there was one; ``kind`` says what the fault was."""

    pid: int
    vpn: int
    pfn: int
    old: int | None
    kind: FaultKind
    pages: int = 1  # more with fault-around and huge pages: the pages mapped along lie around ``vpn``


@dataclass(frozen=True, slots=True)
class PageReused(Event):
    """The last owner's PTE became writable: a fault, and no copy."""

    pid: int
    vpn: int
    pfn: int
    pages: int = 1  # 512 where a huge page is mapped: the pages made writable along lie around ``vpn``


@dataclass(frozen=True, slots=True)
class Accessed(Event):
    """A load, a store or an instruction fetch went through."""

    pid: int
    vpn: int
    access: Access
    cell: Cell | None = None  # what a store wrote; None where only the touch matters


@dataclass(frozen=True, slots=True)
class WriteProtected(Event):
    """fork made the parent's private writable PTEs read-only; its VMAs keep their w."""

    pid: int
    pages: int


@dataclass(frozen=True, slots=True)
class Forked(Event):
    """The child has a page table of its own, naming the same frames, its private pages write-protected too."""

    parent: int
    child: int
    pages: int  # PTEs copied


@dataclass(frozen=True, slots=True)
class Cloned(Event):
    """The child shares the parent's page table: it is a thread, or made by vfork. Nothing was copied."""

    parent: int
    child: int


@dataclass(frozen=True, slots=True)
class Execed(Event):
    """A process runs another program; its old address space is gone."""

    pid: int
    program: str


@dataclass(frozen=True, slots=True)
class Exited(Event):
    """A process has ended."""

    pid: int
    status: str
    freed: tuple[int, ...]  # frames that nobody maps any more


@dataclass(frozen=True, slots=True)
class Waited(Event):
    """The parent took the status of a child that has ended."""

    parent: int
    child: int


@dataclass(frozen=True, slots=True)
class SignalSent(Event):
    """A fatal fault's answer: SIGSEGV or SIGBUS. Whether the process dies of it is the caller's choice."""

    pid: int
    signal: str
    vpn: int


@dataclass(frozen=True, slots=True)
class OutOfMemory(Event):
    """No frame was free for ``pid``; the kernel kills ``victim``."""

    pid: int
    victim: int


@dataclass(frozen=True, slots=True)
class FileWritten(Event):
    """write(2) put what a page holds into a file."""

    pid: int
    vpn: int
    file: str


@dataclass(frozen=True, slots=True)
class Refused(Event):
    """A call was refused, and did no more than was told; ``status`` is the call and its error: ``mmap: ENOMEM``."""

    pid: int
    status: str


@dataclass(frozen=True, slots=True)
class LimitSet(Event):
    """RLIMIT_AS is now so many pages; -1 for no limit."""

    pid: int
    pages: int


@dataclass(frozen=True, slots=True)
class PagedOut(Event):
    """So many of the process's PTEs name swap slots now; their frames are in the swap cache."""

    pid: int
    pages: int


@dataclass(frozen=True, slots=True)
class FramesReclaimed(Event):
    """Frames that no PTE maps any more were taken back, for ``pid``: their bytes are in swap, or in nobody's use."""

    pid: int
    freed: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PagesMerged(Event):
    """KSM found equal pages: all these PTEs map one frame now, read-only."""

    pfn: int
    pages: int
    freed: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class MappingSplit(Event):
    """A huge page is mapped by 512 entries from now on, that one of them may change; its frames stay."""

    pid: int
    vpn: int
