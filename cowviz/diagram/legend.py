"""Draws the legend: it names the strokes on screen, and each entry keeps its place for the whole movie."""

from __future__ import annotations

from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple

from cowviz.language import _
from cowviz.memory.machine import Machine
from cowviz.scene.builder import MARGIN, SMALL, SceneBuilder
from cowviz.scene.shapes import WIDTH, Line, Rect
from cowviz.scene.text_metrics import text_width
from cowviz.scene.typeface import Typeface
from cowviz.trace.model import Trace

_CHIP, _BEHIND = 48, 10  # width of the chip, and the gap between a sample and its word
_SPACINGS = (48, 36), (48, 20), (38, 16)  # length of a line and the gap between entries: the first that fits
_ROW = 32.0  # from one row of the legend to the next


@dataclass(frozen=True)
class LegendEntry:
    """Holds a stroke and its meaning in English; the meaning is translated when it is drawn."""

    meaning: str
    dash: tuple[float, ...] = ()
    chip: str = ""  # words on the accent, where the sample is no line


class LegendEntries(NamedTuple):
    """Holds a view's strokes, and a function that tells which of them (by meaning) a machine's picture shows."""

    entries: tuple[LegendEntry, ...]
    on_screen: Callable[[Machine], Set[str]]


NOTHING = LegendEntries((), lambda machine: frozenset())


class Legend:
    """Places a movie's legend entries, and the counter of frames at the right."""

    def __init__(
        self, trace: Trace, views: Sequence[LegendEntries], y: float, font: Typeface, width: float = WIDTH
    ) -> None:
        self.y, self.views = y, views
        used = set().union(*(self._on_screen(machine) for machine in trace.machines))
        every = {entry.meaning: entry for entry in chain.from_iterable(view.entries for view in views)}
        entries = [entry for entry in every.values() if entry.meaning in used]
        counter = max(text_width(counter_text(machine), SMALL, font) for machine in trace.machines)
        room = width - 2 * MARGIN - counter
        fitting = (spacing for spacing in _SPACINGS if _width(entries, font, *spacing) <= room)
        self.line, gap = next(fitting, _SPACINGS[-1])
        lower = (
            [] if _width(entries, font, self.line, gap) <= room else entries[-1:]
        )  # it stands in a row with the counter
        self.height = _ROW if lower else 0.0  # of what it needs above its one row
        self.places: list[tuple[LegendEntry, float, float]] = []
        for row, top in ((entries[: len(entries) - len(lower)], y - self.height), (lower, y)):
            self.places += [(entry, MARGIN + _width(row[:i], font, self.line, gap), top) for i, entry in enumerate(row)]

    def draw(self, builder: SceneBuilder, machine: Machine, *others: Machine) -> None:
        """Draw the entries that these machines need, and the counter of the first machine's frames."""
        shown, counter = self._on_screen(machine).union(*map(self._on_screen, others)), counter_text(machine)
        builder.unless_changed("legend", [self, shown, counter], lambda inner: self._draw(inner, shown, counter))

    def _draw(self, builder: SceneBuilder, shown: Set[str], counter: str) -> None:
        for entry, x, y in self.places:
            if entry.meaning in shown:
                mine = builder.group(f"legend:{entry.meaning}")
                self._sample(mine, entry, x, y)
                x += _sample_width(entry, self.line)
                mine.text("text", x, y, _(entry.meaning), "legend")
        x = builder.width - MARGIN
        builder.group("legend").text("frames", x, self.y, counter, "counter", anchor="end")

    def _on_screen(self, machine: Machine) -> frozenset[str]:
        return frozenset[str]().union(*(view.on_screen(machine) for view in self.views))

    def _sample(self, builder: SceneBuilder, entry: LegendEntry, x: float, y: float) -> None:
        theme = builder.theme
        if entry.chip:
            chip = Rect(x=x - 1, y=y - 22, w=52, h=28, radius=6, fill=theme.accent, role="legend")
            builder.add("chip", chip)
            builder.text("sample", x + 5, y, entry.chip, "legend", mono=True, bold=True, fill=theme.on_accent)
            return
        points = ((x, y - 7), (x + self.line, y - 7))
        line = Line(points=points, stroke=theme.line, width=3, dash=entry.dash, role="legend")
        builder.add("sample", line)


def _sample_width(entry: LegendEntry, line: float) -> float:
    """Return the width of a sample with the gap behind it, in px."""
    return (_CHIP if entry.chip else line) + _BEHIND


def _width(entries: Sequence[LegendEntry], font: Typeface, line: float, gap: float) -> float:
    """Return the width of entries with the gap behind each, in px."""
    return sum(_sample_width(entry, line) + text_width(_(entry.meaning), SMALL, font) + gap for entry in entries)


def counter_text(machine: Machine) -> str:
    """Return the counter's words: how many frames are in use."""
    used, total = machine.used_frames, machine.total_frames
    words = _("frames {used} of {total}") if total <= 4096 else _("frames in use: {used}")
    return words.format(used=used, total=total)
