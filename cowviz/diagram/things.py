"""Defines what a shape stands for: the values of ``of=``. Lint, alt texts and players use these, never ids."""

from __future__ import annotations

import enum
from typing import NamedTuple

from cowviz.memory.machine import ZERO_PFN


class PageRange(NamedTuple):
    """Names the pages ``start`` to ``start + n - 1`` of a process; drawn as one bar."""

    pid: int
    start: int  # virtual page number
    n: int = 1

    @property
    def id(self) -> str:
        """Return the beginning of its shapes' ids."""
        return f"page:{self.pid}:{self.start:x}"


class FrameRange(NamedTuple):
    """Names the frames ``start`` to ``start + n - 1``; drawn as one box. The zero page is ``FrameRange(ZERO_PFN)``."""

    start: int  # page frame number
    n: int = 1

    @property
    def id(self) -> str:
        """Return the beginning of its shapes' ids."""
        return f"frame:{self.start}" if self.start != ZERO_PFN else "frame:zero"


class EntryRange(NamedTuple):
    """Names the PTEs of some pages; they point to frames, or to swap if ``frames`` is None."""

    pages: PageRange
    frames: FrameRange | None


class ProcessRef(NamedTuple):
    """Names a process."""

    pid: int

    @property
    def id(self) -> str:
        """Return the beginning of its shapes' ids."""
        return f"process:{self.pid}"


class RegionRef(NamedTuple):
    """Names a region of a process, with or without frames."""

    pid: int
    start: int  # virtual page number
    pages: int


class FileRef(NamedTuple):
    """Names a file on the disk."""

    name: str

    @property
    def id(self) -> str:
        """Return the beginning of its shapes' ids."""
        return f"file:{self.name}"


class Fixture(enum.Enum):
    """Names something that exists once, such as the swap device or the code pane."""

    MEMORY = "memory"
    SWAP = "swap"
    CODE = "code"
