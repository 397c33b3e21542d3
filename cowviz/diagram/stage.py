"""Composes scenes: puts title, progress, caption, code and legend around a view, and before beside after."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property

from cowviz.diagram import furniture
from cowviz.diagram.captions import caption_lines
from cowviz.diagram.code_pane import BESIDE, STRIP, code_pane, code_strip, pane_width
from cowviz.diagram.furniture import LINE, TITLE_LINE
from cowviz.diagram.legend import Legend
from cowviz.diagram.state import StepState, step_states
from cowviz.diagram.view import EDGE, Area, Compare, NotForThisTrace, Plan, View
from cowviz.errors import CowvizError
from cowviz.language import _
from cowviz.memory.bulk_access import BulkAccess
from cowviz.memory.events import FaultKind, FaultRaised, PageMapped
from cowviz.narration.alt_text import before_after_text
from cowviz.scene.builder import SceneBuilder, SharedShapes
from cowviz.scene.shapes import HEIGHT, WIDTH, Scene, Shape, Text, moved
from cowviz.scene.text_metrics import ELLIPSIS
from cowviz.scene.theme import Theme
from cowviz.scene.typeface import DEJAVU, Typeface
from cowviz.trace.limits import MOST_VIEWS
from cowviz.trace.model import Step, Trace

TOP, BOTTOM = 88.0, 560.0  # of what a view draws, where the caption has two lines
LEGEND_Y, CLOSE_LEGEND_Y = 697.0, 703.0
CLOSE_LINE, CLOSE_FOOT = 38.0, 45.0  # of a caption on a narrower canvas; from its last line to the legend
HALF, HALF_TOP = 588.0, 134.0  # width and top of one of two pictures side by side

Lanes = tuple[View, ...]  # one view, or two side by side


class Stage:
    """Composes a movie's scenes; each step is shown by one view, or by two side by side."""

    def __init__(
        self, trace: Trace, theme: Theme, views: Sequence[Lanes], width: int = WIDTH, font: Typeface = DEJAVU
    ) -> None:
        """``views`` has one entry a step. Raises NotForThisTrace where a view cannot show the trace."""
        self.trace, self.theme, self.width, self.font = trace, theme, width, font
        self.views, self._drawn = views, SharedShapes()
        self.captions = [caption_lines(trace, step, font, width) for step in range(1, len(trace.steps) + 1)]

    @cached_property
    def scenes(self) -> list[list[Scene]]:
        """Compose the movie's scenes: a list for each step, a scene for each phase; the last is the step's picture."""
        plans = {lanes: self._plans(lanes) for lanes in dict.fromkeys(self.views)}
        result: list[list[Scene]] = []
        before: StepState | None = None
        for number, lanes in enumerate(self.views, 1):
            words = ""
            result.append([])
            for state in step_states(self.trace, number, before.moment + 1 if before else 0):
                words = words or " ".join(view.words(self.trace, state) for view in lanes)
                for phase in _phases(lanes, plans[lanes], before, state):
                    result[-1].append(self._scene(lanes, plans[lanes], phase, words))
                before = state
        return result

    def before_after(self, step: int | None = None) -> Scene:
        """Compose the pictures before and after a step (from 1); by default around the first COW copy.

        Raises CowvizError for a step without a picture before it.
        """
        name, last = self.trace.name, len(self.trace.steps)
        if last == 1:
            raise CowvizError(f"{name} has one step, and before-and-after needs two: call story.say() twice")
        before, after = _around_copy(self.trace) if step is None else (step - 1, step)
        if not 2 <= after <= last:
            raise CowvizError(f"no before-and-after of step {after}; {name} has one of each step from 2 to {last}")
        if self.width < WIDTH:
            return self._one_above_the_other(before, after)
        if scene := self._side_by_side(before, after):
            return scene
        words = before_after_text(self.trace, before, after)
        return replace(self._one_above_the_other(before, after), title=self._both, description=words)

    # Places

    @cached_property
    def _is_close(self) -> bool:
        return self.width < WIDTH

    @cached_property
    def _line(self) -> float:
        return CLOSE_LINE if self._is_close else LINE

    def _legend(self, lanes: Lanes) -> Legend:
        y = CLOSE_LEGEND_Y if self._is_close else LEGEND_Y
        return Legend(self.trace, [view.legend for view in lanes], y, self.font, self.width)

    @cached_property
    def _legends(self) -> dict[Lanes, Legend]:
        return {lanes: self._legend(lanes) for lanes in dict.fromkeys(self.views)}

    @cached_property
    def _bottom(self) -> float:
        """Return the y where the views end, with room for the longest caption and the highest legend below."""
        foot = CLOSE_LEGEND_Y - CLOSE_FOOT - self._line - 46 if self._is_close else BOTTOM
        most = max(2, *map(len, self.captions))
        return foot - self._line * (most - 2) - max(legend.height for legend in self._legends.values())

    @cached_property
    def _has_strip(self) -> bool:
        """Return whether the code is a strip of one line below the views, which take the whole width."""
        is_wide = len(self.trace.steps[-1].machine.processes) > 1 or any(len(lanes) > 1 for lanes in self.views)
        return bool(self.trace.code) and (self._is_close or is_wide)

    @cached_property
    def _area(self) -> Area:
        lines = len(furniture.title_lines(self.trace.title, self.width, self.font, len(self.trace.steps)))
        top = TOP + TITLE_LINE * (lines - 1)
        bottom = self._bottom - (STRIP if self._has_strip else 0)
        return Area(EDGE, self.width - 2 * EDGE, top, bottom, close=self._is_close, font=self.font)

    @cached_property
    def _pane(self) -> float:
        """Return the width of the code beside the view in px; 0 without code there."""
        return 0.0 if self._has_strip or not self.trace.code else pane_width(self.trace.code, self.font)

    def _plans(self, lanes: Lanes) -> list[Plan]:
        area = self._area
        if self._pane:
            taken = self._pane + BESIDE
            area = replace(area, x=area.x + taken, w=area.w - taken, shared=True)
        if len(lanes) == 1:
            return [lanes[0].plan(self.trace, area, None)]
        if len(lanes) > MOST_VIEWS:
            raise CowvizError(f"a stage holds two views, not {len(lanes)}")
        if self._is_close:
            raise CowvizError("two views side by side need a size of 16:9, as 1280x720")
        return [view.plan(self.trace, half, None) for view, half in zip(lanes, _halves(area), strict=True)]

    # Pictures

    def _scene(self, lanes: Lanes, plans: Sequence[Plan], states: Sequence[StepState], words: str) -> Scene:
        builder, trace, state = (
            SceneBuilder(self.theme, self.width, self.font, drawn=self._drawn),
            self.trace,
            states[0],
        )
        furniture.title(builder, trace.title, state.step, len(trace.steps))
        if self._pane:
            code_pane(builder, trace.code, state.line, self._area.x, self._pane, plans[0])
        elif self._has_strip:
            code_strip(builder, trace.code, state.line, self._bottom)
        for view, plan, its, prefix in zip(lanes, plans, states, _prefixes(lanes), strict=True):
            view.draw(builder.within(prefix), plan, its)
        furniture.caption(builder, self.captions[state.step - 1], self._bottom + 46, self._line)
        self._legends[lanes].draw(builder, state.machine)
        return builder.scene(trace.title, words, rest=state.rest)

    @property
    def _both(self) -> str:
        return _("{title}: before and after").format(title=self.trace.title)

    def _side_by_side(self, before: int, after: int) -> Scene | None:
        """Draw both pictures on one canvas; return None if they do not fit."""
        view = self.views[after - 1][0]
        areas = [Area(x, HALF, HALF_TOP, BOTTOM, narrow=True, font=self.font) for x in (EDGE, WIDTH - EDGE - HALF)]
        try:
            plans = [view.plan(self.trace, area, (before, after)) for area in areas]
        except NotForThisTrace:
            return None
        scene = self._beside(view, plans, (before, after))
        is_cut = any(isinstance(shape, Text) and ELLIPSIS in shape.text for shape in scene.shapes.values())
        return None if is_cut else scene

    def _beside(self, view: View, plans: Sequence[Plan], steps: Compare) -> Scene:
        builder, trace = SceneBuilder(self.theme, font=self.font), self.trace
        furniture.title(builder, trace.title)
        furniture.divider(builder, WIDTH / 2, 96, BOTTOM)
        before, after = steps
        happened = tuple(event for step in trace.steps[before:after] for event in step.events)
        words, events = (_("Before"), _("After")), ((), happened)
        for plan, number, side, word, its in zip(plans, steps, ("Before", "After"), words, events, strict=True):
            state = list(step_states(trace, number))[-1]
            builder.group(side).text("word", plan.left + 12, 108, word, "name", bold=True)
            view.draw(builder.within(f"{side}:"), plan, replace(state, events=its, latest=()))
        furniture.caption(builder, caption_lines(trace, after, self.font), BOTTOM + 46)
        legend = Legend(trace, [view.legend], LEGEND_Y, self.font)
        legend.draw(builder, trace.steps[after - 1].machine, trace.steps[before - 1].machine)
        return builder.scene(self._both, before_after_text(trace, before, after))

    def _one_above_the_other(self, before: int, after: int) -> Scene:
        """Draw two whole pictures on a canvas of twice the height, for what does not fit half a canvas."""
        upper, lower = self.scenes[before - 1][-1], self.scenes[after - 1][-1]
        shapes = dict(_called("Before:", upper)) | {k: moved(s, 0, HEIGHT) for k, s in _called("After:", lower)}
        return replace(lower, shapes=shapes, height=2 * HEIGHT)


