"""Draws processes left and right of physical memory, with arrows from pages to frames."""

from __future__ import annotations

from cowviz.diagram.legend import LegendEntries, LegendEntry
from cowviz.diagram.marks import DASH, DOTS
from cowviz.diagram.state import StepState
from cowviz.language import N_
from cowviz.memory.machine import Machine, Prot
from cowviz.scene.builder import SceneBuilder
from cowviz.views.columns.context import DrawContext
from cowviz.views.columns.layout import Columns
from cowviz.views.columns.layout import plan as plan
from cowviz.views.columns.painter import SnapshotPainter

_W = int(Prot.W)
SIZES = ("16:9", "4:3")
_WRITABLE, _READ_ONLY, _IN_SWAP = N_("writable PTE"), N_("read-only PTE"), N_("PTE of a page in swap")
_COW = N_("copy-on-write")


def draw(builder: SceneBuilder, plan: Columns, state: StepState) -> None:
    """Draw one moment: panels, pages, frames, arrows and what changes now."""
    SnapshotPainter(DrawContext(builder, plan, state)).draw()


def _on_screen(machine: Machine) -> set[str]:
    """Return the legend's entries that a picture of this machine needs."""
    found = set()
    for process in machine.living():
        found |= {_IN_SWAP} if len(process.swapped) else set()
        for vma in process.vmas:
            writable = {bool(right & _W) for right in process.table.rights(vma.start, vma.end)}
            found |= {_WRITABLE if each else _READ_ONLY for each in writable}
            if False in writable and vma.is_private_writable:
                found.add(_COW)
    return found


LEGEND = LegendEntries(
    (
        LegendEntry(_WRITABLE),
        LegendEntry(_READ_ONLY, dash=DASH),
        LegendEntry(_IN_SWAP, dash=DOTS),
        LegendEntry(_COW, chip="r--"),
    ),
    _on_screen,
)
