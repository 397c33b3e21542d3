"""Processes left and right, physical memory between them, arrows from pages to frames: the lecture's picture."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from cowviz.errors import CowvizError
from cowviz.language import _
from cowviz.memory.events import FaultKind, FaultRaised, PageMapped
from cowviz.scene import sheet as furniture
from cowviz.scene.arrange import EDGE, Area, Arrangement, arrange, machines
from cowviz.scene.blackboard import Blackboard
from cowviz.scene.code_pane import STRIP, code_pane, code_strip
from cowviz.scene.legend import Legend
from cowviz.scene.metrics import ELLIPSIS, wrap
from cowviz.scene.moment import Drawing, Moment
from cowviz.scene.shapes import HEIGHT, WIDTH, Scene, Text, moved
from cowviz.scene.sheet import CAPTION, LINE, MARGIN, TITLE_LINE, Sheet
from cowviz.scene.theme import Theme
from cowviz.story.alt_text import alt_text, before_after_text
from cowviz.story.trace import Step, Trace

TOP, BOTTOM = 88.0, 560.0  # of the panels, where the caption has two lines
MOST_LINES = 3  # of a caption
LEGEND_Y = 697.0
CLOSE_LINES, CLOSE_LINE = 4, 38.0  # of a caption on a narrower canvas, which holds fewer words a line
CLOSE_FOOT, CLOSE_LEGEND_Y = 45.0, 703.0  # from the caption's last line to the legend
_UNBROKEN = re.compile(r"(?<=\bFrame) (?=[A-Z]+\b)|(?<=\w) (?== \S)|(?<=\w =) (?=\S)")  # blanks where no line ends
HALF = 588.0  # width of one of two stills side by side


def compose(trace: Trace, theme: Theme, width: int = WIDTH) -> list[list[Scene]]:
    """The scenes of a movie: one list a step, one scene a snapshot; the last of each is the step's picture."""
    captions = [_lines(trace, i, width) for i in range(len(trace.steps))]
    most = max(2, *map(len, captions))
    is_close = width < WIDTH
    legend = Legend(trace, CLOSE_LEGEND_Y if is_close else LEGEND_Y, width)
    line = CLOSE_LINE if is_close else LINE
    foot = CLOSE_LEGEND_Y - CLOSE_FOOT - line - 46 if is_close else BOTTOM
    bottom = foot - line * (most - 2) - legend.height
    strip = bool(trace.code) and (is_close or len(trace.steps[-1].machine.processes) > 1)
    top = TOP + TITLE_LINE * (len(furniture.title_lines(trace.title, width, len(trace.steps))) - 1)
    area = Area(EDGE, width - 2 * EDGE, top, bottom - (STRIP if strip else 0))
    places = arrange(replace(trace, code=()) if strip else trace, area)
    result: list[list[Scene]] = []
    for i, step in enumerate(trace.steps):
        description = alt_text(trace, i + 1)
        result.append([])
        for moment in moments(trace, i):
            sheet = Sheet(theme, width)
            furniture.title(sheet, trace.title, i + 1, len(trace.steps))
            if places.code:
                code_pane(sheet, trace.code, step.line, places.code, places.memory)
            elif strip:
                code_strip(sheet, trace.code, step.line, bottom)
            Blackboard(Drawing(sheet, places, moment)).draw()
            furniture.caption(sheet, captions[i], bottom + 46, line)
            legend.draw(sheet, moment.machine)
            result[-1].append(sheet.scene(trace.title, description))
    return result


def before_after(trace: Trace, theme: Theme, step: int | None = None, width: int = WIDTH) -> Scene:
    """The pictures before and after a step (from 1), side by side; by default, around the first copy of a frame."""
    last = len(trace.steps)
    if last == 1:
        raise CowvizError(f"{trace.name} has one step: before and after takes two; end the first with story.say()")
    before, after = _around_copy(trace) if step is None else (step - 1, step)
    if not 2 <= after <= last:
        raise CowvizError(f"no picture before and after step {after}; {trace.name} has them for steps 2 to {last}")
    if width < WIDTH:
        return _one_above_the_other(compose(trace, theme, width), before, after)
    areas = [Area(x, HALF, 134, BOTTOM, narrow=True) for x in (EDGE, WIDTH - EDGE - HALF)]
    places = [arrange(replace(trace, code=()), area) for area in areas]
    if all(panel.is_tall for panel in (*places[0].panels.values(), places[0].memory)) and len(places[0].panels) < 3:
        scene = _side_by_side(trace, theme, places, before, after)
        if not any(isinstance(shape, Text) and ELLIPSIS in shape.text for shape in scene.shapes.values()):
            return scene
    both = _one_above_the_other(compose(trace, theme, width), before, after)
    return replace(both, title=_both(trace), description=before_after_text(trace, before, after))


