"""Finds what a picture emphasises, in kinds: without coordinates, colours and words.

A tag is kept as a kind, such as ``CopyOf(2)``; ``cowviz/diagram/emphasis.py`` puts it into words when it is drawn.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass, field

Page = tuple[int, int]  # pid, vpn


class Tag(enum.Enum):
    """A tag that needs no data."""

    READ_FAULT = enum.auto()
    WRITE_FAULT = enum.auto()
    FETCH_FAULT = enum.auto()
    READ_WITHOUT_FAULT = enum.auto()
    WRITE_WITHOUT_FAULT = enum.auto()
    FETCH_WITHOUT_FAULT = enum.auto()
    FAULT_WITHOUT_COPY = enum.auto()
    HUGE_PAGE_SPLIT = enum.auto()
    ALLOCATED = enum.auto()
    NEW_FRAME = enum.auto()
    IN_PAGE_CACHE = enum.auto()
    FROM_SWAP = enum.auto()
    MERGED = enum.auto()
    PINNED = enum.auto()
    UNPINNED = enum.auto()
    OUT_OF_MEMORY = enum.auto()


@dataclass(frozen=True, slots=True)
class Called:
    """A call, a signal or an error, by the name that it has in every language: ``munmap()``."""

    name: str


@dataclass(frozen=True, slots=True)
class CopyOf:
    """The frame is a copy of another one."""

    pfn: int


@dataclass(frozen=True, slots=True)
class Ended:
    """The process has ended; ``status`` is the machine's own: ``exited 0``."""

    status: str


@dataclass(frozen=True, slots=True)
class Untouched:
    """The region's pages have no frames yet."""

    pages: int


@dataclass(frozen=True, slots=True)
class TakenBack:
    """The kernel took back so many frames."""

    frames: int


Kind = Tag | Called | CopyOf | Ended | Untouched | TakenBack


@dataclass
class Emphasis:
    """Pages, frames and processes that the accent falls on, each with the kind of its tag, or None for no tag.

    A later event takes the place of an earlier one on the same thing, so that a picture says only what matters now.
    """

    pages: dict[Page, Kind] = field(default_factory=dict)
    frames: dict[int, Kind | None] = field(default_factory=dict)
    processes: dict[int, Kind] = field(default_factory=dict)
    arrows: set[Page] = field(default_factory=set)
    travels: dict[int, int] = field(default_factory=dict)  # frame -> the frame its bytes just came from
    fork: tuple[int, int] | None = None  # parent, child
    fork_call: str = "fork()"
    to_swap: set[Page] = field(default_factory=set)  # whose arrow has just turned to the swap
    advised: set[Page] = field(default_factory=set)  # the latest hint was about these
    memory: Kind | None = None  # tag of physical memory as a whole
    reclaimed: Kind | None = None  # the same, where no frame has one
    files: set[str] = field(default_factory=set)
    faulted: set[Page] = field(default_factory=set)  # their access took a fault, perhaps raised in an earlier step

    def forget(self, pid: int, vpns: range | None = None) -> None:
        """Drop pages (of a process, all of them) that are no more."""
        gone = {page for page in {*self.pages, *self.arrows} if page[0] == pid and (vpns is None or page[1] in vpns)}
        self.pages = {page: kind for page, kind in self.pages.items() if page not in gone}
        self.arrows -= gone

    def free(self, pfns: Iterable[int]) -> None:
        """Drop frames that are free again."""
        for pfn in pfns:
            self.frames.pop(pfn, None)
