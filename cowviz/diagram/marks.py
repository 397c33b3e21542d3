"""Draws the small marks of a memory picture: a PTE's arrow, the outline of a change, a bracket with a word.

Each takes the builder of its group, which knows what the mark stands for.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from cowviz.diagram.things import EntryRange
from cowviz.scene.builder import NAME, SMALL, SceneBuilder
from cowviz.scene.shapes import Line, Point, Rect

RADIUS = 10
DASH = (9.0, 6.0)
REST, NOW = (3.0, 15.0), (6.0, 20.0)  # width and head of an arrow: what happens now is told by its breadth too
DOTS = (3.0, 6.0)
PAD, CLOSE_PAD = 16, 10  # between a box's edge and its text


@dataclass(frozen=True, slots=True)
class Box:
    """Holds the place of a mark, in px, and how much text it may show."""

    x: float
    y: float
    w: float
    h: float
    mirrored: bool = False  # its inner edge, where arrows leave, is the left one
    is_tall: bool = True  # two lines of text fit; else everything is on one
    narrow: bool = False  # no room for a name beside the permissions
    close: bool = False  # no room to spare: columns and lines are closer
    brief: bool = False  # room for a frame's letter only

    @property
    def descent(self) -> float:
        """Distance in px from the middle down to a name's baseline; less in a low box, for the descenders."""
        return min(10, self.h / 2 - 8)

    @property
    def inner(self) -> float:
        """The x (px) of the edge where arrows start or end."""
        return self.x if self.mirrored else self.x + self.w


def arrow(
    builder: SceneBuilder,
    key: str,
    of: EntryRange,
    source: Point,
    target: Point,
    dash: tuple[float, ...] = (),
    now: bool = False,
    origin: str | None = None,
) -> None:
    """Draw a PTE's arrow, dashed as ``dash`` says: solid if writable, dashed if read-only, dotted into swap."""
    colour, (width, head_size) = (builder.theme.accent, NOW) if now else (builder.theme.line, REST)
    line = Line(
        points=(source, target), stroke=colour, width=width, dash=dash, head=True, head_size=head_size,
        role="arrow", of=of, origin=origin,
    )  # fmt: skip
    builder.add(key, line)


def shared(builder: SceneBuilder, box: Box, words: str) -> None:
    """Draw, in place of pages, the words that name the process whose memory a thread or vfork child uses."""
    x, y, w, h = box.x, box.y, box.w, box.h
    edge = Rect(
        x=x, y=y, w=w, h=h, radius=RADIUS, fill=builder.theme.empty, stroke=builder.theme.muted, width=2,
        dash=(6.0, 5.0), role="box",
    )  # fmt: skip
    builder.add("shared", edge)
    lines = builder.wrap(words, SMALL, w - 2 * PAD)[: 2 if box.is_tall else 1]
    for i, line in enumerate(lines):
        baseline = y + h / 2 + 8 + 28 * (i - (len(lines) - 1) / 2)
        text = builder.fit(line, SMALL, w - 2 * PAD)
        builder.text(f"shared-{i}", x + w / 2, baseline, text, "label", anchor="middle")


def outline(builder: SceneBuilder, box: Box) -> None:
    """Outline a box in the accent colour: something changes there now."""
    x, y, w, h = box.x, box.y, box.w, box.h
    ring = Rect(
        x=x - 2, y=y - 2, w=w + 4, h=h + 4, radius=RADIUS + 2, stroke=builder.theme.accent, width=6, role="outline",
        pulse=True,
    )  # fmt: skip
    builder.add("outline", ring)


def bracket(builder: SceneBuilder, text: str, points: tuple[Point, ...], label: Point) -> None:
    """Draw an elbow arrow with a word in a gap of its first horizontal part."""
    half = builder.text_width(text, NAME, bold=True) / 2 + 12
    (start, corner, *rest), (x, y) = points, label
    before = Line(points=(start, corner, (x - half, y)), stroke=builder.theme.accent, width=5, role="arrow")
    builder.add("before", before)
    builder.add("after", replace(before, points=((x + half, y), *rest), head=True))
    builder.text("text", x, y + 9, text, "name", bold=True, anchor="middle", fill=builder.theme.accent)
