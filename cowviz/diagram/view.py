"""Defines the contract of a view: a module or package in ``views/`` that draws memory in one way.

A view must define

``plan(trace, area, compare=None)``  place everything once for the movie; return a ``Plan``. ``compare`` is the pair of
                                     steps (from 1) that a before-and-after shows. Raises NotForThisTrace, with the
                                     reason, if the view cannot show the trace in that area.
``draw(builder, plan, state)``       draw one moment: add its shapes to the builder

and may define

``phases(plan, before, after)``      return the states that show a change, in order; the last is ``after`` (by default
                                     the only one). ``draw`` draws each, and the stage moves between them.
``LEGEND``                           the meanings of its strokes (``cowviz.diagram.legend.LegendEntries``)
``SIZES``                            the canvases that it supports: "16:9" (always), "4:3"
``words(trace, state)``              return the picture's alternate text
``suits(trace)``                     return whether ``cowviz check --all`` should try it on this trace
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from inspect import signature
from types import ModuleType

from cowviz.diagram.legend import NOTHING, LegendEntries
from cowviz.diagram.state import StepState
from cowviz.errors import CowvizError
from cowviz.narration.alt_text import alt_text
from cowviz.scene.builder import SceneBuilder
from cowviz.scene.typeface import DEJAVU, Typeface
from cowviz.trace.model import Trace

EDGE = 28  # px from the canvas to what views draw
SIZES = ("16:9", "4:3")
Compare = tuple[int, int]


class NotForThisTrace(CowvizError):
    """Says that a view cannot show a trace in its area; the message gives the reason."""


@dataclass(frozen=True)
class Area:
    """Holds the part of the canvas that a view fills, in px."""

    x: float
    w: float
    top: float
    bottom: float
    narrow: bool = False  # half a canvas: no room for labels
    close: bool = False  # of a 4:3 canvas: labels have room, and none to spare
    font: Typeface = DEJAVU  # that its texts are measured in
    shared: bool = False  # something stands beside it: fill it, rather than stand in its middle

    @property
    def h(self) -> float:
        return self.bottom - self.top


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Holds where a view places things; each view extends it."""

    area: Area

    @property
    def left(self) -> float:
        """The x (px) of its leftmost box; the words "before" and "after" stand above it."""
        return self.area.x

    @property
    def heading_y(self) -> float:
        """The baseline (y in px) of its headings; the code pane's heading uses it too."""
        return self.area.top + 40


@dataclass(frozen=True)
class View:
    """Wraps a view's module, with defaults for what it does not define."""

    name: str
    module: str  # where it comes from: "cowviz.views.columns"
    plan: Callable[[Trace, Area, Compare | None], Plan]
    draw: Callable[[SceneBuilder, Plan, StepState], None]
    phases: Callable[[Plan, StepState, StepState], Sequence[StepState]]
    legend: LegendEntries
    sizes: tuple[str, ...]
    words: Callable[[Trace, StepState], str]
    suits: Callable[[Trace], bool]

    @classmethod
    def of(cls, name: str, module: ModuleType) -> View:
        """Wrap a view's module. Raises CowvizError if it breaks the contract."""
        for function, least in (("plan", 3), ("draw", 3)):
            _check_takes(name, module, function, least)
        for function, least in (("phases", 3), ("words", 2), ("suits", 1)):
            if hasattr(module, function):
                _check_takes(name, module, function, least)
        legend, sizes = getattr(module, "LEGEND", NOTHING), getattr(module, "SIZES", SIZES[:1])
        if not isinstance(legend, LegendEntries):
            raise CowvizError(f"view {name!r}: LEGEND must be a LegendEntries (from cowviz.diagram.legend)")
        if not isinstance(sizes, tuple) or not set(sizes) <= set(SIZES):
            raise CowvizError(f"view {name!r}: SIZES may name only these canvases: {', '.join(SIZES)}")
        return cls(
            name,
            module.__name__,
            module.plan,
            module.draw,
            getattr(module, "phases", _one_phase),
            legend,
            sizes,
            getattr(module, "words", _usual_words),
            getattr(module, "suits", _suits),
        )


def _check_takes(name: str, module: ModuleType, function: str, count: int) -> None:
    called = getattr(module, function, None)
    try:
        if not callable(called):
            raise TypeError
        signature(called).bind(*[None] * count)
    except (TypeError, ValueError):
        usual = {"plan": "trace, area, compare", "draw": "builder, plan, state", "phases": "plan, before, after"}
        takes = usual.get(function, "trace, state" if function == "words" else "trace")
        raise CowvizError(f"view {name!r}: it must define {function}({takes})") from None


def _one_phase(plan: Plan, before: StepState, after: StepState) -> Sequence[StepState]:
    return (after,)


def _usual_words(trace: Trace, state: StepState) -> str:
    return alt_text(trace, state.step)


def _suits(trace: Trace) -> bool:
    return True
