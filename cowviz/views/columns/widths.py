"""Computes the widths of panels for processes left and right of physical memory. Units are px."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import NamedTuple

from cowviz.diagram.graph import Nodes
from cowviz.memory.machine import Content, Machine, content_text
from cowviz.memory.tables.frame_table import FrameTable
from cowviz.narration.terms import count, frame_letter, frame_name
from cowviz.scene.builder import NAME, SMALL
from cowviz.scene.text_metrics import text_width
from cowviz.scene.typeface import Typeface

ROOMY = 1200.0  # the room from which on the widths need not be fitted to what is to be said
ARROWS, LEVEL, SLOPING = 48.0, 40.0, 104.0  # the least room for arrows: of two processes; of three, level and sloping
BAR, BOX = 160.0, 130.0  # of close panels with one-line rows: all but a page's name; all but a frame's name and content
TALL, TALL_COUNT, SLIMMEST = 50.0, 98.0, 200.0  # of memory with tall boxes: all but the name, or but the content
ALONE, BESIDE, GAP = 380.0, 336.0, 110.0  # of the only process, of memory beside it at least, between the two at most
LEAST, SLIM, WIDEST = 168.0, 264.0, 326.0  # widths of memory at least, of a process at least, of either at most


class Widths(NamedTuple):
    """Holds the widths of a process's panel (``side``) and of memory's.

    Of three processes, the first is ``spared`` narrower and has the gap ``level`` beside it.
    """

    side: float
    memory: float
    spared: float = 0
    level: float = LEVEL
    brief: bool = False  # whether there is room for a frame's letter only


@dataclass(slots=True)
class Holdings:
    """Collects what frames ever hold, and which frames hold it, machine after machine."""

    holders: dict[Content, set[int]] = field(default_factory=dict)
    last: FrameTable | None = None

    def look_at(self, machine: Machine) -> None:
        """Add what is new in a machine."""
        if self.last is not None and self.last is not machine.frames:
            for pfn, _, frame in self.last.differences(machine.frames):
                if frame:
                    self.holders.setdefault(frame.content, set()).add(pfn)
        elif self.last is None:
            for pfn, n, content in machine.frames.held():
                self.holders.setdefault(content, set()).update(range(pfn, pfn + n))
        self.last = machine.frames

    @property
    def is_wordy(self) -> bool:
        """Whether some frame holds more than one variable."""
        return any(len(content) > 1 for content in self.holders)

    def longest_content(self, font: Typeface) -> float:
        """Return the width of the longest content of a frame."""
        return max((text_width(content_text(content), SMALL, font) for content in self.holders), default=0.0)

    def longest_frame(self, name: Callable[[int], str], font: Typeface) -> float:
        """Return the width of the longest name and content of a frame."""
        width = cache(lambda pfn: text_width(name(pfn), NAME, font, bold=True))
        return max(
            (
                max(map(width, pfns)) + text_width(content_text(content), SMALL, font)
                for content, pfns in self.holders.items()
            ),
            default=0.0,
        )


def widths(room: float, processes: int, is_tall: bool, found: Nodes, held: Holdings, font: Typeface) -> Widths:
    """Return the widths for two or three processes; ``is_tall`` says whether bars have two lines of text."""
    if room >= ROOMY:  # one line a frame: its content stands beside its name
        return Widths(392.0, 300.0, 48.0, 44.0) if is_tall else Widths(376.0, 332.0, 48.0, 44.0)
    side = 292.0 if is_tall else min(max(BAR + _longest_name(found, font), SLIM), WIDEST)
    most = room - 2 * side - (LEVEL + SLOPING if processes == 3 else 2 * ARROWS)
    if is_tall:
        longest = max(TALL + _longest_run(found, font), TALL_COUNT + held.longest_content(font), SLIMMEST)
        return Widths(side, min(most, longest))
    whole, letters = held.longest_frame(frame_name, font), held.longest_frame(frame_letter, font)
    brief = BOX + whole > most
    return Widths(side, min(max(BOX + (letters if brief else whole), LEAST), most, WIDEST), brief=brief)


def single(room: float, held: Holdings, font: Typeface) -> tuple[float, float, float]:
    """Return the widths of one process's panel, of memory's panel, and of the gap between them."""
    memory = min(max(BOX + held.longest_content(font), BESIDE), room - ALONE - ARROWS)
    return ALONE, memory, min(room - ALONE - memory, GAP)


def _longest_name(found: Nodes, font: Typeface) -> float:
    """Return the width of the longest name of a bar in px: the region's, with page numbers if it has several."""
    longest = 0.0
    for who, runs in found.pages.items():
        for name, region in found.regions[who].items():
            for first, n in ((run.start - region.start, run.n) for run in runs if run.start in region):
                numbers = "" if len(region) == 1 else f" {first}" if n == 1 else f" {first}–{first + n - 1}"
                longest = max(longest, text_width(name + numbers, NAME, font))
    return longest


def _longest_run(found: Nodes, font: Typeface) -> float:
    """Return the width of the longest name of a run of frames in px."""
    return max(
        (text_width(count(run.n, "frame"), NAME, font, bold=True) for run in found.frames if run.n > 1), default=0.0
    )
