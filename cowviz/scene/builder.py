"""Collects the shapes of one picture by id, in drawing order, and holds the type sizes of all pictures."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace

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


class SceneBuilder:
    """Collects the shapes of one picture, in drawing order.

    Ids begin with ``prefix``, so that two views can share a picture. A builder from ``group`` adds shapes to it;
    all of them stand for the same thing.
    """

    def __init__(self, theme: Theme, width: float = WIDTH, font: Typeface = DEJAVU, prefix: str = "") -> None:
        self.theme, self.width, self.font, self.prefix = theme, width, font, prefix
        self.shapes: dict[str, Shape] = {}
        self._group = ""
        self._of: Hashable = None

    def within(self, prefix: str) -> SceneBuilder:
        """Return a builder of the same picture whose ids begin with ``prefix``."""
        inner = SceneBuilder(self.theme, self.width, self.font, prefix)
        inner.shapes = self.shapes
        return inner

    def group(self, name: str, of: Hashable = None) -> SceneBuilder:
        """Return a builder of the group ``name`` of this picture, whose shapes stand for ``of``."""
        inner = self.within(self.prefix)
        inner._group, inner._of = self.prefix + name, of
        return inner

    def __contains__(self, name: str) -> bool:
        return self._id(name) in self.shapes

    def add(self, name: str, shape: Shape) -> None:
        """Add a shape on top of the others; ``name`` and ``origin`` come without the builder's prefix.

        Raises ValueError for an id that is taken.
        """
        key = self._id(name)
        if key in self.shapes:
            raise ValueError(f"two shapes are called {key}")
        origin = self.prefix + shape.origin if shape.origin else None
        of = self._of if shape.of is None else shape.of
        self.shapes[key] = _weighted(replace(shape, group=self._group, of=of, origin=origin), self.theme.weight)

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
        line = Text(
            x=x, y=y, text=text, size=size, fill=fill, bold=bold, mono=mono, anchor=anchor, role=role,
            transition=transition, origin=origin, pulse=pulse, spoken=spoken,
        )  # fmt: skip
        self.add(name, line)

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


def _weighted(shape: Shape, weight: float) -> Shape:
    """Return the shape with its strokes that many times as wide, and its arrowhead to match."""
    if weight == 1 or isinstance(shape, Text):
        return shape
    if isinstance(shape, Line):
        return replace(shape, width=shape.width * weight, head_size=shape.head_size * (1 + weight) / 2)
    return replace(shape, width=shape.width * weight)
