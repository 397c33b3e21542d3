"""Defines what a rule gets (Look) and yields (Flaw), and the finding that is reported."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from importlib import import_module
from pkgutil import iter_modules
from typing import NamedTuple, TypeVar

from cowviz.language import _
from cowviz.legibility.boxes import Extent, shape_box, text_box
from cowviz.memory.events import Event
from cowviz.scene.shapes import Line, Rect, Scene, Shape, Text

FAINT = 0.1  # of its opacity: what has less of it is not there to be read, it comes or goes


def px(length: float) -> str:
    """Return a length in px as words."""
    return _("{length} px").format(length=f"{length:.1f}")


class Flaw(NamedTuple):
    """Holds what a rule found in one picture."""

    what: str  # in words
    where: Extent
    by: str  # how much: "4.0 px", "contrast 3.9, not 4.5"
    shapes: tuple[str, ...]  # ids


@dataclass(frozen=True)
class Finding:
    """Holds a flaw and the picture that has it."""

    step: int  # from 1
    picture: int  # which of the movie's looks has it first, from 0
    moving: bool  # seen at the middle of a motion, on the way to the step's picture
    rule: str
    what: str
    where: Extent
    by: str
    shapes: tuple[str, ...]

    def line(self) -> str:
        """Return the finding as one line of text."""
        words = (
            _("step {step}, in motion: {what}, at {x}, {y}: {by}")
            if self.moving
            else _("step {step}: {what}, at {x}, {y}: {by}")
        )
        x, y = round(self.where.left), round(self.where.top)
        return words.format(step=self.step, what=self.what, x=x, y=y, by=self.by)

    def plain(self) -> dict[str, object]:
        """Return the finding as values for JSON."""
        box = self.where
        where = {"x": box.left, "y": box.top, "w": box.right - box.left, "h": box.bottom - box.top}
        return {**asdict(self), "where": {side: round(px, 1) for side, px in where.items()}}


@dataclass(frozen=True)
class Look:
    """Holds one picture to check: a step's, one on the way to it, or the middle of a motion."""

    scene: Scene
    step: int = 1
    points: float = 0.75  # that a px of the scene takes on the slide
    before: Scene | None = None  # of a motion: where it comes from
    after: Scene | None = None
    events: tuple[Event, ...] = ()  # of the step
    caption: str = ""  # where it is read: on the step's last picture
    hold: float | None = None  # seconds that it stands

    @property
    def moving(self) -> bool:
        return self.before is not None

    @cached_property
    def shapes(self) -> Mapping[str, Shape]:
        """The visible shapes, in drawing order."""
        return {name: shape for name, shape in self.scene.shapes.items() if shape.opacity > FAINT}

    @cached_property
    def boxes(self) -> Mapping[str, Extent]:
        """The bounding box of each shape, strokes included."""
        return {name: shape_box(shape, self.scene.font) for name, shape in self.shapes.items()}

    @cached_property
    def texts(self) -> list[tuple[str, Text, Extent]]:
        return [
            (name, s, text_box(s, self.scene.font))
            for name, s in self.shapes.items()
            if isinstance(s, Text) and s.text.strip()
        ]

    @cached_property
    def rects(self) -> list[tuple[str, Rect]]:
        return [(name, s) for name, s in self.shapes.items() if isinstance(s, Rect)]

    @cached_property
    def arrows(self) -> list[tuple[str, Line]]:
        return [(name, s) for name, s in self.shapes.items() if isinstance(s, Line) and s.role == "arrow"]

    @cached_property
    def places(self) -> Mapping[str, int]:
        """Each visible shape's number in drawing order."""
        return {name: i for i, name in enumerate(self.shapes)}

    @cached_property
    def _ordered(self) -> list[tuple[str, Shape]]:
        return list(self.shapes.items())

    def below(self, name: str) -> list[tuple[str, Shape]]:
        """Return the shapes below a shape, the lowest first."""
        return self._ordered[: self.places[name]]

    def above(self, name: str) -> list[tuple[str, Shape]]:
        """Return the shapes above a shape, the lowest first."""
        return self._ordered[self.places[name] + 1 :]

    def travels(self, name: str) -> bool:
        """Return whether a shape is moving out of another one: bytes being copied."""
        return self.before is not None and name not in self.before.shapes and bool(self.scene.shapes[name].origin)

    def fades(self, name: str) -> bool:
        """Return whether a shape is fading in or out, and so is meant to be pale."""
        if self.before is None or self.after is None:
            return False
        return name not in self.before.shapes or name not in self.after.shapes

    def rests(self, name: str) -> bool:
        """Return whether a shape stands still: it is the same before and after, or there is no motion."""
        if self.before is None or self.after is None:
            return True
        shape = self.scene.shapes[name]
        return shape is self.before.shapes.get(name) or shape is self.after.shapes.get(name)


Rule = Callable[[Look], Iterable[Flaw]]
R = TypeVar("R", bound=Rule)

_MARK = "is_rule_of_colours"


def rule(function: R) -> R:
    """Mark a function as a rule about positions, words and sizes: its findings do not depend on the theme."""
    setattr(function, _MARK, False)
    return function


def rule_of_colours(function: R) -> R:
    """Mark a function as a rule about colours."""
    setattr(function, _MARK, True)
    return function


def rules(layout: bool = True, colours: bool = True) -> Iterator[Rule]:
    """Yield every rule, by the name of its module and in the order of definition."""
    import cowviz.legibility as package

    wanted: dict[object, bool] = {False: layout, True: colours}
    for module in sorted(info.name for info in iter_modules(package.__path__)):
        found = vars(import_module(f"cowviz.legibility.{module}")).values()
        yield from (
            one
            for one in found
            if wanted.get(getattr(one, _MARK, None), False) and one.__module__ == f"cowviz.legibility.{module}"
        )
