"""Draws one moment of memory: panels with their pages, frames and arrows."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import replace
from typing import TYPE_CHECKING

from cowviz.diagram import marks
from cowviz.diagram.frame_mark import FrameMark, draw_frame, draw_on_disk
from cowviz.diagram.graph import graph, program
from cowviz.diagram.page_mark import PageMark, column_x, draw_page
from cowviz.diagram.things import EntryRange, FileRef, Fixture, FrameRange, PageRange, ProcessRef
from cowviz.language import _, n_
from cowviz.memory.machine import ZERO_PFN, Process, Prot, Vma, content_text
from cowviz.memory.rare import huge
from cowviz.narration.terms import HUGE, IN_SWAP, NO_FRAME, PINNED, count, frame_letter, frame_name, sharer_text
from cowviz.scene.builder import NAME, SMALL, SceneBuilder
from cowviz.scene.shapes import Rect
from cowviz.scene.theme import Tint
from cowviz.views.columns.annotations import Annotations
from cowviz.views.columns.context import DrawContext
from cowviz.views.columns.course import counters_text
from cowviz.views.columns.layout import HEADER_PAD, LABELS
from cowviz.views.columns.panel import Panel

if TYPE_CHECKING:
    import networkx as nx

FEW = 3  # pages in swap that are told by what they hold


class SnapshotPainter:
    """Draws one picture of memory, part by part."""

    def __init__(self, context: DrawContext) -> None:
        self.context = context
        self.builder, self.places, self.machine = context.builder, context.places, context.machine

    def draw(self) -> None:
        for process in self.machine.processes.values():
            part, seen = f"process:{process.pid}", self._seen_of(process)
            self.builder.unless_changed(part, seen, lambda builder: self._on(builder)._process(process))  # noqa: B023
        self._memory()
        self._arrows()
        Annotations(self.context).draw()

    def _on(self, builder: SceneBuilder) -> SnapshotPainter:
        return SnapshotPainter(replace(self.context, builder=builder))

    def _seen_of(self, process: Process) -> list[object]:
        """All that the panel of a process depends on."""
        machine, places = self.machine, self.places
        mine = (name for name, (owner, _) in places.files.items() if owner == process.pid)
        frames = machine.frames if any(vma.huge for vma in process.vmas) else None
        return [places, process, sharer_text(machine, process), frames, *map(machine.files.get, mine)]

    # Panels

    def _panel(self, builder: SceneBuilder, panel: Panel) -> None:
        theme = builder.theme
        box = Rect(
            x=panel.x, y=panel.top, w=panel.w, h=panel.h, radius=16, fill=theme.panel, stroke=theme.panel_edge, width=2,
            role="panel",
        )  # fmt: skip
        builder.add("panel", box)

    def _process(self, process: Process) -> None:
        panel, who = self.places.panels[process.pid], ProcessRef(process.pid)
        builder = self.builder.group(who.id, who)
        self._panel(builder, panel)
        fill = builder.theme.text if process.is_alive else builder.theme.muted
        left, right, y = panel.x + HEADER_PAD, panel.right - HEADER_PAD, panel.heading_y
        name = builder.fit(process.name, NAME, right - left, bold=True)
        builder.text("name", left, y, name, "name", bold=True, fill=fill)
        if panel.lines > 1:  # on the line below, clear of the words VMA and PTE
            x, anchor = (right, "end") if panel.mirrored and not panel.is_tall else (left, "start")
            beside_labels = panel.lines == 2 and not panel.is_tall and not panel.is_dense
            words = builder.fit(counters_text(process), SMALL, right - left - (LABELS if beside_labels else 0))
            builder.text("counters", x, panel.counters_y, words, "counter", anchor=anchor)
        elif not panel.narrow:
            builder.text("counters", right, y, counters_text(process), "counter", anchor="end")
        sharer = sharer_text(self.machine, process) if process.is_alive else None
        if sharer:
            marks.shared(builder, panel.box(0), sharer)
        elif process.is_alive:
            if panel.narrow or not panel.is_tall:
                self._column_labels(builder, panel)
            for run in self.places.nodes.pages[program(process)]:
                self._page(process, panel, run)
        self._files(process.pid, panel)

    def _column_labels(self, builder: SceneBuilder, panel: Panel) -> None:
        for i, word in enumerate(("VMA", "PTE")):
            x = column_x(panel.box(0), i) + 20
            builder.text(word, x, panel.top + panel.header - 8, word, "label", anchor="middle")

    def _files(self, pid: int, panel: Panel) -> None:
        """Draw the written files below the pages of the first process that wrote; a file outlives it."""
        for name, (owner, row) in self.places.files.items():
            if owner == pid and name in self.machine.files:
                text = ", ".join(content_text(content) for content in self.machine.files[name].contents)
                file = FileRef(name)
                draw_on_disk(self.builder.group(file.id, file), panel.box(row), name, text)

    # Pages and frames

    def _page(self, process: Process, panel: Panel, run: PageRange) -> None:
        vpns = range(run.start, run.start + run.n)
        vmas = [vma for vma in process.vmas if vma.start < vpns.stop and vpns.start < vma.end]
        if not vmas:
            return
        rights = process.table.rights(vpns.start, vpns.stop)
        entries = self.places.nodes.summary(process).entries
        ptes = entries[run].count if run in entries else 0
        numbers, which, state = _page_words(self.places.nodes.regions[program(process)][vmas[0].name], run, ptes)
        state = self._special_state(process, run) or state
        mark = PageMark(
            name=vmas[0].name,
            numbers=numbers,
            which=which,
            state=state,
            is_empty=not ptes,
            two_lines=bool(which) or run.id in self.places.nodes.lazy,
            vma=_same({int(vma.prot) for vma in vmas}),
            pte=_same(rights),
            is_cow=len(rights) == 1 and not max(rights) & Prot.W and all(vma.is_private_writable for vma in vmas),
            tint=self._tint(vmas[0]),
        )
        self.builder.group(run.id, run).once(draw_page, panel.box(self.places.nodes.row(process, run)), mark)

    def _special_state(self, process: Process, run: PageRange) -> str:
        """Return what is special about the pages: in swap, huge or pinned; "" if nothing is."""
        swapped = sum(1 for _ in process.swapped.items(run.start, run.start + run.n))
        if swapped:
            return _(IN_SWAP) if run.n == 1 else _("{n} in swap").format(n=swapped)
        vma = process.vma(run.start)
        if vma and vma.huge and huge.is_whole(self.machine, process, run.start):
            return _(HUGE)
        return _(PINNED) if process.pins and process.pins.issuperset(range(run.start, run.start + run.n)) else ""

    def _tint(self, vma: Vma) -> Tint:
        return self.builder.theme.tint(vma.section.value, str(vma.prot))

    def _memory(self) -> None:
        panel, builder = self.places.memory, self.builder.group("memory", Fixture.MEMORY)
        end = panel.row(self.places.swap_row) - 9 if self.places.has_swap else panel.bottom  # swap is no memory
        self._panel(builder, replace(panel, h=end - panel.top))
        middle = panel.x + panel.w / 2
        title = _("Physical memory")
        if builder.text_width(title, NAME, bold=True) > panel.w - 32:
            title = _("Frames") if panel.brief else _("Memory")
        y = panel.heading_y
        builder.text("name", middle, y, title, "name", bold=True, anchor="middle")
        for run in self.places.nodes.frames:
            seen = self._seen_of_frames(run)
            self.builder.unless_changed(run.id, seen, lambda builder: self._on(builder)._frame_box(run))  # noqa: B023

        if self.machine.swap_slots and self.places.has_swap:
            texts = [content_text(slot.content) for _, slot in self.machine.swap.items()]
            text = ", ".join(texts) if len(texts) <= FEW else count(len(texts), "page")
            swap = self.builder.group(Fixture.SWAP.value, Fixture.SWAP)
            draw_on_disk(swap, panel.box(self.places.swap_row), _("Swap"), text)

    def _frame_box(self, run: FrameRange) -> None:
        box = self.places.memory.box(self.places.frame_row(run))
        draw_frame(self.builder.group(run.id, run), box, self._frame(run), self._origin(run))

    def _seen_of_frames(self, run: FrameRange) -> list[object]:
        """All that the box of a run of frames depends on."""
        frames, vma = self.machine.frames, self._user(run)
        look = (vma.section.value, str(vma.prot)) if vma else ()
        return [self.places, frames.get(run.start) if run.n == 1 else frames, look, self._origin(run)]

    def _origin(self, run: FrameRange) -> str | None:
        """Return the box that a frame's bytes come from in this still."""
        source = self.context.emphasis.travels.get(run.start) if run.n == 1 else None
        found = None if source is None else self.places.nodes.frame(source)
        return found.id if found else None

    def _frame(self, run: FrameRange) -> FrameMark:
        if run.start == ZERO_PFN:
            tint = self.builder.theme.tint("", "")
            return FrameMark(frame_name(ZERO_PFN), "0", "0", "", tint, self.places.wordy, dashed=True)
        lo, hi = run.start, run.start + run.n
        held = list(self.machine.frames.held(lo, hi))
        if not held:
            return FrameMark("", "", "", "", None, self.places.wordy)
        contents = {content_text(content) for _, _, content in held}
        counts = sorted(self.machine.frames.counts(lo, hi))
        times = f"×{counts[0]}" if len(counts) == 1 else f"×{counts[0]}-{counts[-1]}"
        used = sum(n for _, n, _ in held)
        name = frame_name(held[0][0]) if used == 1 else count(used, "frame")
        short = frame_letter(held[0][0]) if used == 1 else name
        if self.places.memory.brief:
            name = short = frame_letter(held[0][0]) if used == 1 else f"{used}"
        content = contents.pop() if len(contents) == 1 else _("various")
        return FrameMark(name, short, content, times, self._frame_tint(run), self.places.wordy)

    def _frame_tint(self, run: FrameRange) -> Tint:
        """Return the tint of the pages that map the frames now, or else at the nearest other moment."""
        vma = self._user(run)
        return self._tint(vma) if vma else self.builder.theme.tint("", "")

    def _user(self, run: FrameRange) -> Vma | None:
        return self.places.users[self.context.state.moment].get(run)

    def _arrows(self) -> None:
        links = graph(self.machine, self.places.nodes)
        now = {self.context.run(*page) for page in self.context.emphasis.arrows}
        for source, target, edge in links.edges(data=True):
            run: PageRange = links.nodes[source]["run"]
            frame: FrameRange = links.nodes[target]["run"]
            panel, memory = self.places.panels[run.pid], self.places.memory
            start = (panel.inner, panel.middle(self.context.row(run)))
            edge_x = memory.box_x + memory.box_w if panel.mirrored else memory.box_x
            end = (edge_x, memory.middle(self.places.frame_row(frame)) + self.places.landing(run.pid))
            only = links.out_degree(source) == 1
            key = f"pte:{run.pid}:{run.start:x}" + ("" if only else f">{frame.start}")
            dash = () if edge["writable"] else marks.DASH
            self.builder.once(marks.arrow, key, EntryRange(run, frame), start, end, dash, run in now)
        self._swap_arrows(links)

    def _swap_arrows(self, links: nx.DiGraph[str]) -> None:
        """Draw arrows from pages in swap to the swap box; each keeps the id of the arrow to its frame."""
        now = {self.context.run(*page) for page in self.context.emphasis.to_swap}
        memory, row = self.places.memory, self.places.swap_row
        for process in (one for one in self.machine.living() if one.mm is None):
            for run in self.places.nodes.pages[program(process)]:
                if not any(True for _ in process.swapped.items(run.start, run.start + run.n)):
                    continue
                panel = self.places.panels[run.pid]
                start = (panel.inner, panel.middle(self.context.row(run)))
                edge_x = memory.box_x + memory.box_w if panel.mirrored else memory.box_x
                end = (edge_x, memory.middle(row) + self.places.landing(run.pid))
                key = f"pte:{run.pid}:{run.start:x}" + (f">{Fixture.SWAP.value}" if links.out_degree(run.id) else "")
                marks.arrow(self.builder, key, EntryRange(run, None), start, end, marks.DOTS, run in now)


def _page_words(region: range, run: PageRange, mapped: int) -> tuple[str, str, str]:
    """Return the pages' numbers in their region, as text and with a word, and how many are mapped."""
    if len(region) == 1:
        return "", "", "" if mapped else _(NO_FRAME)
    first = run.start - region.start
    numbers = f"{first}" if run.n == 1 else f"{first}–{first + run.n - 1}"
    which = n_("page {numbers}", "pages {numbers}", run.n).format(numbers=numbers)
    if mapped == run.n:
        return numbers, which, ""
    return numbers, which, n_("{n} mapped", "{n} mapped", mapped).format(n=mapped) if mapped else _(NO_FRAME)


def _same(rights: Set[int]) -> str:
    """Return the rights of all pages of a run; "mix" if they differ, "---" if there are none."""
    return "mix" if len(rights) > 1 else str(Prot(max(rights, default=0)))
