"""The marks of a memory picture: a page's bar, a frame's box, a PTE's arrow, the outline of what happens now."""

from __future__ import annotations

from dataclasses import dataclass

from cowviz.language import _
from cowviz.scene.metrics import ELLIPSIS, fit, text_width, wrap
from cowviz.scene.panel import Panel
from cowviz.scene.shapes import Line, Point, Rect
from cowviz.scene.sheet import NAME, SMALL, Sheet
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


def page(sheet: Sheet, key: str, panel: Panel, row: int, mark: PageMark) -> None:
    """A bar with the section's stripe at its outer edge and both permissions at its inner one."""
    y, h, x, w = panel.row(row), panel.box_h, panel.box_x, panel.box_w
    empty = mark.is_empty
    fill = sheet.theme.empty if empty else mark.tint.fill
    dash = (6.0, 5.0) if empty else ()
    edge = Rect(x=x, y=y, w=w, h=h, radius=RADIUS, fill=fill, stroke=mark.tint.edge, width=2, dash=dash, role="page")
    sheet.add(f"{key}/{'empty' if empty else 'box'}", edge)
    outer_x = x + w - STRIPE if panel.mirrored else x
    side = "right" if panel.mirrored else "left"
    stripe = Rect(x=outer_x, y=y, w=STRIPE, h=h, radius=RADIUS, corners=side, fill=mark.tint.edge, role="stripe")
    sheet.add(f"{key}/stripe", stripe)
    _notches(sheet, f"{key}/notches", stripe, mark.tint)
    used = _permissions(sheet, key, panel, y + h / 2, mark)
    _page_name(sheet, key, panel, y + h / 2, w - used - STRIPE - 1.5 * _name_pad(panel), mark)


def _notches(sheet: Sheet, key: str, stripe: Rect, tint: Tint) -> None:
    """Holes in the stripe, clear of its round corners."""
    if tint.notches:
        middle, inset = stripe.x + stripe.w / 2, RADIUS - 2
        points = ((middle, stripe.y + inset), (middle, stripe.y + stripe.h - inset))
        holes = Line(points=points, stroke=sheet.theme.empty, width=STRIPE - 4, dash=tint.notches, role="stripe")
        sheet.add(key, holes)


def _page_name(sheet: Sheet, key: str, panel: Panel, middle: float, room: float, mark: PageMark) -> None:
    pad = _name_pad(panel)
    x = panel.box_x + panel.box_w - STRIPE - pad if panel.mirrored else panel.box_x + STRIPE + pad
    anchor = "end" if panel.mirrored else "start"
    two_lines = mark.two_lines and panel.is_tall and not panel.narrow
    name = mark.name if two_lines or not mark.which else f"{mark.name} {mark.numbers}"
    y = middle + (-8 if panel.narrow else -5 if two_lines else _centred(panel))
    sheet.text(f"{key}/name", x, y, fit(name, NAME, room), "name", anchor=anchor)
    if two_lines and (note := _note(mark, room)):
        sheet.text(f"{key}/note", x, middle + (22 if panel.close else 24), note, "label", anchor=anchor)


def _name_pad(panel: Panel) -> int:
    return CLOSE_PAD if panel.close and not panel.is_tall else PAD


def _centred(panel: Panel) -> float:
    """How far below a box's middle the baseline of a name lies: less where the descender would touch the edge."""
    return min(10, panel.box_h / 2 - 8)


def _note(mark: PageMark, room: float) -> str:
    """The second line of a bar: all that is to be said, or what fits of it."""
    both = ", ".join(filter(None, (mark.which, mark.state)))
    numbers = mark.which.partition(" ")[2]
    for note in filter(None, (both, mark.which, numbers)):
        if text_width(note, SMALL) <= room:
            return note
    return fit(numbers or mark.state, SMALL, room)


def _permissions(sheet: Sheet, key: str, panel: Panel, middle: float, mark: PageMark) -> float:
    """The VMA's rights and the PTE's; returns the width they take from the name."""
    stacked = panel.is_tall and not panel.narrow
    for i, (name, text) in enumerate((("vma", mark.vma), ("pte", mark.pte))):
        left, y = column_x(panel, i), middle + (15 if panel.narrow else 0)
        if stacked:  # one above the other, each after its word
            left = panel.inner + (PAD + _label(panel) if panel.mirrored else -PAD - PERMISSION)
            y = middle + (-15, 15)[i]
            word_x = panel.inner + (PAD if panel.mirrored else -PAD - PERMISSION - _label(panel))
            sheet.text(f"{key}/{name}-label", word_x, y + 8, name.upper(), "label")
        falls_short = name == "pte" and mark.is_cow
        _permission(sheet, f"{key}/{name}", left, y, text, falls_short, quiet=name == "pte" and mark.is_empty)
    if panel.narrow:
        return 0
    return PAD + PERMISSION + (_label(panel) if stacked else PERMISSION + _between(panel))


