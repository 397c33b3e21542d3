"""Encodes scenes as JSON for the player of ``html.py``: each distinct shape once, scenes as numbers of shapes.

A colour is the number of a pair (by day, by night). Attributes with their default value are left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from itertools import pairwise
from typing import TypedDict

from cowviz.exporters.request import ExportRequest, Plays
from cowviz.language import _
from cowviz.narration.questions import questions
from cowviz.scene.shapes import Circle, Colour, Line, Rect, Scene, Shape, Text
from cowviz.scene.timeline import BEAT, motion_time, reading_time

KINDS: dict[type[Shape], str] = {Rect: "rect", Line: "line", Circle: "circle", Text: "text"}
ROLES = {"caption", "title", "dot", "progress"}  # those that the player goes by
UNSEEN = {"of", "spoken"}  # fields that it does not ask
COLOURS = ("fill", "stroke")

Pair = tuple[Colour, Colour]


class SceneData(TypedDict, total=False):
    """Types a scene for the player."""

    shapes: list[int]  # by their numbers
    background: int
    motion: float  # seconds that it takes to come


class StepData(TypedDict, total=False):
    """Types a step for the player."""

    number: int  # from 1
    caption: str
    alt: str
    seconds: float
    scenes: list[SceneData]
    question: dict[str, object]


class PlayerData(TypedDict):
    """Types all data of the player."""

    width: float  # px
    height: float
    beat: float  # seconds of rest between two motions
    words: Mapping[str, str]
    colours: list[Pair]
    shapes: list[dict[str, object]]
    steps: list[StepData]


class Coder:
    """Encodes scenes in two themes, one by one; collects their ``shapes`` and ``colours``."""

    def __init__(self) -> None:
        self.shapes: dict[tuple[str, Shape, Shape], tuple[int, dict[str, object]]] = {}
        self.colours: dict[Pair, int] = {}

    def scene(self, day: Scene, night: Scene) -> SceneData:
        """Encode a scene as the numbers of its shapes, in drawing order; ``night`` is the scene in the other theme."""
        shown = [self._shape(name, shape, night.shapes.get(name, shape)) for name, shape in day.shapes.items()]
        return {"shapes": shown, "background": self.colour((day.background, night.background))}

    def colour(self, pair: Pair) -> int:
        return self.colours.setdefault(pair, len(self.colours))

    def _shape(self, name: str, day: Shape, night: Shape) -> int:
        key = name, day, night
        if key not in self.shapes:
            self.shapes[key] = len(self.shapes), {"id": name, "kind": KINDS[type(day)], **self._attributes(day, night)}
        return self.shapes[key][0]

    def _attributes(self, day: Shape, night: Shape) -> dict[str, object]:
        found: dict[str, object] = {}
        for field in fields(day):
            value = getattr(day, field.name)
            if value == field.default or field.name in UNSEEN or (field.name == "role" and value not in ROLES):
                continue
            if field.name in COLOURS:
                value = self.colour((value, getattr(night, field.name, None) or value))
            found[field.name] = _short(value)
        return found


def player_data(request: ExportRequest, day: Plays, night: Plays) -> PlayerData:
    """Return all data of the player; ``night`` is ``day`` in another theme."""
    coder = Coder()
    numbers = request.numbers or [1]
    asked = _asked(request) if request.options.questions else {}
    steps: list[StepData] = [
        {
            "number": number,
            "caption": _caption(request, number, play),
            "alt": play[-1].description,
            "seconds": round(reading_time(play[-1].description) / request.options.speed, 2),
            "scenes": [coder.scene(*pair) for pair in zip(play, other, strict=True)],
        }
        for number, play, other in zip(numbers, day, night, strict=True)
    ]
    for step in steps:
        if step["number"] in asked:
            step["question"] = asked[step["number"]]
    scenes = [scene for play in day for scene in play]
    coded = [scene for step in steps for scene in step["scenes"]]
    for here, (before, after) in zip(coded[1:], pairwise(scenes), strict=True):
        here["motion"] = round(motion_time(before, after) / request.options.speed, 3)
    return {
        "width": scenes[0].width,
        "height": scenes[0].height,
        "beat": BEAT / request.options.speed,
        "words": words(),
        "colours": list(coder.colours),
        "shapes": [shape for _number, shape in coder.shapes.values()],
        "steps": steps,
    }


def words() -> Mapping[str, str]:
    """Return the player's own words, in the current language."""
    return {
        "play": _("Play"),
        "pause": _("Pause"),
        "step": _("Step {number} of {steps}"),
        "right": _("Right."),
        "wrong": _("No: {answer}."),
        "skip": _("Skip"),
        "go_on": _("Go on"),
    }


def _caption(request: ExportRequest, number: int, play: Sequence[Scene]) -> str:
    return " ".join((request.trace.steps[number - 1].caption if request.numbers else play[-1].description).split())


def _asked(request: ExportRequest) -> dict[int, dict[str, object]]:
    """The questions by the step that they come before."""
    return {
        q.step: {"text": q.text, "choices": q.choices, "answer": q.answer, "why": q.why}
        for q in questions(request.trace)
        if q.step > 1
    }


def _short(value: object) -> object:
    """Numbers to a hundredth of a px, whole ones without a point."""
    if isinstance(value, tuple):
        return [_short(each) for each in value]
    if isinstance(value, float):
        return int(value) if value.is_integer() else round(value, 2)
    return value