def _called(prefix: str, scene: Scene) -> Iterator[tuple[str, Shape]]:
    """Return a scene's shapes with ``prefix`` before their ids and groups."""
    for name, shape in scene.shapes.items():
        group = prefix + shape.group if shape.group else ""
        yield prefix + name, replace(shape, group=group)


def _halves(area: Area) -> Iterator[Area]:
    """Split an area into two side by side."""
    for x in (area.x, area.x + area.w - HALF):
        yield replace(area, x=x, w=HALF, narrow=True)


def _prefixes(lanes: Lanes) -> Iterator[str]:
    """Yield the prefix of the ids of each view's shapes; a single view has none."""
    yield from [""] if len(lanes) == 1 else (f"{i}:" for i in range(1, len(lanes) + 1))


def _phases(
    lanes: Lanes, plans: Sequence[Plan], before: StepState | None, after: StepState
) -> Iterator[tuple[StepState, ...]]:
    """Return the states that the views go through in step; a view without more phases waits for the other."""
    own = [
        [after] if before is None else list(view.phases(plan, before, after)) or [after]
        for view, plan in zip(lanes, plans, strict=True)
    ]
    for i in range(max(map(len, own))):
        yield tuple(states[min(i, len(states) - 1)] for states in own)


def _around_copy(trace: Trace) -> Compare:
    """Return the last step before the first copying fault, and the step that remaps its page."""
    for number, step in enumerate(trace.steps, 1):
        for event in step.events:
            if isinstance(event, BulkAccess) and event.copies:
                return max(number - 1, 1), max(number, 2)
            if isinstance(event, PageMapped) and event.kind is FaultKind.COW_COPY:
                page = (event.pid, event.vpn)
                raised = next((i for i in range(number, 0, -1) if page in _faults(trace.steps[i - 1])), number)
                return max(raised - 1, 1), max(number, 2)
    return 1, len(trace.steps)


def _faults(step: Step) -> set[tuple[int, int]]:
    return {(event.pid, event.vpn) for event in step.events if isinstance(event, FaultRaised)}
