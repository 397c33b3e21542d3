"""Places everything once for the whole movie, by panel and row, so that nothing moves that does not change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from cowviz.diagram.frame_order import minimise_crossings
from cowviz.diagram.graph import Nodes, nodes
from cowviz.diagram.things import FrameRange
from cowviz.diagram.view import Area, Compare, NotForThisTrace, Plan
from cowviz.memory.events import FileWritten
from cowviz.memory.machine import ZERO_PFN, Vma
from cowviz.scene.builder import NAME, SMALL
from cowviz.scene.text_metrics import text_width
from cowviz.scene.typeface import Typeface
from cowviz.trace.model import Trace
from cowviz.views.columns.course import Course, Figures
from cowviz.views.columns.panel import Panel
from cowviz.views.columns.widths import Widths, single, widths

MOST_PROCESSES, MOST_FRAMES, MOST_PAGES, MOST_STACKED = 3, 8, 8, 3
FILLED_GAP = 64.0  # between a process and memory where both fill what something beside them has left
STACK_GAP, TAG_ROOM = 26, 10  # between two panels one above the other, and below all of them
LABELS = 140.0  # width of the words VMA and PTE above one-line boxes
HEADER_PAD = 19  # from a panel's side to the text in its header


@dataclass(frozen=True, kw_only=True)
class Columns(Plan):
    """Holds the place of everything for the whole movie."""

    nodes: Nodes
    panels: dict[int, Panel]  # by pid
    memory: Panel
    files: dict[str, tuple[int, int]]  # a file that is written -> the pid that wrote it first, and its row there
    wordy: bool  # whether some frame holds more than one variable
    has_swap: bool  # whether some page is ever in swap
    users: Sequence[Mapping[FrameRange, Vma]]  # at each moment, a region whose pages map the frames: now, or at another

    @property
    def left(self) -> float:
        return min(panel.x for panel in self.panels.values())

    @property
    def heading_y(self) -> float:
        return self.memory.heading_y

    def frame_row(self, run: FrameRange) -> int:
        return self.nodes.frames.index(run)

    @property
    def swap_row(self) -> int:
        """The row of the swap device in the panel of physical memory, below all frames."""
        return len(self.nodes.frames)

    @property
    def memory_rows(self) -> int:
        return len(self.nodes.frames) + self.has_swap

    def landing(self, pid: int) -> float:
        """Return the distance (px) from a frame's middle to the ends of a process's arrows; 0 if alone on its side."""
        panel = self.panels[pid]
        if not any(other.x == panel.x and other.top != panel.top for other in self.panels.values()):
            return 0
        apart = min(10, self.memory.box_h / 2 - 6)
        return apart if panel.top > self.memory.top else -apart

    def rows_used(self, pid: int) -> int:
        return self.nodes.rows(pid) + sum(owner == pid for owner, _ in self.files.values())


def plan(trace: Trace, area: Area, compare: Compare | None = None) -> Columns:
    """Place every process, page and frame of the trace in the area."""
    figures = Figures.of(trace)
    pids = list(figures.names)
    if len(pids) > MOST_PROCESSES:
        raise NotForThisTrace(
            f"{trace.name} has {len(pids)} processes, and a picture holds {MOST_PROCESSES}: use fewer in the scenario"
        )
    most = {pid: MOST_STACKED if len(pids) == 3 and i else MOST_PAGES for i, pid in enumerate(pids)}
    owners = _files(trace)
    written = {pid: [name for name, owner in owners.items() if owner == pid] for pid in pids}
    found = nodes(trace, lambda pid: most[pid] - len(written[pid]), MOST_FRAMES - figures.has_swap)
    rows = {pid: found.rows(pid) + len(written[pid]) for pid in pids}
    for pid in pids:
        if rows[pid] > most[pid]:
            raise NotForThisTrace(
                f"{figures.names[pid]} has {rows[pid]} regions, and its column holds {most[pid]}: "
                "leave some out of the scenario"
            )
    files = {name: (pid, found.rows(pid) + i) for pid in pids for i, name in enumerate(written[pid])}
    panels, memory = _columns(figures, area, rows, found)
    if compare and not (len(panels) < MOST_PROCESSES and all(one.is_tall for one in (*panels.values(), memory))):
        raise NotForThisTrace(f"{trace.name} needs the whole width of a picture, and before-and-after has half of it")
    course = Course.of(trace, found, panels)
    found = replace(found, frames=_in_order(trace, found, course), lazy=frozenset(course.lazy))
    return Columns(
        area=area,
        nodes=found,
        panels=panels,
        memory=memory,
        files=files,
        wordy=figures.held.is_wordy,
        has_swap=figures.has_swap,
        users=course.users,
    )


def _in_order(trace: Trace, found: Nodes, course: Course) -> tuple[FrameRange, ...]:
    """Order the frames as their boxes stand: so that the fewest arrows cross, with the zero page last.

    If the lesson sets the order of allocation, it wants to show that: the frames stand by address.
    """
    order = trace.steps[0].snapshots[0].machine.free.order
    if not isinstance(order, range) and any(a > b for a, b in pairwise(order)):
        return found.frames
    frames = [run for run in found.frames if run.start != ZERO_PFN]
    _, best = minimise_crossings(course.pictures, frames)
    return (*best, *found.frames[len(frames) :])


def _header_lines(figures: Figures, w: float, labelled: bool, font: Typeface) -> int:
    """Return the number of lines of a header: counters stand beside the name or below it, VMA and PTE below both."""
    room = w - 2 * HEADER_PAD - 16
    headers = figures.headers
    if all(text_width(name, NAME, font, bold=True) + text_width(text, SMALL, font) <= room for name, text in headers):
        return 1
    return 3 if labelled and max(text_width(text, SMALL, font) for _, text in headers) > room - LABELS else 2


def _files(trace: Trace) -> dict[str, int]:
    """Return the files that are written, each with the first process that writes it."""
    owners: dict[str, int] = {}
    for event in (event for step in trace.steps for event in step.events if isinstance(event, FileWritten)):
        owners.setdefault(event.file, event.pid)
    return owners


def _columns(figures: Figures, area: Area, rows: dict[int, int], found: Nodes) -> tuple[dict[int, Panel], Panel]:
    """Lay out panels for one, two or three processes, and for physical memory."""
    pids = list(rows)
    lines = 1
    if len(pids) == MOST_PROCESSES:
        area = replace(area, bottom=area.bottom - TAG_ROOM)
    frames = len(found.frames) + figures.has_swap
    shared = max(*rows.values(), frames) if len(pids) < 3 else max(rows[pids[0]], frames)

    def panel(x: float, w: float, mirrored: bool = False) -> Panel:
        return Panel(x, area.top, w, area.h, shared, mirrored, lines, area.narrow, area.close)

    if len(pids) == 1:
        first, x_memory, memory_w = _single(figures, area)
        lines = 1 if area.narrow else _header_lines(figures, first[1], not panel(*first).is_tall, area.font)
        return {pids[0]: panel(*first)}, panel(x_memory, memory_w)
    wide = Widths(166.0, 186.0)
    if not area.narrow:
        lines = 2 if area.close else 1
        wide = widths(area.w, len(pids), panel(0, 0).is_tall, found, figures.held, area.font)
        narrowest = wide.side - (wide.spared if len(pids) == MOST_PROCESSES else 0)
        lines = max(lines, _header_lines(figures, narrowest, not panel(0, 0).is_tall, area.font))
    side, middle = wide.side, wide.memory
    x = area.x + area.w - side
    if len(pids) == 2:
        memory = _memory(panel(area.x + (area.w - middle) / 2, middle), wide.brief)
        return {pids[0]: panel(area.x, side), pids[1]: panel(x, side, mirrored=True)}, memory
    # The arrows of two panels on one side need room: the other side, whose arrows are level, gives it.
    memory = _memory(panel(area.x + side - wide.spared + wide.level, middle), wide.brief)
    stack = _stack(area, x, side, {pid: rows[pid] for pid in pids[1:]}, lines)
    return {pids[0]: panel(area.x, side - wide.spared), **stack}, memory


def _memory(panel: Panel, brief: bool) -> Panel:
    """Lay out physical memory's panel; in a close one with tall boxes, a frame's name stands above the rest."""
    return replace(panel, narrow=panel.narrow or (panel.close and panel.is_tall), brief=brief)


def _stack(area: Area, x: float, w: float, rows: dict[int, int], lines: int) -> dict[int, Panel]:
    """Lay out two processes one above the other, with rows of the same height."""
    h = (area.h - STACK_GAP) / 2
    most = max(rows.values())
    panel = Panel(x, area.top, w, h, most, mirrored=True, lines=min(lines, 2), close=area.close)
    if panel.close and not panel.is_tall:
        panel = replace(panel, lines=3)
    return {pid: replace(panel, top=area.top + i * (h + STACK_GAP)) for i, pid in enumerate(rows)}


def _single(figures: Figures, area: Area) -> tuple[tuple[float, float], float, float]:
    """Place one process and memory (x and width, in px): in the middle, or in all the width beside the code."""
    if area.shared and not area.narrow:
        side = (area.w - FILLED_GAP) * 0.5
        return (area.x, side), area.x + side + FILLED_GAP, area.w - FILLED_GAP - side
    side, middle, gap = (230.0, 230.0, 80.0) if area.narrow else (420.0, 320.0, 110.0)
    if area.close:
        side, middle, gap = single(area.w, figures.held, area.font)
    x = area.x + (area.w - side - middle - gap) / 2
    return (x, side), x + side + gap, middle
