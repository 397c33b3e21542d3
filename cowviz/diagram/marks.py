"""The marks of a memory picture: a page's bar, a frame's box, a PTE's arrow, the outline of what happens now.

Each is drawn by the builder of its group, which knows what the mark stands for.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from cowviz.diagram.things import EntryRange
from cowviz.language import _
from cowviz.scene.builder import NAME, SMALL, SceneBuilder
from cowviz.scene.shapes import Line, Point, Rect
from cowviz.scene.text_metrics import ELLIPSIS
from cowviz.scene.theme import Tint

STRIPE = 10
RADIUS = 10
DASH = (9.0, 6.0)
REST, NOW = (3.0, 15.0), (6.0, 20.0)  # width and head of an arrow: what happens now is told by its breadth too
DOTS = (3.0, 6.0)
PAD, CLOSE_PAD = 16, 10  # between a box's edge and its text
PERMISSION = 40  # width of "rw-" in the small mono face
LABEL, CLOSE_LABEL = 76, 64  # from the word VMA or PTE to its rights, and where there is no room to spare
BETWEEN, CLOSE_BETWEEN = 24, 14  # two rights side by side
BESIDE = 10  # between a name and what stands beside it
THREE_LINES = 96  # the least height of a box with a name and two lines of content


@dataclass(frozen=True, slots=True)
class Box:
    """Where a mark stands, in px, and how much it may say."""

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
    def inner(self) -> float:
        """The edge at which arrows leave, or arrive."""
        return self.x if self.mirrored else self.x + self.w


@dataclass(frozen=True, slots=True)
class PageMark:
    """What a page's bar shows."""

    name: str
    numbers: str  # of the region's pages: "3", "0-511"; "" where it has one
    which: str  # the same in words: "page 3", "pages 0-511"
    state: str  # "no frame", "in swap", "huge page" ...
    two_lines: bool  # whether which and state may ever have something to say: the name then keeps its place
    is_empty: bool  # nothing is mapped
    vma: str  # rights: "rw-"; "mix" where the pages of a run differ
    pte: str
    is_cow: bool
    tint: Tint


@dataclass(frozen=True, slots=True)
class FrameMark:
    """What a frame's box shows; ``tint`` None is a free frame."""

    name: str
    short: str  # where the name has no room
    content: str
    count: str  # "×2"
    tint: Tint | None
    wordy: bool = False  # whether some frame of the movie needs two lines for its content
    dashed: bool = False


def page(builder: SceneBuilder, box: Box, mark: PageMark) -> None:
    """Draw a bar with the section's stripe at its outer edge and both permissions at its inner one."""
    y, h, x, w = box.y, box.h, box.x, box.w
    empty = mark.is_empty
    fill = builder.theme.empty if empty else mark.tint.fill
    dash = (6.0, 5.0) if empty else ()
    edge = Rect(x=x, y=y, w=w, h=h, radius=RADIUS, fill=fill, stroke=mark.tint.edge, width=2, dash=dash, role="box")
    builder.add("empty" if empty else "box", edge)
    outer_x = x + w - STRIPE if box.mirrored else x
    side = "right" if box.mirrored else "left"
    stripe = Rect(x=outer_x, y=y, w=STRIPE, h=h, radius=RADIUS, corners=side, fill=mark.tint.edge, role="stripe")
    builder.add("stripe", stripe)
    _notches(builder, stripe, mark.tint)
    used = _permissions(builder, box, y + h / 2, mark)
    _page_name(builder, box, y + h / 2, w - used - STRIPE - 1.5 * _name_pad(box), mark)


def _notches(builder: SceneBuilder, stripe: Rect, tint: Tint) -> None:
    """Holes in the stripe, clear of its round corners."""
    if tint.notches:
        middle, inset = stripe.x + stripe.w / 2, RADIUS - 2
        points = ((middle, stripe.y + inset), (middle, stripe.y + stripe.h - inset))
        holes = Line(points=points, stroke=builder.theme.empty, width=STRIPE - 4, dash=tint.notches, role="stripe")
        builder.add("notches", holes)


def _page_name(builder: SceneBuilder, box: Box, middle: float, room: float, mark: PageMark) -> None:
    pad = _name_pad(box)
    x = box.x + box.w - STRIPE - pad if box.mirrored else box.x + STRIPE + pad
    anchor = "end" if box.mirrored else "start"
    two_lines = mark.two_lines and box.is_tall and not box.narrow
    name = mark.name if two_lines or not mark.which else f"{mark.name} {mark.numbers}"
    y = middle + (-8 if box.narrow else -5 if two_lines else _centred(box))
    builder.text("name", x, y, builder.fit(name, NAME, room), "name", anchor=anchor)
    if two_lines and (note := _note(builder, mark, room)):
        builder.text("note", x, middle + (22 if box.close else 24), note, "label", anchor=anchor)


def _name_pad(box: Box) -> int:
    return CLOSE_PAD if box.close and not box.is_tall else PAD


def _centred(box: Box) -> float:
    """How far below a box's middle the baseline of a name lies: less where the descender would touch the edge."""
    return min(10, box.h / 2 - 8)


def _note(builder: SceneBuilder, mark: PageMark, room: float) -> str:
    """The second line of a bar: all that is to be said, or what fits of it."""
    both = ", ".join(filter(None, (mark.which, mark.state)))
    numbers = mark.which.partition(" ")[2]
    for note in filter(None, (both, mark.which, numbers)):
        if builder.text_width(note, SMALL) <= room:
            return note
    return builder.fit(numbers or mark.state, SMALL, room)


