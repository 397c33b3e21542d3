"""The legend: what the strokes mean, naming only what is on screen, each entry at its own place all through."""

from __future__ import annotations

from collections.abc import Sequence

from cowviz.language import N_, _
from cowviz.memory.machine import Machine, Prot
from cowviz.scene.arrange import machines
from cowviz.scene.marks import DASH, DOTS
from cowviz.scene.metrics import text_width
from cowviz.scene.shapes import WIDTH, Line, Rect
from cowviz.scene.sheet import MARGIN, SMALL, Sheet
from cowviz.story.trace import Trace

SOLID, DASHED, DOTTED = N_("writable PTE"), N_("read-only PTE"), N_("PTE of a page in swap")
CHIP = N_("copy-on-write")
_CHIP, _BEHIND = 48, 10  # width of the chip, and the gap between a sample and its word
_SPACINGS = (48, 36), (48, 20), (38, 16)  # length of a line and the gap between entries: the first that fits
_ROW = 32.0  # from one row of the legend to the next


class Legend:
    """The places of a movie's legend entries, and the counter of frames at the right."""

    def __init__(self, trace: Trace, y: float, width: float = WIDTH) -> None:
        self.y = y
        used = set().union(*(on_screen(machine) for machine in machines(trace)))
        entries = [entry for entry in (SOLID, DASHED, DOTTED, CHIP) if entry in used]
        counter = max(text_width(counter_text(machine), SMALL) for machine in machines(trace))
        room = width - 2 * MARGIN - counter
        fitting = (spacing for spacing in _SPACINGS if _width(entries, *spacing) <= room)
        self.line, gap = next(fitting, _SPACINGS[-1])
        lower = [] if _width(entries, self.line, gap) <= room else entries[-1:]  # it stands in a row with the counter
        self.height = _ROW if lower else 0.0  # of what it needs above its one row
        self.places: dict[str, tuple[float, float]] = {}
        for row, top in ((entries[: len(entries) - len(lower)], y - self.height), (lower, y)):
            self.places |= {entry: (MARGIN + _width(row[:i], self.line, gap), top) for i, entry in enumerate(row)}

    def draw(self, sheet: Sheet, machine: Machine, *others: Machine) -> None:
        """The entries that these machines show; the counter is the first one's."""
        shown = on_screen(machine).union(*map(on_screen, others))
        for entry, (x, y) in self.places.items():
            if entry in shown:
                self._sample(sheet, entry, x, y)
                sheet.text(f"legend:{entry}/text", x + _sample_width(entry, self.line), y, _(entry), "legend")
        sheet.text("legend/frames", sheet.width - MARGIN, self.y, counter_text(machine), "counter", anchor="end")

    def _sample(self, sheet: Sheet, entry: str, x: float, y: float) -> None:
        theme, key = sheet.theme, f"legend:{entry}"
        if entry == CHIP:
            chip = Rect(x=x - 1, y=y - 22, w=52, h=28, radius=6, fill=theme.accent, role="legend")
            sheet.add(f"{key}/chip", chip)
            sheet.text(f"{key}/sample", x + 5, y, "r--", "legend", mono=True, bold=True, fill=theme.on_accent)
            return
        dash = {DASHED: DASH, DOTTED: DOTS}.get(entry, ())
        line = Line(points=((x, y - 7), (x + self.line, y - 7)), stroke=theme.line, width=3, dash=dash, role="legend")
        sheet.add(f"{key}/sample", line)


def _sample_width(entry: str, line: float) -> float:
    """How much room a sample takes, with the gap behind it."""
    return (_CHIP if entry == CHIP else line) + _BEHIND


def _width(entries: Sequence[str], line: float, gap: float) -> float:
    """How much room entries take, with the gap behind each."""
    return sum(_sample_width(entry, line) + text_width(_(entry), SMALL) + gap for entry in entries)


def counter_text(machine: Machine) -> str:
    """How many frames are used."""
    used, total = machine.used_frames, machine.total_frames
    words = _("frames {used} of {total}") if total <= 4096 else _("frames in use: {used}")
    return words.format(used=used, total=total)


def on_screen(machine: Machine) -> set[str]:
    """The entries that a picture of this machine needs."""
    found = set()
    for process in machine.living():
        found |= {DOTTED} if len(process.swapped) else set()
        for vma in process.vmas:
            rights = {int(pte.prot) for _, pte in process.table.items(vma.start, vma.end)}
            writable = {bool(right & Prot.W) for right in rights}
            found |= {SOLID if each else DASHED for each in writable}
            if False in writable and vma.is_private_writable:
                found.add(CHIP)
    return found
