"""Checks a whole movie: every picture of every step, and the middle of every motion."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from cowviz.diagram.frame_order import MOST, crossings, is_frame, links, minimise_crossings
from cowviz.legibility.rule import Finding, Look, rules
from cowviz.memory.events import Event
from cowviz.scene.shapes import Scene
from cowviz.scene.timeline import reading_time
from cowviz.scene.tween import between
from cowviz.trace.model import Trace

SLIDE_HEIGHT = 7.5 * 72  # pt: slides of 16:9 and of 4:3 are 7.5 inches high


@dataclass(frozen=True)
class Figure:
    """Holds what is checked: the scenes, the events and the captions of each step."""

    scenes: Sequence[Sequence[Scene]]
    events: Sequence[tuple[Event, ...]]
    captions: Sequence[str]
    size: tuple[float, float] = (1280, 720)  # px of the slide
    speed: float = 1.0

    @classmethod
    def of(cls, trace: Trace, scenes: Sequence[Sequence[Scene]], size: tuple[float, float], speed: float) -> Figure:
        """Make a figure of a trace and its scenes; ``size`` is in px."""
        steps = trace.steps
        return cls(scenes, [step.events for step in steps], [step.caption for step in steps], size, speed)

    def looks(self) -> Iterator[Look]:
        """Yield every picture and the middle of every motion, in order."""
        before: Scene | None = None
        for number, (scenes, events, caption) in enumerate(
            zip(self.scenes, self.events, self.captions, strict=True), 1
        ):
            for scene in scenes:
                points = self._points(scene)
                if before is not None:
                    middle = between(before, scene, 0.5)
                    yield Look(middle, number, points, before, scene, events)
                if scene is scenes[-1]:
                    hold = reading_time(caption) / self.speed
                    yield Look(scene, number, points, events=events, caption=caption, hold=hold)
                else:
                    yield Look(scene, number, points, events=events)
                before = scene

    def check(self, layout: bool = True, colours: bool = True) -> list[Finding]:
        """Return the findings of all rules, or only of those for the layout or for the colours."""
        return check(self, layout, colours)

    def _points(self, scene: Scene) -> float:
        """Return how many pt of the slide one px of the scene takes, if the scene fills the slide."""
        width, height = self.size
        return min(width / scene.width, height / scene.height) * SLIDE_HEIGHT / height


def check(figure: Figure, layout: bool = True, colours: bool = True) -> list[Finding]:
    """Return the findings of all rules in a movie."""
    found: dict[tuple[object, ...], Finding] = {}
    judges = list(rules(layout, colours))
    for number, look in enumerate(figure.looks()):
        for judge in judges:
            for flaw in judge(look):
                finding = Finding(look.step, number, look.moving, judge.__name__, *flaw)
                key = (finding.step, finding.rule, finding.shapes, finding.what)
                if key not in found or (found[key].moving and not finding.moving):
                    found[key] = finding
    return sorted(found.values(), key=lambda finding: finding.step)


def crossed(scenes: Iterable[Sequence[Scene]]) -> tuple[int, int]:
    """Count the crossings of arrows in all pictures, and those in the best order of the frames.

    If there are too many frames to find the best order, the second number is 0, a lower bound.
    """
    pictures = [step[-1] for step in scenes]
    now = sum(map(crossings, pictures))
    boxes = (shape for picture in pictures for shape in picture.shapes.values() if is_frame(shape))
    frames = list(dict.fromkeys(box.group for box in boxes))
    if now == 0 or len(frames) > MOST:
        return now, 0
    return now, minimise_crossings(map(links, pictures), frames)[0]