def _side_by_side(trace: Trace, theme: Theme, places: list[Arrangement], before: int, after: int) -> Scene:
    sheet = Sheet(theme)
    furniture.title(sheet, trace.title)
    furniture.divider(sheet, WIDTH / 2, 96, BOTTOM)
    words = {"Before": _("Before"), "After": _("After")}
    happened = tuple(event for step in trace.steps[before:after] for event in step.events)
    for place, number, side in zip(places, (before, after), ("Before", "After"), strict=True):
        moment = list(moments(trace, number - 1))[-1]
        x = min(panel.x for panel in place.panels.values())
        sheet.text(f"{side}/word", x + 12, 108, words[side], "name", bold=True)
        events = happened if side == "After" else ()
        Blackboard(Drawing(sheet, place, replace(moment, events=events, latest=()), f"{side}:")).draw()
    furniture.caption(sheet, _lines(trace, after - 1), BOTTOM + 46)
    Legend(trace, LEGEND_Y).draw(sheet, trace.steps[after - 1].machine, trace.steps[before - 1].machine)
    return sheet.scene(_both(trace), before_after_text(trace, before, after))


def _both(trace: Trace) -> str:
    return _("{title}: before and after").format(title=trace.title)


def moments(trace: Trace, index: int) -> Iterator[Moment]:
    """Every snapshot of a step, with what has happened in the step so far."""
    step, everything = trace.steps[index], list(machines(trace))
    done = sum(len(s.snapshots) for s in trace.steps[:index])
    for i, snapshot in enumerate(step.snapshots):
        events = tuple(event for s in step.snapshots[: i + 1] for event in s.events)
        others = (*everything[done + i + 1 :], *reversed(everything[: done + i]))
        yield Moment(snapshot.machine, events, snapshot.events, others)


def _around_copy(trace: Trace) -> tuple[int, int]:
    """The last step before the first copying fault was raised, and the step in which its page was remapped."""
    for number, step in enumerate(trace.steps, 1):
        for event in step.events:
            if isinstance(event, PageMapped) and event.kind is FaultKind.COW_COPY:
                page = (event.pid, event.vpn)
                raised = next((i for i in range(number, 0, -1) if page in _faults(trace.steps[i - 1])), number)
                return max(raised - 1, 1), max(number, 2)
    return 1, len(trace.steps)


def _faults(step: Step) -> set[tuple[int, int]]:
    return {(event.pid, event.vpn) for event in step.events if isinstance(event, FaultRaised)}


def _lines(trace: Trace, index: int, width: float = WIDTH) -> list[str]:
    caption = _UNBROKEN.sub("\u00a0", trace.steps[index].caption)
    lines = wrap(caption, CAPTION, width - 2 * MARGIN)
    most = MOST_LINES if width >= WIDTH else CLOSE_LINES
    if width < WIDTH and len(lines) > MOST_LINES:  # no room for breaks of the author's
        lines = wrap(caption.replace("\n", " "), CAPTION, width - 2 * MARGIN)
    if len(lines) > most:
        start = trace.steps[index].caption[:40]
        raise CowvizError(
            f"step {index + 1}'s caption takes {len(lines)} lines, and {most} fit: "
            f"shorten it or make two steps of it ({start!r} ...)"
        )
    return [line.replace("\u00a0", " ") for line in lines]


def _one_above_the_other(scenes: list[list[Scene]], before: int, after: int) -> Scene:
    """For what is too much for half a canvas: two whole pictures on one twice as high."""
    upper, lower = scenes[before - 1][-1], scenes[after - 1][-1]
    shapes = {**{f"Before:{k}": s for k, s in upper.shapes.items()}}
    shapes |= {f"After:{k}": moved(s, 0, HEIGHT) for k, s in lower.shapes.items()}
    return replace(lower, shapes=shapes, height=2 * HEIGHT)
