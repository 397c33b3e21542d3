"""Collects the shapes of one picture by id, in drawing order, and holds the type sizes of all pictures."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field, replace

from cowviz.scene import text_metrics
from cowviz.scene.shapes import HEIGHT, WIDTH, Colour, Line, Rect, Scene, Shape, Text, Transition
from cowviz.scene.theme import Theme
from cowviz.scene.typeface import DEJAVU, Typeface

# Type sizes in px: a slide of 1280 px is 13.33 inches wide, so that 4 px are 3 pt. One size a role.
CAPTION = 32  # 24 pt: the title and the caption
NAME = 27  # 20 pt: pages, frames, processes
SMALL = 22  # 16.5 pt: everything else

MARGIN = 40
TAG_PAD = 24  # of a tag: both sides of its words

_SIZES = {"title": CAPTION, "caption": CAPTION, "name": NAME, "count": NAME}
_QUIET = ("counter", "progress", "legend", "label")


@dataclass(slots=True)
class SharedShapes:
    """Keeps shapes that pictures of one theme, width and font may share, so that what is the same is one object."""

    of_values: dict[Hashable, dict[str, Shape]] = field(default_factory=dict)
    latest: dict[Hashable, tuple[tuple[object, ...], dict[str, Shape]]] = field(default_factory=dict)


class SceneBuilder:
    """Collects the shapes of one picture, in drawing order.

    Ids begin with ``prefix``, so that two views can share a picture. A builder from ``group`` adds shapes to it;
    all of them stand for the same thing.
    """

    def __init__(
        self,
        theme: Theme,
        width: float = WIDTH,
        font: Typeface = DEJAVU,
        prefix: str = "",
        drawn: SharedShapes | None = None,
    ) -> None:
        """``drawn`` is what pictures of this theme, width and font have in common; by default nothing."""
        self.theme, self.width, self.font, self.prefix = theme, width, font, prefix
        self.shapes: dict[str, Shape] = {}
        self.drawn = SharedShapes() if drawn is None else drawn
        self._group = ""
        self._of: Hashable = None

    def within(self, prefix: str) -> SceneBuilder:
        """Return a builder of the same picture whose ids begin with ``prefix``."""
        inner = self._copy()
        inner.prefix, inner._group, inner._of = prefix, "", None
        return inner

    def group(self, name: str, of: Hashable = None) -> SceneBuilder:
        """Return a builder of the group ``name`` of this picture, whose shapes stand for ``of``."""
        inner = self._copy()
        inner._group, inner._of = self.prefix + name, of
        return inner

    def once(self, draw: Callable[..., None], *values: Hashable) -> None:
        """Call ``draw`` with a builder and the values, or add again what it has drawn of equal values before.

        What it draws may depend on nothing else. Raises ValueError for an id that is taken.
        """
        key = (draw, self.prefix, self._group, self._of, values)
        shapes = self.drawn.of_values.get(key)
        if shapes is None:
            shapes = self.drawn.of_values[key] = self._apart(lambda inner: draw(inner, *values))
        self._add_all(shapes)

    def unless_changed(self, part: str, objects: Sequence[object], draw: Callable[[SceneBuilder], None]) -> None:
        """Call ``draw`` with a builder, or add again what it drew last for ``part``, where the objects are the same.

        Texts, tuples and sets are the same if they are equal, all else if it is one and the same object. What is drawn
        may depend on nothing else. Raises ValueError for an id that is taken.
        """
        key = (self.prefix, self._group, part)
        last, shapes = self.drawn.latest.get(key, ((), {}))
        if not (len(last) == len(objects) and all(map(_is_unchanged, last, objects))):
            shapes = self._apart(draw)
            self.drawn.latest[key] = tuple(objects), shapes
        self._add_all(shapes)

    def _copy(self) -> SceneBuilder:
        inner = object.__new__(type(self))
        inner.__dict__.update(self.__dict__)
        return inner

    def _apart(self, draw: Callable[[SceneBuilder], None]) -> dict[str, Shape]:
        """What is drawn in a picture of its own."""
        inner = self._copy()
        inner.shapes = {}
        draw(inner)
        return inner.shapes

    def _add_all(self, shapes: dict[str, Shape]) -> None:
        if taken := self.shapes.keys() & shapes.keys():
            raise ValueError(f"two shapes are called {min(taken)}")
        self.shapes.update(shapes)

    def __contains__(self, name: str) -> bool:
        return self._id(name) in self.shapes

    def add(self, name: str, shape: Shape) -> None:
        """Add a shape on top of the others; ``name`` and ``origin`` come without the builder's prefix.

        Raises ValueError for an id that is taken.
        """
        origin = self.prefix + shape.origin if shape.origin else None
        of = self._of if shape.of is None else shape.of
        self._put(name, replace(shape, group=self._group, of=of, origin=origin))

    def _put(self, name: str, shape: Shape) -> None:
        key = self._id(name)
        if key in self.shapes:
            raise ValueError(f"two shapes are called {key}")
        self.shapes[key] = _weighted(shape, self.theme.weight)

    def scene(self, title: str, description: str, height: float = HEIGHT, rest: float | None = None) -> Scene:
        """Return the scene; ``rest`` is the pause in seconds before the step's next motion, None for the default."""
        return Scene(
            self.shapes, self.theme.background, title, description, self.width, height, font=self.font, rest=rest
        )

    def text(
        self,
        name: str,
        x: float,
        y: float,
        text: str,
        role: str,
        *,
        size: float | None = None,
        fill: Colour | None = None,
        bold: bool = False,
        mono: bool = False,
        anchor: str = "start",
        transition: Transition = "move",
        origin: str | None = None,
        pulse: bool = False,
        spoken: str | None = None,
    ) -> None:
        """Add a line of text at the baseline (x, y), in px; size and colour are those of its role unless given."""
        size = size or _SIZES.get(role, SMALL)
        fill = fill or (self.theme.muted if role in _QUIET else self.theme.text)
        origin = self.prefix + origin if origin else None
        line = Text(
            x=x, y=y, text=text, size=size, fill=fill, bold=bold, mono=mono, anchor=anchor, role=role, of=self._of,
            group=self._group, transition=transition, origin=origin, pulse=pulse, spoken=spoken,
        )  # fmt: skip
        self._put(name, line)

    def tag(self, name: str, x: float, y: float, text: str, left: float, right: float, of: Hashable = None) -> None:
        """Add a tag in the accent colour, centred on (x, y) and kept between ``left`` and ``right`` (px)."""
        text = self.fit(text, SMALL, right - left - TAG_PAD, bold=True)
        width = self.tag_width(text)
        x = min(max(x, left + width / 2), right - width / 2)
        box = Rect(x=x - width / 2, y=y - 18, w=width, h=36, radius=9, fill=self.theme.accent, role="tag", pulse=True)
        key, mine = f"tag-{'-'.join(text.split())}", self.group(name, of)  # other words are another tag: it lands
        mine.add(key, box)
        fill = self.theme.on_accent
        mine.text(f"{key}-text", x, y + 8, text, "tag", bold=True, anchor="middle", fill=fill, pulse=True)

    def text_width(self, text: str, size: float, bold: bool = False, mono: bool = False) -> float:
        """Return the advance width of a text in the picture's font, in px."""
        return text_metrics.text_width(text, size, self.font, bold, mono)

    def tag_width(self, text: str) -> float:
        """Return the width of a tag with these words, in px."""
        return self.text_width(text, SMALL, bold=True) + TAG_PAD

    def fit(self, text: str, size: float, max_width: float, bold: bool = False, mono: bool = False) -> str:
        """Return the text, cut with an ellipsis to fit into ``max_width`` px."""
        return text_metrics.fit(text, size, max_width, self.font, bold, mono)

    def wrap(self, text: str, size: float, max_width: float, bold: bool = False) -> list[str]:
        """Break the text into lines of at most ``max_width`` px."""
        return text_metrics.wrap(text, size, max_width, self.font, bold)

    def _id(self, name: str) -> str:
        return f"{self._group}/{name}" if self._group else self.prefix + name


def _is_unchanged(one: object, other: object) -> bool:
    return one is other or (isinstance(one, str | tuple | frozenset) and one == other)


def _weighted(shape: Shape, weight: float) -> Shape:
    """Return the shape with its strokes that many times as wide, and its arrowhead to match."""
    if weight == 1 or isinstance(shape, Text):
        return shape
    if isinstance(shape, Line):
        return replace(shape, width=shape.width * weight, head_size=shape.head_size * (1 + weight) / 2)
    return replace(shape, width=shape.width * weight)