def column_x(panel: Panel, i: int) -> float:
    """Where rights that stand side by side have the VMA's (0) and the PTE's (1): this one at the arrow's end."""
    if panel.mirrored:
        return panel.inner + PAD + (1 - i) * (PERMISSION + _between(panel))
    return panel.inner - PAD - PERMISSION - (1 - i) * (PERMISSION + _between(panel))


def _label(panel: Panel) -> int:
    return CLOSE_LABEL if panel.close else LABEL


def _between(panel: Panel) -> int:
    return CLOSE_BETWEEN if panel.close else BETWEEN


def _permission(sheet: Sheet, key: str, x: float, middle: float, text: str, falls_short: bool, quiet: bool) -> None:
    if falls_short:
        chip = Rect(x=x - 9, y=middle - 14, w=PERMISSION + 18, h=28, radius=6, fill=sheet.theme.accent, role="chip")
        sheet.add(f"{key}-chip", chip)
    fill = sheet.theme.on_accent if falls_short else sheet.theme.muted if quiet else sheet.theme.text
    sheet.text(key, x, middle + 8, text, "permission", mono=True, bold=falls_short, fill=fill)


def frame(sheet: Sheet, key: str, panel: Panel, row: int, mark: FrameMark, origin: str | None = None) -> None:
    """A box with the frame's name, what it holds, and how many pages map it.

    ``origin`` is the frame that its bytes come from in this still: the box then travels from there.
    """
    x, y, w, h = panel.box_x, panel.row(row), panel.box_w, panel.box_h
    if mark.tint is None:
        box = Rect(
            x=x, y=y, w=w, h=h, radius=RADIUS, fill=sheet.theme.empty, stroke=sheet.theme.free, width=2, dash=(6, 5),
            role="free",
        )  # fmt: skip
        sheet.add(f"{key}/free", box)
        sheet.text(f"{key}/free-text", x + w / 2, y + h / 2 + 8, _("free"), "label", anchor="middle")
        return
    born = f"{origin}/box" if origin else None
    dash = (6.0, 5.0) if mark.dashed else ()
    box = Rect(
        x=x, y=y, w=w, h=h, radius=RADIUS, fill=mark.tint.fill, stroke=mark.tint.edge, width=2, dash=dash,
        role="frame", origin=born,
    )  # fmt: skip
    sheet.add(f"{key}/box", box)
    _frame_text(sheet, key, panel, y + h / 2, mark, f"{origin}/content" if origin else None)


def _frame_text(sheet: Sheet, key: str, panel: Panel, middle: float, mark: FrameMark, origin: str | None) -> None:
    """Name, content and count: one below the other where the box is tall, else side by side."""
    inset = 12 if panel.narrow else PAD + 4
    left, right = panel.box_x + inset, panel.box_x + panel.box_w - (inset if panel.narrow else PAD)
    count_x = right - text_width(mark.count, NAME) - 8
    name_room = right - left if panel.narrow else count_x - left
    name = mark.name if text_width(mark.name, NAME, bold=True) <= name_room else mark.short
    name_w = text_width(name, NAME, bold=True) + BESIDE
    if panel.is_tall:
        x, room = left, count_x - left
        roomy = mark.wordy and panel.box_h >= THREE_LINES
        lines = _content_lines(mark.content, room, most=2 if roomy else 1)
        known = mark.content.strip() or panel.close  # where nothing is, nothing is said, and the name in the middle
        name_y = middle - (20 if roomy else 6) if known else middle + 10
        content_y = name_y + (29 if panel.close else 31)
    else:
        x, room = left + name_w, count_x - left - name_w
        lines, name_y, content_y = [mark.content], middle + _centred(panel), middle + _centred(panel) - 1
    if panel.brief and fit(lines[0], SMALL, room) == ELLIPSIS:
        lines = [""]
    sheet.text(f"{key}/name", left, name_y, fit(name, NAME, name_room, bold=True), "name", bold=True)
    for i, line in enumerate(lines):
        part = f"{key}/content" + (f"-{i + 1}" if i else "")
        sheet.text(part, x, content_y + 28 * i, fit(line, SMALL, room), "content", origin=None if i else origin)
    count_y = middle + (26 if panel.narrow else _centred(panel))
    sheet.text(f"{key}/count", right, count_y, mark.count, "name", anchor="end")


