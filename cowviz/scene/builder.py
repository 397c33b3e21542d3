"""Collects the shapes of one picture under their ids, in drawing order and in the type sizes of every picture."""

from __future__ import annotations

from dataclasses import replace

from cowviz.scene.shapes import HEIGHT, WIDTH, Line, Rect, Scene, Shape, Text
from cowviz.scene.text_metrics import fit, text_width
from cowviz.scene.theme import Theme

# Type sizes in px: a slide of 1280 px is 13.33 inches wide, so that 4 px are 3 pt. One size a role.
CAPTION = 32  # 24 pt: the title and the caption
NAME = 27  # 20 pt: pages, frames, processes
SMALL = 22  # 16.5 pt: everything else

MARGIN = 40
TAG_PAD = 24  # of a tag: both sides of its words


class SceneBuilder:
    """The shapes of one picture, in drawing order; ids begin with ``prefix``, so that two views share a picture."""

    def __init__(self, theme: Theme, width: float = WIDTH, prefix: str = "") -> None:
        self.theme, self.width, self.prefix = theme, width, prefix
        self.shapes: dict[str, Shape] = {}

    def within(self, prefix: str) -> SceneBuilder:
        """Return a builder of the same picture whose ids begin with ``prefix``."""
        inner = SceneBuilder(self.theme, self.width, prefix)
        inner.shapes = self.shapes
        return inner

    def __contains__(self, name: str) -> bool:
        return self.prefix + name in self.shapes

    def add(self, name: str, shape: Shape) -> None:
        """Put a shape on top of those that are there. Raises ValueError for an id that is taken."""
        key = self.prefix + name
        if key in self.shapes:
            raise ValueError(f"two shapes are called {key}")
        if self.prefix and shape.origin:
            shape = replace(shape, origin=self.prefix + shape.origin)
        self.shapes[key] = _weighted(shape, self.theme.weight)

    def scene(self, title: str, description: str, height: float = HEIGHT, rest: float | None = None) -> Scene:
        return Scene(self.shapes, self.theme.background, title, description, self.width, height, rest=rest)

    def text(self, name: str, x: float, y: float, text: str, role: str, **style: object) -> None:
        """A line of text in the size and colour of its role, unless ``style`` says otherwise."""
        size = {"title": CAPTION, "caption": CAPTION, "name": NAME}.get(role, SMALL)
        quiet = role in ("counter", "legend", "label")
        wanted = {"size": size, "fill": self.theme.muted if quiet else self.theme.text, **style}
        self.add(name, Text(x=x, y=y, text=text, role=role, **wanted))  # type: ignore[arg-type]

    def tag(self, name: str, x: float, y: float, text: str, left: float, right: float) -> None:
        """A few words on the accent, centred on (x, y) and kept between ``left`` and ``right``."""
        text = fit(text, SMALL, right - left - TAG_PAD, bold=True)
        width = tag_width(text)
        x = min(max(x, left + width / 2), right - width / 2)
        box = Rect(x=x - width / 2, y=y - 18, w=width, h=36, radius=9, fill=self.theme.accent, role="tag", pulse=True)
        key = f"{name}/tag-{'-'.join(text.split())}"  # other words are another tag: it lands, and does not morph
        self.add(key, box)
        self.text(
            f"{key}-text", x, y + 8, text, "tag", bold=True, anchor="middle", fill=self.theme.on_accent, pulse=True
        )


def tag_width(text: str) -> float:
    return text_width(text, SMALL, bold=True) + 24


def _weighted(shape: Shape, weight: float) -> Shape:
    """The shape with its strokes so many times as wide, and an arrow's head to match."""
    if weight == 1 or isinstance(shape, Text):
        return shape
    if isinstance(shape, Line):
        return replace(shape, width=shape.width * weight, head_size=shape.head_size * (1 + weight) / 2)
    return replace(shape, width=shape.width * weight)
