"""Draws a page as a bar with its section's stripe, its name, and the permissions of its VMA and its PTE."""

from __future__ import annotations

from dataclasses import dataclass

from cowviz.diagram.marks import CLOSE_PAD, PAD, RADIUS, Box
from cowviz.scene.builder import NAME, SMALL, SceneBuilder
from cowviz.scene.shapes import Line, Rect
from cowviz.scene.theme import Tint

STRIPE = 10
PERMISSION = 40  # width of "rw-" in the small mono face
LABEL, CLOSE_LABEL = 76, 64  # from the word VMA or PTE to its rights, and where there is no room to spare
BETWEEN, CLOSE_BETWEEN = 24, 14  # two rights side by side


@dataclass(frozen=True, slots=True)
class PageMark:
    """Holds what a page's bar shows."""

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


def draw_page(builder: SceneBuilder, box: Box, mark: PageMark) -> None:
    """Draw a bar with the section's stripe at the outer edge and both permissions at the inner edge."""
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
    """Draw holes in the stripe, away from its round corners."""
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
    y = middle + (-8 if box.narrow else -5 if two_lines else box.descent)
    builder.text("name", x, y, builder.fit(name, NAME, room), "name", anchor=anchor)
    if two_lines and (note := _note(builder, mark, room)):
        builder.text("note", x, middle + (22 if box.close else 24), note, "label", anchor=anchor)


def _name_pad(box: Box) -> int:
    return CLOSE_PAD if box.close and not box.is_tall else PAD


def _note(builder: SceneBuilder, mark: PageMark, room: float) -> str:
    """Return the second line of a bar, cut to what fits."""
    both = ", ".join(filter(None, (mark.which, mark.state)))
    numbers = mark.which.partition(" ")[2]
    for note in filter(None, (both, mark.which, numbers)):
        if builder.text_width(note, SMALL) <= room:
            return note
    return builder.fit(numbers or mark.state, SMALL, room)


def _permissions(builder: SceneBuilder, box: Box, middle: float, mark: PageMark) -> float:
    """Draw the VMA's and the PTE's rights; return the width that they take from the name, in px."""
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
    """Return the x (px) of permissions that stand side by side: 0 is the VMA's, 1 the PTE's, next to the arrow."""
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
