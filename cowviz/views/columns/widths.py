"""Computes the widths of panels for processes left and right of physical memory. Units are px."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from cowviz.diagram.graph import Nodes
from cowviz.memory.machine import Machine, content_text
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


def widths(
    room: float, processes: int, is_tall: bool, found: Nodes, machines: Iterable[Machine], font: Typeface
) -> Widths:
    """Return the widths for two or three processes; ``is_tall`` says whether bars have two lines of text."""
    if room >= ROOMY:  # one line a frame: its content stands beside its name
        return Widths(392.0, 300.0, 48.0, 44.0) if is_tall else Widths(376.0, 332.0, 48.0, 44.0)
    side = 292.0 if is_tall else min(max(BAR + _longest_name(found, font), SLIM), WIDEST)
    most = room - 2 * side - (LEVEL + SLOPING if processes == 3 else 2 * ARROWS)
    if is_tall:
        return Widths(
            side,
            min(most, max(TALL + _longest_run(found, font), TALL_COUNT + _longest_content(machines, font), SLIMMEST)),
        )
    whole, letters = _longest_frames(machines, font)
    brief = BOX + whole > most
    return Widths(side, min(max(BOX + (letters if brief else whole), LEAST), most, WIDEST), brief=brief)


def single(room: float, machines: Iterable[Machine], font: Typeface) -> tuple[float, float, float]:
    """Return the widths of one process's panel, of memory's panel, and of the gap between them."""
    memory = min(max(BOX + _longest_content(machines, font), BESIDE), room - ALONE - ARROWS)
    return ALONE, memory, min(room - ALONE - memory, GAP)


def _longest_name(found: Nodes, font: Typeface) -> float:
    """The width of the longest name of a bar: a region's, and the numbers of its pages where it has several."""
    longest = 0.0
    for who, runs in found.pages.items():
        for name, region in found.regions[who].items():
            for first, n in ((run.start - region.start, run.n) for run in runs if run.start in region):
                numbers = "" if len(region) == 1 else f" {first}" if n == 1 else f" {first}–{first + n - 1}"
                longest = max(longest, text_width(name + numbers, NAME, font))
    return longest


def _longest_run(found: Nodes, font: Typeface) -> float:
    """The width of the longest name of a run of frames."""
    return max(
        (text_width(count(run.n, "frame"), NAME, font, bold=True) for run in found.frames if run.n > 1), default=0.0
    )


def _longest_content(machines: Iterable[Machine], font: Typeface) -> float:
    contents = (content_text(frame.content) for machine in machines for _, _, frame in machine.frames.runs())
    return max((text_width(text, SMALL, font) for text in contents), default=0.0)


def _longest_frames(machines: Iterable[Machine], font: Typeface) -> tuple[float, float]:
    """The width of the longest name and content of a frame, and the same with its letter alone."""
    said = {(pfn, content_text(frame.content)) for machine in machines for pfn, frame in machine.frames.items()}
    whole = ((frame_name(pfn), text) for pfn, text in said)
    brief = ((frame_letter(pfn), text) for pfn, text in said)

    def longest(frames: Iterable[tuple[str, str]]) -> float:
        return max(
            (text_width(name, NAME, font, bold=True) + text_width(text, SMALL, font) for name, text in frames),
            default=0.0,
        )

    return longest(whole), longest(brief)