def _permissions(builder: SceneBuilder, box: Box, middle: float, mark: PageMark) -> float:
    """The VMA's rights and the PTE's; returns the width they take from the name."""
    stacked = box.is_tall and not box.narrow
    for i, (name, text) in enumerate((("vma", mark.vma), ("pte", mark.pte))):
        left, y = column_x(box, i), middle + (15 if box.narrow else 0)
        if stacked:  # one above the other, each after its word
            left = box.inner + (PAD + _label(box) if box.mirrored else -PAD - PERMISSION)
            y = middle + (-15, 15)[i]
            word_x = box.inner + (PAD if box.mirrored else -PAD - PERMISSION - _label(box))
            builder.text(f"{name}-label", word_x, y + 8, name.upper(), "label", spoken="")
        falls_short = name == "pte" and mark.is_cow
        _permission(builder, name, left, y, text, falls_short, quiet=name == "pte" and mark.is_empty)
    if box.narrow:
        return 0
    return PAD + PERMISSION + (_label(box) if stacked else PERMISSION + _between(box))


def column_x(box: Box, i: int) -> float:
    """Return where rights that stand side by side have the VMA's (0) and the PTE's (1): this one at the arrow's end."""
    if box.mirrored:
        return box.inner + PAD + (1 - i) * (PERMISSION + _between(box))
    return box.inner - PAD - PERMISSION - (1 - i) * (PERMISSION + _between(box))


def _label(box: Box) -> int:
    return CLOSE_LABEL if box.close else LABEL


def _between(box: Box) -> int:
    return CLOSE_BETWEEN if box.close else BETWEEN


def _permission(
    builder: SceneBuilder, name: str, x: float, middle: float, text: str, falls_short: bool, quiet: bool
) -> None:
    if falls_short:
        chip = Rect(
            x=x - 9, y=middle - 14, w=PERMISSION + 18, h=28, radius=6, fill=builder.theme.accent, role="chip",
            transition="swap",
        )  # fmt: skip
        builder.add(f"{name}-chip", chip)
    fill = builder.theme.on_accent if falls_short else builder.theme.muted if quiet else builder.theme.text
    said = f"{name.upper()} {text}"
    builder.text(name, x, middle + 8, text, "permission", mono=True, bold=falls_short, fill=fill, spoken=said)


def frame(builder: SceneBuilder, box: Box, mark: FrameMark, origin: str | None = None) -> None:
    """Draw a box with the frame's name, what it holds, and how many pages map it.

    ``origin`` is the group of the frame that its bytes come from in this still: the box then travels from there.
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
    """Name, content and count: one below the other where the box is tall, else side by side."""
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
        lines, name_y, content_y = [mark.content], middle + _centred(box), middle + _centred(box) - 1
    if box.brief and builder.fit(lines[0], SMALL, room) == ELLIPSIS:
        lines = [""]
    builder.text("name", left, name_y, builder.fit(name, NAME, name_room, bold=True), "name", bold=True)
    for i, line in enumerate(lines):
        part = f"content-{i + 1}" if i else "content"
        text = builder.fit(line, SMALL, room)
        builder.text(part, x, content_y + 28 * i, text, "content", origin=None if i else origin)
    count_y = middle + (26 if box.narrow else _centred(box))
    builder.text("count", right, count_y, mark.count, "count", anchor="end")


def _content_lines(builder: SceneBuilder, content: str, room: float, most: int) -> list[str]:
    """Whole variables a line where they fit: "x = 1, y = 2" breaks at its comma."""
    if most == 1 or ", " not in content or builder.text_width(content, SMALL) <= room:
        return [content]
    first, rest = content.split(", ", 1)
    return [f"{first},", rest]


def on_disk(builder: SceneBuilder, box: Box, name: str, text: str) -> None:
    """Draw a file or the swap, on the disk, and what is in it: square corners, for it is no memory."""
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
    """Draw a PTE: solid where it lets writes through, dashed where it does not, dotted into swap."""
    colour, (width, head_size) = (builder.theme.accent, NOW) if now else (builder.theme.line, REST)
    line = Line(
        points=(source, target), stroke=colour, width=width, dash=dash, head=True, head_size=head_size,
        role="arrow", of=of, origin=origin,
    )  # fmt: skip
    builder.add(key, line)


def shared(builder: SceneBuilder, box: Box, words: str) -> None:
    """Say in place of pages whose memory a thread or a vfork child uses."""
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
    """Draw the accent around a box in which something happens now."""
    x, y, w, h = box.x, box.y, box.w, box.h
    ring = Rect(
        x=x - 2, y=y - 2, w=w + 4, h=h + 4, radius=RADIUS + 2, stroke=builder.theme.accent, width=6, role="outline",
        pulse=True,
    )  # fmt: skip
    builder.add("outline", ring)


def bracket(builder: SceneBuilder, text: str, points: tuple[Point, ...], label: Point) -> None:
    """Draw an elbow arrow with a word in a gap of its first horizontal run."""
    half = builder.text_width(text, NAME, bold=True) / 2 + 12
    (start, corner, *rest), (x, y) = points, label
    before = Line(points=(start, corner, (x - half, y)), stroke=builder.theme.accent, width=5, role="arrow")
    builder.add("before", before)
    builder.add("after", replace(before, points=((x + half, y), *rest), head=True))
    builder.text("text", x, y + 9, text, "name", bold=True, anchor="middle", fill=builder.theme.accent)
