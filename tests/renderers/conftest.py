"""A hand-made scene like the lecture's figure, so that renderers are tested without the views."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from cowviz.scene.shapes import Circle, Line, Rect, Scene, Shape, Text

INK, MUTED, EDGE, ACCENT = "#1a1d21", "#5a6069", "#c4c9cf", "#c2185b"
LINE = "#3a414b"
SECTIONS = {
    ".text": ("#dbe8f4", "#0060a8", "r-x", "r-x", "Frame A", "main(), foo()"),
    ".rodata": ("#d8eee3", "#007a5a", "r--", "r--", "Frame B", '"hello"'),
    "heap": ("#fbe6d4", "#b5460a", "rw-", "r--", "Frame C", "x = 1"),
}


@pytest.fixture(scope="session")
def lecture() -> Callable[..., Scene]:
    """``lecture(step, written)``: the lecture's picture before or after the child's write."""
    return lecture_scene


def lecture_scene(step: int = 7, written: bool = True, steps: int = 9) -> Scene:
    """The lecture's picture: before the child's write (``written=False``) or after it."""
    shapes: dict[str, Shape] = {}
    shapes["title"] = Text(x=40, y=52, text="Copy-on-write after fork()", size=32, fill=INK, bold=True, role="title")
    for i in range(steps):
        fill = INK if i < step else "#ffffff"
        shapes[f"dots/{i}"] = Circle(x=958 + 24 * i, y=42, r=7, fill=fill, stroke=MUTED, width=2)
    shapes["dots/count"] = Text(x=1241, y=50, text=f"{step} / {steps}", size=24, fill=MUTED, anchor="end")
    for name, x, w in (("parent", 28, 400), ("memory", 502, 276), ("child", 852, 400)):
        shapes[f"{name}/panel"] = Rect(
            x=x, y=88, w=w, h=472, radius=18, fill="#f5f6f8", stroke=EDGE, width=2, role="panel"
        )
    copied = int(written)
    _heading(shapes, "parent", 48, "Parent", 410, "faults 0 · copies 0")
    shapes["memory/name"] = Text(x=640, y=128, text="Physical memory", size=25, fill=INK, bold=True, anchor="middle")
    _heading(shapes, "child", 872, "Child", 1233, f"faults {copied} · copies {copied}")
    for row, section in enumerate(SECTIONS):
        _page(shapes, "parent", 40, row, section, written=False)
        _page(shapes, "child", 864, row, section, written=written and section == "heap")
        _frame(shapes, row, section, 1 if written and section == "heap" else 2)
        _arrow(shapes, "parent", row, row, section, accent=False)
        _arrow(shapes, "child", row, 3 if written and section == "heap" else row, section, accent=written)
    _spare(shapes, written)
    first, second = (
        (
            "The kernel copied Frame C to Frame D and remapped the child.",
            "The write is retried; the parent reads x = 1.",
        )
        if written
        else ("The child writes x = 42. Its VMA allows it, its PTE does not:", "the hardware raises a page fault.")
    )
    shapes["caption/0"] = Text(x=40, y=606, text=first, size=32, fill=INK, role="caption")
    shapes["caption/1"] = Text(x=40, y=646, text=second, size=32, fill=INK, role="caption")
    shapes["legend/solid"] = Line(points=((40, 690), (88, 690)), stroke=LINE, width=3)
    shapes["legend/writable"] = Text(x=98, y=697, text="writable PTE", size=21, fill=MUTED)
    shapes["legend/dash"] = Line(points=((270, 690), (316, 690)), stroke=LINE, width=3, dash=(9, 6))
    shapes["legend/read"] = Text(x=328, y=697, text="read-only PTE", size=21, fill=MUTED)
    shapes["legend/count"] = Text(x=1240, y=697, text=f"frames {3 + copied} of 4", size=21, fill=MUTED, anchor="end")
    return Scene(dict(_grouped(shapes)), "#ffffff", title="Copy-on-write after fork()", description=f"{first} {second}")


def _grouped(shapes: dict[str, Shape]) -> Iterator[tuple[str, Shape]]:
    """What is written on a box is of the box's group, whose name stands before the slash here."""
    for name, shape in shapes.items():
        group, slash, _part = name.partition("/")
        yield name, replace(shape, group=group if slash else "")


