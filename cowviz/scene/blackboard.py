"""Draws one moment of memory: the panels of an arrangement, with their pages, frames and arrows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cowviz.memory.events import Accessed, Event, FaultRaised, FrameCopied
from cowviz.memory.machine import ZERO_PFN, Machine, Process, Prot, Vma, content_text, frame_name
from cowviz.scene import marks
from cowviz.scene.arrange import HEADER_PAD, Arrangement, counters_text
from cowviz.scene.focus import Focus, focus
from cowviz.scene.graph import FrameRun, PageRun, graph, program
from cowviz.scene.marks import FrameMark, PageMark
from cowviz.scene.metrics import fit, text_width
from cowviz.scene.panel import Panel
from cowviz.scene.shapes import Point, Rect
from cowviz.scene.sheet import NAME, Sheet
from cowviz.scene.theme import Tint


@dataclass(frozen=True)
class Moment:
    """The machine, what has happened in this step so far, and the machines to come (a frame is tinted by its use)."""

    machine: Machine
    events: tuple[Event, ...]
    latest: tuple[Event, ...]
    others: Sequence[Machine] = ()  # the rest of the movie, nearest first


class Blackboard:
    """One picture of memory, drawn part by part."""

    def __init__(self, sheet: Sheet, places: Arrangement, moment: Moment, prefix: str = "") -> None:
        self.sheet = sheet
        self.places = places
        self.moment = moment
        self.machine = moment.machine
        self.focus: Focus = focus(moment.events, moment.latest)
        self.prefix = prefix

    def draw(self) -> None:
        for process in self.machine.processes.values():
            self._process(process)
        self._memory()
        self._arrows()
        self._outlines()
        self._tags()
        if self.focus.fork:
            self._fork(*self.focus.fork)

    # Panels

    def _key(self, name: str) -> str:
        return f"{self.prefix}{name}"

    def _run(self, pid: int, vpn: int) -> PageRun | None:
        return self.places.nodes.page(self.machine.process(pid), vpn)

    def _row(self, run: PageRun) -> int:
        return self.places.nodes.row(self.machine.process(run.pid), run)

    def _panel(self, key: str, panel: Panel) -> None:
        theme = self.sheet.theme
        box = Rect(
            x=panel.x, y=panel.top, w=panel.w, h=panel.h, radius=16, fill=theme.panel, stroke=theme.panel_edge, width=2,
            role="panel",
        )  # fmt: skip
        self.sheet.add(f"{key}/panel", box)

    def _process(self, process: Process) -> None:
        panel, key = self.places.panels[process.pid], self._key(f"process:{process.pid}")
        self._panel(key, panel)
        quiet = {} if process.is_alive else {"fill": self.sheet.theme.muted}
        left, right, y = panel.x + HEADER_PAD, panel.right - HEADER_PAD, panel.heading_y
        name = fit(process.name, NAME, right - left, bold=True)
        self.sheet.text(f"{key}/name", left, y, name, "name", bold=True, **quiet)
        if panel.lines > 1:  # on the line below, clear of the words VMA and PTE
            x, anchor = (right, "end") if panel.mirrored and not panel.is_tall else (left, "start")
            self.sheet.text(f"{key}/counters", x, y + 30, counters_text(process), "counter", anchor=anchor)
        elif not panel.narrow:
            self.sheet.text(f"{key}/counters", right, y, counters_text(process), "counter", anchor="end")
        if process.is_alive:
            if panel.narrow or not panel.is_tall:
                self._column_labels(key, panel)
            for run in self.places.nodes.pages[program(process)]:
                self._page(process, panel, run)
        self._files(process.pid, panel)

    def _column_labels(self, key: str, panel: Panel) -> None:
        for i, word in enumerate(("VMA", "PTE")):
            x = marks.column_x(panel, i) + 20
            self.sheet.text(f"{key}/{word}", x, panel.top + panel.header - 8, word, "label", anchor="middle")

    def _files(self, pid: int, panel: Panel) -> None:
        """What has been written to files, below the pages of the first that wrote: a file outlives it."""
        for name, (owner, row) in self.places.files.items():
            if owner == pid and name in self.machine.files:
                text = ", ".join(content_text(content) for content in self.machine.files[name].contents)
                marks.file(self.sheet, self._key(f"file:{name}"), panel, row, name, text)

    # Pages and frames

    def _page(self, process: Process, panel: Panel, run: PageRun) -> None:
        vpns = range(run.start, run.start + run.n)
        vmas = [vma for vma in process.vmas if vma.start < vpns.stop and vpns.start < vma.end]
        if not vmas:
            return
        ptes = [pte for _, pte in process.table.items(vpns.start, vpns.stop)]
        rights = {int(pte.prot) for pte in ptes}
        which, state = _page_words(self.places.nodes.regions[program(process)][vmas[0].name], run, len(ptes))
        mark = PageMark(
            name=vmas[0].name,
            which=which,
            state=state,
            is_empty=not ptes,
            two_lines=bool(which) or run.id in self.places.nodes.lazy,
            vma=_same({int(vma.prot) for vma in vmas}),
            pte=_same(rights),
            is_cow=len(rights) == 1 and not max(rights) & Prot.W and all(vma.is_private_writable for vma in vmas),
            tint=self._tint(vmas[0]),
        )
        marks.page(self.sheet, self._key(run.id), panel, self.places.nodes.row(process, run), mark)

    def _tint(self, vma: Vma) -> Tint:
        return self.sheet.theme.tint(vma.section.value, str(vma.prot))

    def _memory(self) -> None:
        panel, key = self.places.memory, self._key("memory")
        self._panel(key, panel)
        middle = panel.x + panel.w / 2
        title = "Physical memory"
        if text_width(title, NAME, bold=True) > panel.w - 32:
            title = "Memory"
        y = panel.heading_y
        self.sheet.text(f"{key}/name", middle, y, title, "name", bold=True, anchor="middle")
        for run in self.places.nodes.frames:
            origin = self._origin(run)
            mark = self._frame(run)
            marks.frame(self.sheet, self._key(run.id), panel, self.places.frame_row(run), mark, origin)

    def _origin(self, run: FrameRun) -> str | None:
        """The box that a frame's bytes come from in this still."""
        source = self.focus.travels.get(run.start) if run.n == 1 else None
        found = None if source is None else self.places.nodes.frame(source)
        return self._key(found.id) if found else None

    def _frame(self, run: FrameRun) -> FrameMark:
        if run.start == ZERO_PFN:
            return FrameMark("Zero page", "0", "", self.sheet.theme.tint("", ""), self.places.wordy, dashed=True)
        used = list(self.machine.frames.items(run.start, run.start + run.n))
        frames = [frame for _, frame in used]
        if not frames:
            return FrameMark("", "", "", None, self.places.wordy)
        contents = {content_text(frame.content) for frame in frames}
        counts = sorted({frame.mapcount for frame in frames})
        count = f"×{counts[0]}" if len(counts) == 1 else f"×{counts[0]}-{counts[-1]}"
        name = frame_name(used[0][0]) if len(used) == 1 else f"{len(used)} frames"
        content = contents.pop() if len(contents) == 1 else "various"
        return FrameMark(name, content, count, self._frame_tint(run), self.places.wordy)

    def _frame_tint(self, run: FrameRun) -> Tint:
        """The tint of the pages that map the frames: now, or else at the nearest other moment."""
        for machine in (self.machine, *self.moment.others):
            for process in machine.living():
                for vpn, pte in process.table.items():
                    if run.start <= pte.pfn < run.start + run.n and (vma := process.vma(vpn)):
                        return self._tint(vma)
        return self.sheet.theme.tint("", "")

    def _arrows(self) -> None:
        links = graph(self.machine, self.places.nodes)
        now = {self._run(*page) for page in self.focus.arrows}
        for source, target, edge in links.edges(data=True):
            run: PageRun = links.nodes[source]["run"]
            frame: FrameRun = links.nodes[target]["run"]
            panel, memory = self.places.panels[run.pid], self.places.memory
            start = (panel.inner, panel.middle(self._row(run)))
            edge_x = memory.box_x + memory.box_w if panel.mirrored else memory.box_x
            end = (edge_x, memory.middle(self.places.frame_row(frame)) + self.places.landing(run.pid))
            only = links.out_degree(source) == 1
            key = f"pte:{run.pid}:{run.start:x}" + ("" if only else f">{frame.start}")
            marks.arrow(self.sheet, self._key(key), start, end, edge["writable"] > 0, run in now)

    # What happens now

    def _outlines(self) -> None:
        for run in dict.fromkeys(self._run(*page) for page in self.focus.pages):
            if run and f"{self._key(run.id)}/stripe" in self.sheet.shapes:
                marks.outline(self.sheet, self._key(run.id), self.places.panels[run.pid], self._row(run))
        for name in self.focus.files:
            pid, row = self.places.files[name]
            marks.outline(self.sheet, self._key(f"file:{name}"), self.places.panels[pid], row)
        for frame in dict.fromkeys(self.places.nodes.frame(pfn) for pfn in self.focus.frames):
            if frame and f"{self._key(frame.id)}/box" in self.sheet.shapes:
                marks.outline(self.sheet, self._key(frame.id), self.places.memory, self.places.frame_row(frame))

    def _tags(self) -> None:
        """One tag a panel at most: the latest; right below its box where there is room, else on the panel's edge."""
        said: dict[int, tuple[str, PageRun]] = {}
        for page, words in self.focus.pages.items():
            if run := self._run(*page):
                said[run.pid] = (words, run)
        for pid in self.machine.processes:
            tally = self._tally(pid)
            words = self.focus.processes.get(pid, "").partition(" (")[0] or tally
            row = self.places.rows_used(pid) - 1 if words and self.machine.process(pid).is_alive else None
            if not words and pid in said:
                words, run = said[pid]
                row = self._row(run)
            if words:
                self._tag(f"process:{pid}", self.places.panels[pid], words, row, self.places.rows_used(pid))
        self._memory_tag()

    def _tally(self, pid: int) -> str:
        """What an access to many pages came to: "512 faults, 0 copies"; "" where single pages speak for themselves."""
        runs = self.places.nodes.pages[program(self.machine.process(pid))]
        if all(run.n == 1 for run in runs):
            return ""
        mine: list[Any] = [event for event in self.moment.events if getattr(event, "pid", None) == pid]
        faults = sum(isinstance(event, FaultRaised) and not event.kind.is_fatal for event in mine)
        copies = sum(isinstance(event, FrameCopied) for event in mine)
        accesses = [event for event in mine if isinstance(event, Accessed)]
        if faults:
            return f"{faults} fault{'s' * (faults != 1)}, {copies} cop{'y' if copies == 1 else 'ies'}"
        return f"{len(accesses)} {accesses[0].access.value}s, no fault" if accesses else ""

    def _memory_tag(self) -> None:
        """What is new in physical memory: the latest frame's words, or how many there are of its kind in a run."""
        words, row = self.focus.memory, None
        said = [(pfn, text) for pfn, text in self.focus.frames.items() if text and pfn in self.machine.frames]
        if said and not words:
            pfn, words = said[-1]
            run = self.places.nodes.frame(pfn)
            row = self.places.frame_row(run) if run else None
            if run and run.n > 1:
                words = _many(words, sum(text.split()[0] == words.split()[0] for _, text in said))
        if words:
            self._tag("memory", self.places.memory, words, row, len(self.places.nodes.frames))

    def _tag(self, key: str, panel: Panel, words: str, row: int | None, used: int) -> None:
        if panel.narrow:
            words = words.replace("Frame ", "")
        below = None if row is None else panel.tag_below(row, used)
        y = panel.edge_tag if below is None else below
        x = panel.x + panel.w / 2
        if below is not None and panel is not self.places.memory:
            x = panel.box_x + panel.box_w if panel.mirrored else panel.box_x
        self.sheet.tag(self._key(key), x, y, words, panel.box_x, panel.box_x + panel.box_w)

    def _fork(self, parent: int, child: int) -> None:
        """The elbow arrow from the parent to its child, over physical memory."""
        source, target = self.places.panels[parent], self.places.panels[child]
        if source.mirrored and target.mirrored:
            self.sheet.tag(
                self._key("fork"), source.x + source.w / 2, source.bottom + 12, "fork()", source.x, source.right
            )
            return
        y = source.top - 14
        start = source.x + source.w / 2
        label = (self.places.memory.x + self.places.memory.w / 2, y)
        points: tuple[Point, ...]
        if target.top == source.top:
            end = target.x + target.w / 2
            points = ((start, source.top - 2), (start, y), (end, y), (end, target.top))
        else:  # the child is the lower of two panels: come in from the canvas's edge
            edge = target.right + 14
            points = (
                (start, source.top - 2),
                (start, y),
                (edge, y),
                (edge, target.top + 40),
                (target.right, target.top + 40),
            )
        marks.bracket(self.sheet, self._key("fork"), "fork()", points, label)


def _page_words(region: range, run: PageRun, mapped: int) -> tuple[str, str]:
    """Which of its region's pages this is, and whether it has frames."""
    if len(region) == 1:
        return "", "" if mapped else "no frame"
    first = run.start - region.start
    which = f"page {first}" if run.n == 1 else f"pages {first}–{first + run.n - 1}"
    if mapped == run.n:
        return which, ""
    return which, "no frame" if not mapped else f"{mapped} mapped"


def _same(rights: set[int]) -> str:
    """What all of a run's pages have, "mix" where they differ, "---" where there is none."""
    return "mix" if len(rights) > 1 else str(Prot(max(rights, default=0)))


def _many(words: str, n: int) -> str:
    """A frame's tag, for a run of n frames."""
    if words.startswith("copy of") and n > 1:
        return f"{n} copies"
    return {"new frame": f"{n} new frames", "allocated": f"{n} allocated"}.get(words, words) if n > 1 else words