def _content_lines(content: str, room: float, most: int) -> list[str]:
    """Whole variables a line where they fit: "x = 1, y = 2" breaks at its comma."""
    if most == 1 or ", " not in content or text_width(content, SMALL) <= room:
        return [content]
    first, rest = content.split(", ", 1)
    return [f"{first},", rest]


def on_disk(sheet: Sheet, key: str, panel: Panel, row: int, name: str, text: str) -> None:
    """A file or the swap, on the disk, and what is in it: square corners, for it is no memory."""
    x, y, w, h = panel.box_x, panel.row(row), panel.box_w, panel.box_h
    edge = Rect(x=x, y=y, w=w, h=h, radius=4, fill=sheet.theme.empty, stroke=sheet.theme.muted, width=2, role="file")
    sheet.add(f"{key}/box", edge)
    left, room, middle = x + PAD, w - 2 * PAD, y + h / 2
    if panel.is_tall:
        title = _("{file} on disk").format(file=name)
        title = title if text_width(title, NAME) <= room else fit(name, NAME, room)
        sheet.text(f"{key}/name", left, middle - 6, title, "name")
        sheet.text(f"{key}/content", left, middle + (22 if panel.close else 25), fit(text, SMALL, room), "content")
    else:
        sheet.text(f"{key}/name", left, middle + 8, fit(f"{name}: {text}", SMALL, room), "content")


def arrow(
    sheet: Sheet,
    key: str,
    source: Point,
    target: Point,
    dash: tuple[float, ...] = (),
    now: bool = False,
    origin: str | None = None,
) -> None:
    """A PTE: solid where it lets writes through, dashed where it does not, dotted into swap; it stops exactly there."""
    colour, (width, head_size) = (sheet.theme.accent, NOW) if now else (sheet.theme.line, REST)
    line = Line(
        points=(source, target), stroke=colour, width=width, dash=dash, head=True, head_size=head_size,
        role="arrow", origin=origin,
    )  # fmt: skip
    sheet.add(key, line)


def shared(sheet: Sheet, key: str, panel: Panel, words: str) -> None:
    """In place of pages: whose a thread or a vfork child uses."""
    x, y, w, h = panel.box_x, panel.row(0), panel.box_w, panel.box_h
    edge = Rect(
        x=x, y=y, w=w, h=h, radius=RADIUS, fill=sheet.theme.empty, stroke=sheet.theme.muted, width=2, dash=(6.0, 5.0),
        role="shared",
    )  # fmt: skip
    sheet.add(f"{key}/shared", edge)
    lines = wrap(words, SMALL, w - 2 * PAD)[: 2 if panel.is_tall else 1]
    for i, line in enumerate(lines):
        baseline = y + h / 2 + 8 + 28 * (i - (len(lines) - 1) / 2)
        sheet.text(f"{key}/shared-{i}", x + w / 2, baseline, fit(line, SMALL, w - 2 * PAD), "label", anchor="middle")


def outline(sheet: Sheet, key: str, panel: Panel, row: int) -> None:
    """The accent around a box in which something happens now."""
    x, y, w, h = panel.box_x, panel.row(row), panel.box_w, panel.box_h
    ring = Rect(
        x=x - 2, y=y - 2, w=w + 4, h=h + 4, radius=RADIUS + 2, stroke=sheet.theme.accent, width=6, role="outline",
        pulse=True,
    )  # fmt: skip
    sheet.add(f"{key}/outline", ring)


def bracket(sheet: Sheet, key: str, text: str, points: tuple[Point, ...], label: Point) -> None:
    """An elbow arrow with a word in a gap of its first horizontal run, touched by nothing."""
    half = text_width(text, NAME, bold=True) / 2 + 12
    (start, corner, *rest), (x, y) = points, label
    style = {"stroke": sheet.theme.accent, "width": 5, "role": "arrow"}
    sheet.add(f"{key}/before", Line(points=(start, corner, (x - half, y)), **style))  # type: ignore[arg-type]
    sheet.add(f"{key}/after", Line(points=((x + half, y), *rest), head=True, **style))  # type: ignore[arg-type]
    sheet.text(f"{key}/text", x, y + 9, text, "name", bold=True, anchor="middle", fill=sheet.theme.accent)