def _heading(shapes: dict[str, Shape], who: str, x: float, name: str, right: float, counts: str) -> None:
    shapes[f"{who}/name"] = Text(x=x, y=128, text=name, size=28, fill=INK, bold=True)
    shapes[f"{who}/counts"] = Text(x=right, y=128, text=counts, size=21, fill=MUTED, anchor="end")


def _page(shapes: dict[str, Shape], who: str, x: float, row: int, section: str, written: bool) -> None:
    fill, edge, vma, pte, _, _ = SECTIONS[section]
    y, left = 150 + 94 * row, who == "parent"
    pte = vma if written else pte
    key = f"page:{who}:{row}"
    shapes[f"{key}/bar"] = Rect(x=x, y=y, w=376, h=76, radius=9, fill=fill, stroke=edge, width=2, role="box")
    shapes[f"{key}/stripe"] = Rect(
        x=x if left else x + 366, y=y, w=10, h=76, radius=9, corners="left" if left else "right", fill=edge
    )
    label = 284 if left else 882
    shapes[f"{key}/name"] = Text(
        x=66 if left else 1215, y=y + 47, text=section, size=27, fill=INK, anchor="start" if left else "end"
    )
    for i, (kind, value) in enumerate((("VMA", vma), ("PTE", pte))):
        short = kind == "PTE" and pte != vma
        if short:
            shapes[f"{key}/gap"] = Rect(x=label + 67, y=y + 42, w=56, h=28, radius=6, fill=ACCENT)
        shapes[f"{key}/{kind}"] = Text(x=label, y=y + 31 + 32 * i, text=kind, size=21, fill=MUTED)
        shapes[f"{key}/{kind}-value"] = Text(
            x=label + 74,
            y=y + 31 + 32 * i,
            text=value,
            size=23,
            fill="#ffffff" if short else INK,
            bold=short,
            mono=True,
        )


def _frame(shapes: dict[str, Shape], row: int, section: str, pages: int) -> None:
    fill, edge, _, _, name, content = SECTIONS[section]
    y = 150 + 94 * row
    shapes[f"frame:{row}/box"] = Rect(x=514, y=y, w=252, h=76, radius=10, fill=fill, stroke=edge, width=2, role="box")
    shapes[f"frame:{row}/name"] = Text(x=534, y=y + 32, text=name, size=27, fill=INK, bold=True)
    shapes[f"frame:{row}/content"] = Text(x=534, y=y + 63, text=content, size=21, fill=INK)
    shapes[f"frame:{row}/pages"] = Text(x=750, y=y + 47, text=f"×{pages}", size=27, fill=INK, anchor="end")


def _arrow(shapes: dict[str, Shape], who: str, row: int, frame: int, section: str, accent: bool) -> None:
    y, to = 188 + 94 * row, 188 + 94 * frame
    moved = row != frame
    start, end = ((416, y), (514, to)) if who == "parent" else ((864, y), (770 if moved else 766, to))
    shapes[f"pte:{who}:{row}"] = Line(
        points=(start, end),
        stroke=ACCENT if moved else LINE,
        width=4 if moved else 3,
        dash=() if moved else (9, 6),
        head=True,
        role="pte",
    )


def _spare(shapes: dict[str, Shape], written: bool) -> None:
    fill, edge, *_ = SECTIONS["heap"]
    if not written:
        shapes["frame:3/box"] = Rect(
            x=514, y=432, w=252, h=76, radius=10, fill="#ffffff", stroke=EDGE, width=2, dash=(8, 6)
        )
        shapes["frame:3/free"] = Text(x=641, y=478, text="free", size=21, fill=MUTED, anchor="middle")
        return
    shapes["frame:3/box"] = Rect(x=514, y=432, w=252, h=76, radius=10, fill=fill, stroke=edge, width=2)
    shapes["frame:3/now"] = Rect(x=512, y=430, w=256, h=80, radius=12, stroke=ACCENT, width=6, pulse=True)
    shapes["frame:3/name"] = Text(x=534, y=464, text="Frame D", size=27, fill=INK, bold=True)
    shapes["frame:3/content"] = Text(x=534, y=495, text="x = 42", size=21, fill=INK, origin="frame:2/content")
    shapes["frame:3/pages"] = Text(x=750, y=479, text="×1", size=27, fill=INK, anchor="end")
    shapes["tag/box"] = Rect(x=528, y=520, w=224, h=38, radius=9, fill=ACCENT)
    shapes["tag/text"] = Text(x=641, y=547, text="copy of Frame C", size=22, fill="#ffffff", bold=True, anchor="middle")
