"""A view for tests: how often each frame is mapped, as a bar; what has just changed goes dark first."""

from __future__ import annotations

from dataclasses import dataclass, replace

from cowviz.diagram.legend import LegendEntries, LegendEntry
from cowviz.diagram.state import StepState
from cowviz.diagram.things import FrameRange
from cowviz.diagram.view import Area, Compare, NotForThisTrace, Plan
from cowviz.narration.terms import frame_letter
from cowviz.scene.builder import NAME, SceneBuilder
from cowviz.scene.shapes import Rect
from cowviz.scene.text_metrics import text_width
from cowviz.trace.model import Trace

MOST, ROW, BAR = 8, 48, 60
SIZES = ("16:9", "4:3")
LEGEND = LegendEntries((LegendEntry("a frame in use", chip="A"),), lambda machine: {"a frame in use"})


@dataclass(frozen=True, kw_only=True)
class Bars(Plan):
    frames: tuple[int, ...]
    name_width: float


def plan(trace: Trace, area: Area, compare: Compare | None = None) -> Bars:
    """Give each frame that is ever in use a row."""
    frames = tuple(sorted({pfn for machine in trace.machines for pfn, _ in machine.frames.items()}))
    if len(frames) > MOST:
        raise NotForThisTrace(f"{trace.name} uses {len(frames)} frames, and a tally holds {MOST}")
    widest = max((text_width(frame_letter(pfn), NAME, area.font) for pfn in frames), default=0)
    return Bars(area=area, frames=frames, name_width=widest)


def draw(builder: SceneBuilder, plan: Bars, state: StepState) -> None:
    """Draw a bar for each frame: as many boxes as pages map it."""
    for row, pfn in enumerate(plan.frames):
        if not (frame := state.machine.frames.get(pfn)):
            continue
        y, x = plan.area.top + ROW * row, plan.area.x + 24
        mine = builder.group(f"frame:{pfn}", of=FrameRange(pfn))
        mine.text("name", x, y + 30, frame_letter(pfn), "name")
        fill = builder.theme.accent if state.phase == pfn else builder.theme.text
        for i in range(frame.mapcount):
            box = Rect(x=x + plan.name_width + 16 + BAR * i, y=y + 4, w=BAR - 8, h=ROW - 12, fill=fill, role="box")
            mine.add(f"{i}", box)


def phases(plan: Bars, before: StepState, after: StepState) -> list[StepState]:
    """Show first which count has changed, then what it is now."""
    changed = [
        pfn for pfn in plan.frames if _mapcount(before, pfn) != _mapcount(after, pfn) and _mapcount(before, pfn) > 0
    ]
    return [*(replace(before, step=after.step, line=after.line, phase=pfn, rest=0.3) for pfn in changed[:1]), after]


def words(trace: Trace, state: StepState) -> str:
    """Count in words."""
    return f"Mapped {sum(_mapcount(state, pfn) for pfn, _ in state.machine.frames.items())} times."


def suits(trace: Trace) -> bool:
    """Never ask for it in a check of everything."""
    return False


def _mapcount(state: StepState, pfn: int) -> int:
    frame = state.machine.frames.get(pfn)
    return frame.mapcount if frame else 0
