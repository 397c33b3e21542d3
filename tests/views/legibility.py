"""What makes a picture right: each check gives its findings as text, none where all is well.

Whether it can be read is for the product's own lint to say (``cowviz.legibility``, tested in tests/legibility). What is
here is written from the outside: that nothing jumps; ``truth.py`` has whether the picture says what the machine says.
Nothing here asks the layout where it meant to put something.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from cowviz.diagram.things import EntryRange, PageRange
from cowviz.legibility.rule import Look, Rule, rules
from cowviz.legibility.words import cut_by_canvas, shortened_texts
from cowviz.memory.machine import Machine
from cowviz.scene.shapes import Circle, Line, Rect, Scene, Shape, Text
from cowviz.scene.theme import Theme

RESTING = ("name", "count", "title", "counter", "progress", "permission", "label", "legend")  # roles of texts
ACCENTED = {"outline", "arrow", "tag", "chip", "legend", "current"}  # roles that may have the accent colour


def layout_findings(scene: Scene) -> list[str]:
    """What the product's lint says of places and words; that a text is shortened is ``shortened``'s matter."""
    return _found(scene, [rule for rule in rules(colours=False) if rule is not shortened_texts])


def shortened(scene: Scene) -> list[str]:
    return _found(scene, [shortened_texts])


def pale(scene: Scene) -> list[str]:
    """What the product's lint says of colours."""
    return _found(scene, list(rules(layout=False)))


def off_canvas(scene: Scene) -> list[str]:
    return _found(scene, [cut_by_canvas])


def _found(scene: Scene, judges: Sequence[Rule]) -> list[str]:
    return [f"{'/'.join(flaw.shapes)}: {flaw.what}: {flaw.by}" for judge in judges for flaw in judge(Look(scene))]


# Nothing jumps

Picture = tuple[Scene, Machine]


def jumps(pictures: Iterable[Picture]) -> list[str]:
    """What stays moves nowhere, in the whole movie: boxes, stripes, names, and where arrows leave.

    After exec the pages are another program's.
    """
    seen: dict[object, tuple[object, ...]] = {}
    findings = {}
    for scene, machine in pictures:
        for name, shape in scene.shapes.items():
            place, thing = _place(shape), (_thing(name, shape), _program(shape, machine))
            if place is not None and seen.setdefault(thing, place) != place:
                findings[name] = f"{name} jumps from {seen[thing]} to {place}"
    return list(findings.values())


def _program(shape: Shape, machine: Machine) -> str:
    pages = shape.of.pages if isinstance(shape.of, EntryRange) else shape.of
    return machine.processes[pages.pid].name if isinstance(pages, PageRange) else ""


def _thing(name: str, shape: Shape) -> object:
    """A page is at the same place with and without a frame, a frame used and free."""
    return (shape.group, "box") if shape.role == "box" else name


def _place(shape: Shape) -> tuple[object, ...] | None:
    if isinstance(shape, Rect) and shape.role in ("panel", "stripe", "divider", "box"):
        return shape.x, shape.y, shape.w, shape.h
    if isinstance(shape, Text) and shape.role in (
        "name",
        "count",
        "title",
        "counter",
        "progress",
        "permission",
        "label",
        "legend",
    ):
        return shape.x, shape.y, shape.size, shape.anchor
    if isinstance(shape, Circle):
        return shape.x, shape.y, shape.r
    if isinstance(shape, Line) and shape.role == "arrow":
        return shape.points[0]
    return None


# Colours


def misused_accent(scene: Scene, theme: Theme) -> Iterator[str]:
    """The accent is for what happens now, for the copy-on-write mark, and for nothing else."""
    for name, shape in scene.shapes.items():
        colours = {getattr(shape, "fill", None), getattr(shape, "stroke", None)}
        is_fork = shape.group.endswith("fork") and isinstance(shape, Text)
        if theme.accent in colours and shape.role not in ACCENTED and not is_fork:
            yield f"{name} ({shape.role}) has the accent colour"
