"""What a shape stands for: the values of ``of=``. Lint, alternate texts and pages ask these, and no id."""

from __future__ import annotations

import enum
from typing import NamedTuple

from cowviz.memory.machine import ZERO_PFN


class PageRange(NamedTuple):
    """Pages ``start`` to ``start + n - 1`` of a process; drawn as one bar."""

    pid: int
    start: int  # virtual page number
    n: int = 1

    @property
    def id(self) -> str:
        """Return the beginning of its shapes' ids."""
        return f"page:{self.pid}:{self.start:x}"


class FrameRange(NamedTuple):
    """Frames ``start`` to ``start + n - 1``; drawn as one box. The zero page is ``FrameRange(ZERO_PFN)``."""

    start: int  # page frame number
    n: int = 1

    @property
    def id(self) -> str:
        """Return the beginning of its shapes' ids."""
        return f"frame:{self.start}" if self.start != ZERO_PFN else "frame:zero"


class EntryRange(NamedTuple):
    """Entries of a page table: they map pages to frames, or to swap where ``frames`` is None."""

    pages: PageRange
    frames: FrameRange | None


class ProcessRef(NamedTuple):
    """A process as a whole."""

    pid: int

    @property
    def id(self) -> str:
        """Return the beginning of its shapes' ids."""
        return f"process:{self.pid}"


class RegionRef(NamedTuple):
    """A region of a process's memory, whether it has frames or not."""

    pid: int
    start: int  # virtual page number
    pages: int


class FileRef(NamedTuple):
    """A file on the disk."""

    name: str

    @property
    def id(self) -> str:
        """Return the beginning of its shapes' ids."""
        return f"file:{self.name}"


class Fixture(enum.Enum):
    """What a machine, or a lesson, has one of."""

    MEMORY = "memory"
    SWAP = "swap"
    CODE = "code"
