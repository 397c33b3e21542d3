"""Draws what happens now in the accent colour: outlines, tags, and the arrow of a fork."""

from __future__ import annotations

from typing import Any

from cowviz.diagram import marks
from cowviz.diagram.emphasis import is_same_kind, short_tag_words, tag_words, tag_words_for_all
from cowviz.diagram.graph import program
from cowviz.diagram.things import FileRef, Fixture, PageRange, ProcessRef
from cowviz.language import n_
from cowviz.memory.bulk_access import BulkAccess
from cowviz.memory.events import Access, Accessed, FaultRaised, FrameCopied
from cowviz.narration.emphasis import Kind
from cowviz.narration.terms import count
from cowviz.scene.builder import SMALL, TAG_PAD
from cowviz.scene.shapes import Point
from cowviz.views.columns.context import DrawContext
from cowviz.views.columns.panel import SPILL, Panel

_ACCESSES = {
    Access.READ: lambda n: n_("{n} read, no fault", "{n} reads, no fault", n),
    Access.WRITE: lambda n: n_("{n} write, no fault", "{n} writes, no fault", n),
    Access.EXEC: lambda n: n_("{n} fetch, no fault", "{n} fetches, no fault", n),
}


class Annotations:
    """Draws the annotations of one picture."""

    def __init__(self, context: DrawContext) -> None:
        self.builder, self.places, self.machine = context.builder, context.places, context.machine
        self.emphasis, self.events = context.emphasis, context.state.events
        self.run, self.row, self.owner = context.run, context.row, context.owner

    def draw(self) -> None:
        self._outlines()
        self._tags()
        if self.emphasis.fork:
            self._fork(*self.emphasis.fork)

    def _outlines(self) -> None:
        for run in dict.fromkeys(self.run(*page) for page in self.emphasis.pages):
            if run and "stripe" in self.builder.group(run.id):
                marks.outline(self.builder.group(run.id, run), self.places.panels[run.pid].box(self.row(run)))
        for name in self.emphasis.files:
            pid, row = self.places.files[name]
            file = FileRef(name)
            marks.outline(self.builder.group(file.id, file), self.places.panels[pid].box(row))
        for frame in dict.fromkeys(self.places.nodes.frame(pfn) for pfn in self.emphasis.frames):
            if frame and "box" in self.builder.group(frame.id):
                marks.outline(self.builder.group(frame.id, frame), self.places.memory.box(self.places.frame_row(frame)))

    def _tags(self) -> None:
        """Draw at most one tag a panel, the latest: below its box if there is room, else on the panel's edge."""
        said: dict[int, tuple[Kind, PageRange]] = {}
        for page, kind in self.emphasis.pages.items():
            if run := self.run(*page):
                said[page[0]] = (kind, run)
        for pid in self.machine.processes:
            words = self._process_words(pid) or self._tally(pid)
            row = self.places.rows_used(pid) - 1 if words and self.machine.process(pid).is_alive else None
            if not words and pid in said:
                kind, run = said[pid]
                words, row = tag_words(kind), self.row(run)
            shares = self.machine.process(pid).mm is not None
            row, used = (0, 1) if shares else (row, self.places.rows_used(pid))
            if words:
                self._tag(ProcessRef(pid), self.places.panels[pid], words, row, used)
        self._memory_tag()

    def _process_words(self, pid: int) -> str:
        """Return the text of a process's own tag without brackets; "" if it has none."""
        kind = self.emphasis.processes.get(pid)
        return tag_words(kind).partition(" (")[0] if kind else ""

    def _tally(self, pid: int) -> str:
        """Return the sum of an access to many pages, "512 faults, 0 copies"; "" if single pages have tags."""
        runs = self.places.nodes.pages[program(self.owner(pid))]
        if all(run.n == 1 for run in runs):
            return ""
        mine: list[Any] = [event for event in self.events if getattr(event, "pid", None) == pid]
        many = [event for event in mine if isinstance(event, BulkAccess)]
        faults = sum(isinstance(event, FaultRaised) and not event.kind.is_fatal for event in mine)
        faults += sum(event.faults for event in many)
        copies = sum(isinstance(event, FrameCopied) for event in mine) + sum(event.copies for event in many)
        if faults:
            return ", ".join((count(faults, "fault"), count(copies, "copy")))
        free = [event.access for event in mine if isinstance(event, Accessed) and self._is_free(pid, event.vpn)]
        free += [event.access for event in many for vpn in event.vpns if self._is_free(pid, vpn)]
        return _ACCESSES[free[0]](len(free)).format(n=len(free)) if free else ""

    def _is_free(self, pid: int, vpn: int) -> bool:
        """Return whether no access to the page took a fault."""
        return (pid, vpn) not in self.emphasis.faulted

    def _memory_tag(self) -> None:
        """Draw the tag of what is new in physical memory: the latest frame's words, or how many of its kind."""
        whole, row, words, short = self.emphasis.memory, None, "", ""
        said = [(pfn, kind) for pfn, kind in self.emphasis.frames.items() if kind and pfn in self.machine.frames]
        if said and not whole:
            pfn, latest = said[-1]
            run = self.places.nodes.frame(pfn)
            row = self.places.frame_row(run) if run else None
            if run and run.n > 1:
                words = tag_words_for_all(latest, sum(is_same_kind(kind, latest) for _pfn, kind in said))
            else:
                words, short = tag_words(latest), short_tag_words(latest)
        elif kind := whole or self.emphasis.reclaimed:
            words = tag_words(kind)
        if words:
            self._tag(Fixture.MEMORY, self.places.memory, words, row, self.places.memory_rows, short)

    def _tag(
        self, of: ProcessRef | Fixture, panel: Panel, words: str, row: int | None, used: int, short: str = ""
    ) -> None:
        text_width = self.builder.text_width
        if short and (panel.narrow or panel.brief or text_width(words, SMALL, bold=True) > panel.box_w - TAG_PAD):
            words = short
        below = None if row is None else panel.tag_below(row, used)
        y = panel.edge_tag if below is None else below
        x = panel.x + panel.w / 2
        if below is not None and panel is not self.places.memory:
            x = panel.box_x + panel.box_w if panel.mirrored else panel.box_x
        spill = min(max(self.builder.tag_width(words) - panel.box_w, 0) / 2, SPILL) if panel.close else 0
        name = of.id if isinstance(of, ProcessRef) else of.value
        self.builder.tag(name, x, y, words, panel.box_x - spill, panel.box_x + panel.box_w + spill, of)

    def _fork(self, parent: int, child: int) -> None:
        """Draw the elbow arrow from the parent to its child, over physical memory."""
        source, target = self.places.panels[parent], self.places.panels[child]
        if source.mirrored and target.mirrored:
            self.builder.tag(
                "fork",
                source.x + source.w / 2,
                source.bottom + 12,
                self.emphasis.fork_call,
                source.x,
                source.right,
            )
            return
        y = source.top - 14
        start = source.x + source.w / 2
        label = (self.places.memory.x + self.places.memory.w / 2, y)
        points: tuple[Point, ...]
        if target.top == source.top:
            end = target.x + target.w / 2
            points = ((start, source.top), (start, y), (end, y), (end, target.top))
        else:  # the child is the lower of two panels: come in from the canvas's edge
            edge = target.right + 14
            points = (
                (start, source.top),
                (start, y),
                (edge, y),
                (edge, target.top + 40),
                (target.right, target.top + 40),
            )
        marks.bracket(self.builder.group("fork"), self.emphasis.fork_call, points, label)
