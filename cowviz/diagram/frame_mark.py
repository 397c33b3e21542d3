"""Draws a frame as a box with its name, its content and its map count; and the boxes of files and swap."""

from __future__ import annotations

from dataclasses import dataclass

from cowviz.diagram.marks import PAD, RADIUS, Box
from cowviz.language import _
from cowviz.scene.builder import NAME, SMALL, SceneBuilder
from cowviz.scene.shapes import Rect
from cowviz.scene.text_metrics import ELLIPSIS
from cowviz.scene.theme import Tint

BESIDE = 10  # between a name and what stands beside it
THREE_LINES = 96  # the least height of a box with a name and two lines of content


@dataclass(frozen=True, slots=True)
class FrameMark:
    """Holds what a frame's box shows; ``tint`` is None for a free frame."""

    name: str
    short: str  # where the name has no room
    content: str
    count: str  # "×2"
    tint: Tint | None
    wordy: bool = False  # whether some frame of the movie needs two lines for its content
    dashed: bool = False


def draw_frame(builder: SceneBuilder, box: Box, mark: FrameMark, origin: str | None = None) -> None:
    """Draw a frame's box with its name, its content and the number of pages that map it.

    ``origin`` is the group of the frame whose bytes were copied: the box then moves in from there.
    """
    x, y, w, h = box.x, box.y, box.w, box.h
    if mark.tint is None:
        edge = Rect(
            x=x, y=y, w=w, h=h, radius=RADIUS, fill=builder.theme.empty, stroke=builder.theme.free, width=2,
            dash=(6, 5), role="box",
        )  # fmt: skip
        builder.add("free", edge)
        builder.text("free-text", x + w / 2, y + h / 2 + 8, _("free"), "label", anchor="middle")
        return
    born = f"{origin}/box" if origin else None
    dash = (6.0, 5.0) if mark.dashed else ()
    edge = Rect(
        x=x, y=y, w=w, h=h, radius=RADIUS, fill=mark.tint.fill, stroke=mark.tint.edge, width=2, dash=dash,
        role="box", origin=born,
    )  # fmt: skip
    builder.add("box", edge)
    _frame_text(builder, box, y + h / 2, mark, f"{origin}/content" if origin else None)


def _frame_text(builder: SceneBuilder, box: Box, middle: float, mark: FrameMark, origin: str | None) -> None:
    """Draw name, content and count: one below the other in a tall box, else side by side."""
    inset = 12 if box.narrow else PAD + 4
    left, right = box.x + inset, box.x + box.w - (inset if box.narrow else PAD)
    count_x = right - builder.text_width(mark.count, NAME) - 8
    name_room = right - left if box.narrow else count_x - left
    name = mark.name if builder.text_width(mark.name, NAME, bold=True) <= name_room else mark.short
    name_w = builder.text_width(name, NAME, bold=True) + BESIDE
    if box.is_tall:
        x, room = left, count_x - left
        roomy = mark.wordy and box.h >= THREE_LINES
        lines = _content_lines(builder, mark.content, room, most=2 if roomy else 1)
        known = mark.content.strip() or box.close  # where nothing is, nothing is said, and the name in the middle
        name_y = middle - (20 if roomy else 6) if known else middle + 10
        content_y = name_y + (29 if box.close else 31)
    else:
        x, room = left + name_w, count_x - left - name_w
        lines, name_y, content_y = [mark.content], middle + box.descent, middle + box.descent - 1
    if box.brief and builder.fit(lines[0], SMALL, room) == ELLIPSIS:
        lines = [""]
    builder.text("name", left, name_y, builder.fit(name, NAME, name_room, bold=True), "name", bold=True)
    for i, line in enumerate(lines):
        part = f"content-{i + 1}" if i else "content"
        text = builder.fit(line, SMALL, room)
        builder.text(part, x, content_y + 28 * i, text, "content", origin=None if i else origin)
    count_y = middle + (26 if box.narrow else box.descent)
    builder.text("count", right, count_y, mark.count, "count", anchor="end")


def _content_lines(builder: SceneBuilder, content: str, room: float, most: int) -> list[str]:
    """Break content into lines, between variables if they fit: "x = 1, y = 2" breaks at its comma."""
    if most == 1 or ", " not in content or builder.text_width(content, SMALL) <= room:
        return [content]
    first, rest = content.split(", ", 1)
    return [f"{first},", rest]


def draw_on_disk(builder: SceneBuilder, box: Box, name: str, text: str) -> None:
    """Draw a file or the swap device and its content, with square corners since it is not memory."""
    x, y, w, h = box.x, box.y, box.w, box.h
    edge = Rect(x=x, y=y, w=w, h=h, radius=4, fill=builder.theme.empty, stroke=builder.theme.muted, width=2, role="box")
    builder.add("box", edge)
    left, room, middle = x + PAD, w - 2 * PAD, y + h / 2
    if box.is_tall:
        title = _("{file} on disk").format(file=name)
        title = title if builder.text_width(title, NAME) <= room else builder.fit(name, NAME, room)
        builder.text("name", left, middle - 6, title, "name")
        builder.text("content", left, middle + (22 if box.close else 25), builder.fit(text, SMALL, room), "content")
    else:
        builder.text("name", left, middle + 8, builder.fit(f"{name}: {text}", SMALL, room), "content")
