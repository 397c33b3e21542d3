"""A sheet to draw on: it collects shapes under their ids, in the type sizes and with the furniture of every view."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from cowviz.scene.metrics import fit, text_width, wrap
from cowviz.scene.shapes import HEIGHT, WIDTH, Circle, Line, Rect, Scene, Shape, Text
from cowviz.scene.theme import Theme

# Type sizes in px: a slide of 1280 px is 13.33 inches wide, so that 4 px are 3 pt. One size a role.
CAPTION = 32  # 24 pt: the title and the caption
NAME = 27  # 20 pt: pages, frames, processes
SMALL = 22  # 16.5 pt: everything else

MARGIN = 40
TAG_PAD = 24  # of a tag: both sides of its words
LINE = 40.0  # from one line of the caption to the next
TITLE_LINE = 36.0  # from one line of the title to the next
_DOT_PITCH, _DOT_RADIUS, _MOST_DOTS = 24, 7, 16


class Sheet:
    """The shapes of one picture, in drawing order."""

    def __init__(self, theme: Theme, width: float = WIDTH) -> None:
        self.theme, self.width = theme, width
        self.shapes: dict[str, Shape] = {}

    def add(self, name: str, shape: Shape) -> None:
        assert name not in self.shapes, f"two shapes are called {name}"
        self.shapes[name] = _weighted(shape, self.theme.weight)

    def scene(self, title: str, description: str, height: float = HEIGHT) -> Scene:
        return Scene(self.shapes, self.theme.background, title, description, self.width, height)

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


def title(sheet: Sheet, text: str, step: int = 0, steps: int = 0) -> None:
    """The title at the left; at the right a dot for every step and the step's number, where there are steps."""
    x = sheet.width - MARGIN
    up = 0 if sheet.width >= WIDTH else 4  # away from the arrow of a fork, which is below the title's end
    if steps:
        sheet.text("step/number", x, 50 - up, f"{step} / {steps}", "counter", size=24, anchor="end")
        x -= text_width(f"{steps} / {steps}", 24) + 30
    lines = title_lines(text, sheet.width, steps)
    whole = max(text_width(line, CAPTION, bold=True) for line in lines)
    if 1 < steps <= _MOST_DOTS and (sheet.width >= WIDTH or MARGIN + whole <= x - _DOT_PITCH * steps):
        for i in range(steps, 0, -1):
            fill = sheet.theme.text if i <= step else None
            ring = Circle(x=x, y=42 - up, r=_DOT_RADIUS, fill=fill, stroke=sheet.theme.muted, width=2, role="dot")
            sheet.add(f"dot:{i}", ring)
            x -= _DOT_PITCH
    for i, line in enumerate(lines):
        name = f"title-{i + 1}" if i else "title"
        sheet.text(
            name, MARGIN, 52 - up + TITLE_LINE * i, fit(line, CAPTION, x - MARGIN, bold=True), "title", bold=True
        )


def title_lines(text: str, width: float, steps: int = 0) -> list[str]:
    """The title: on a narrow canvas in two lines where it takes them, and no dots are then in their way."""
    room = width - 2 * MARGIN - text_width(f"{steps} / {steps}", 24) - 30
    if width >= WIDTH or text_width(text, CAPTION, bold=True) <= room:
        return [text]
    first, *rest = wrap(text, CAPTION, room, bold=True)
    return [first, " ".join(rest)]


def caption(sheet: Sheet, lines: Sequence[str], first_baseline: float, line_height: float = LINE) -> None:
    """The lecturer's words."""
    for i, line in enumerate(lines):
        sheet.text(f"caption:{i}", MARGIN, first_baseline + line_height * i, line, "caption")


def divider(sheet: Sheet, x: float, top: float, bottom: float) -> None:
    """A quiet upright line between two pictures."""
    line = Line(points=((x, top), (x, bottom)), stroke=sheet.theme.panel_edge, width=2, role="divider")
    sheet.add("divider", line)
