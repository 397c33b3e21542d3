"""What happened in a recorded run, understood: faults with their kind and frames, regions, forks."""

from __future__ import annotations

from dataclasses import dataclass

from cowviz.memory.events import Access, FaultKind
from cowviz.record.observations import Hinted, Marked, ProcessEnded, Puzzle, Reaped, Signalled, Started
from cowviz.record.regions import RecordedRegion


@dataclass(frozen=True, slots=True)
class MappedPage:
    """A page that is mapped."""

    frame: int
    writable: bool
    of_file: bool = False  # the page cache's own frame


@dataclass(frozen=True, slots=True)
class Touched:
    """A fault, and what came of it: the page's frame and those of the neighbours that were mapped along."""

    pid: int
    vpn: int
    kind: FaultKind
    access: Access
    area: RecordedRegion
    page: MappedPage
    old: int | None = None
    around: tuple[tuple[int, MappedPage], ...] = ()
    by_kernel: bool = False  # in a system call
    areas: tuple[RecordedRegion, ...] = ()  # the regions after it, where a stack grew by it


@dataclass(frozen=True, slots=True)
class RegionsSet:
    """The regions of a process are others now; pages outside of them are gone."""

    pid: int
    areas: tuple[RecordedRegion, ...]


@dataclass(frozen=True, slots=True)
class RegionTaken:
    """A region, or a part of one, is no more: another was put in its place."""

    pid: int
    start: int
    pages: int


@dataclass(frozen=True, slots=True)
class RegionsMoved:
    """mremap moved pages, with the regions that they are in; their entries went along."""

    pid: int
    start: int
    to: int
    pages: int


@dataclass(frozen=True, slots=True)
class FileShortened:
    """A file has this many pages now; those beyond are gone, private copies too."""

    pid: int
    file: str
    pages: int


@dataclass(frozen=True, slots=True)
class Present:
    """Pages that are there without a fault: the kernel put them there."""

    pid: int
    pages: tuple[tuple[int, MappedPage], ...]


@dataclass(frozen=True, slots=True)
class PagesGone:
    """Pages that are no more, though their region is: madvise took them."""

    pid: int
    vpns: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Swapped:
    """Pages that are in swap: their entries name slots."""

    pid: int
    vpns: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Merged:
    """KSM has found equal pages: all these (pid, page) have one frame, read-only."""

    frame: int
    pages: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class ForkObserved:
    """fork: what the child maps; the parent's private writable pages are write-protected."""

    parent: int
    child: int
    areas: tuple[RecordedRegion, ...]
    pages: tuple[tuple[int, MappedPage], ...]


InferredEvent = (
    Touched
    | RegionsSet
    | RegionTaken
    | RegionsMoved
    | FileShortened
    | Present
    | PagesGone
    | Swapped
    | Merged
    | ForkObserved
    | Hinted
    | Started
    | ProcessEnded
    | Reaped
    | Puzzle
    | Marked
    | Signalled
)
