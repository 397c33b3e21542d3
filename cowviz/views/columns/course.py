"""Reads a movie's machines in order: their processes, what maps each frame, which pages ever lack one.

What a machine shares with the one before is not looked at again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from operator import is_

from cowviz.diagram.frame_order import Link
from cowviz.diagram.graph import Nodes, TableSummary, lacking, program
from cowviz.diagram.things import FrameRange
from cowviz.language import _
from cowviz.memory.machine import ZERO_PFN, Machine, Process, Vma
from cowviz.trace.model import Trace
from cowviz.views.columns.panel import Panel
from cowviz.views.columns.widths import Holdings

Users = Mapping[FrameRange, Vma]


def counters_text(process: Process) -> str:
    """Return the header's words for a process's counters so far."""
    counters = process.counters
    return _("faults {faults} · copies {copies}").format(faults=counters.faults, copies=counters.copies)


@dataclass(slots=True)
class Figures:
    """Holds who and what a movie ever shows, as far as widths and rows depend on it."""

    names: dict[int, str] = field(default_factory=dict)  # of the processes, by pid, in order of birth
    headers: set[tuple[str, str]] = field(default_factory=set)  # names, with the words for counters
    held: Holdings = field(default_factory=Holdings)
    has_swap: bool = False  # whether some page is ever in swap

    @classmethod
    def of(cls, trace: Trace) -> Figures:
        """Return the figures of a trace."""
        figures = cls()
        seen: dict[int, Process] = {}
        for machine in trace.machines:
            for pid, process in machine.processes.items():
                if seen.get(pid) is not process:
                    seen[pid] = process
                    figures.names.setdefault(pid, process.name)
                    figures.headers.add((process.name, counters_text(process)))
            figures.held.look_at(machine)
            figures.has_swap = figures.has_swap or len(machine.swap) > 0
        return figures


@dataclass(slots=True)
class Course:
    """Holds what page tables map in the course of a movie."""

    pictures: list[tuple[Link, ...]] = field(default_factory=list)  # the arrows of each machine
    lazy: set[str] = field(default_factory=set)  # ids of the page runs that at some time lack a frame
    users: Sequence[Users] = ()  # at each moment, a region whose pages map the frames: now, or else at the nearest

    @classmethod
    def of(cls, trace: Trace, nodes: Nodes, panels: Mapping[int, Panel]) -> Course:
        """Return the course of a trace, whose processes have these panels."""
        course, users = cls(), list[Users]()
        last: list[TableSummary] = []
        for machine in trace.machines:
            summaries = [nodes.summary(process) for process in machine.processes.values()]
            if not users or len(last) != len(summaries) or not all(map(is_, last, summaries)):
                last, used = summaries, dict[FrameRange, Vma]()
                for process in reversed([*machine.living()]):  # of two that map a frame, the first counts
                    used.update(nodes.summary(process).used)
                for process in machine.processes.values():
                    course.lazy.update(lacking(process, nodes))
                picture = _picture(machine, nodes, panels)
            course.pictures.append(picture)
            users.append(used)
        course.users = _at_the_nearest(users)
        return course


def _picture(machine: Machine, nodes: Nodes, panels: Mapping[int, Panel]) -> tuple[Link, ...]:
    """Return the arrows of a machine's picture, without those to the zero page."""
    links = []
    for process in machine.living():
        panel, entries = panels[process.pid], nodes.summary(process).entries
        for row, run in enumerate(nodes.pages[program(process)]):
            frames = entries[run].frames if run in entries else ()
            links += [Link(panel.x, panel.middle(row), frame) for frame in frames if frame.start != ZERO_PFN]
    return tuple(links)


def _at_the_nearest(users: Sequence[Users]) -> Sequence[Users]:
    """Return the users of frames at each moment; an unmapped frame has those of the next, or else of the last."""
    found: list[Users] = list(users)
    for i in range(len(found) - 2, -1, -1):
        found[i] = found[i + 1] if users[i] is users[i + 1] else {**found[i + 1], **users[i]}
    earlier: dict[FrameRange, Vma] = {}
    for i, used in enumerate(users):
        if not found[i].keys() >= earlier.keys():
            found[i] = {**earlier, **found[i]}
        if i == 0 or used is not users[i - 1]:
            earlier.update(used)
    return found
