"""What makes a picture legible, measured on the scene: each check gives its findings as text, none where all is well.

Written from the outside: from shapes and their roles, from text measured with ``cowviz.scene.metrics``, from the
machine that the picture is of. Nothing here asks the layout where it meant to put something.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache, lru_cache
from itertools import combinations, pairwise
from typing import NamedTuple

from PIL import ImageFont

from cowviz.memory.machine import ZERO_PFN, Machine, Process, Prot, Vma, content_text, frame_name
from cowviz.scene.metrics import font_file, missing_glyphs, text_width
from cowviz.scene.shapes import Circle, Line, Rect, Scene, Shape, Text
from cowviz.scene.theme import Theme

SMALLEST, NAME, CAPTION = 16 * 4 / 3, 20 * 4 / 3, 24 * 4 / 3  # pt on a slide, in px
TEXT_CONTRAST, LINE_CONTRAST = 4.5, 3.0  # WCAG 2.2, 1.4.3 and 1.4.11
BOXES = ("page", "frame", "free", "file")  # roles of what arrows join, and must not cross
ACCENTED = {"outline", "arrow", "tag", "chip", "legend", "current"}  # roles that may have the accent colour
SLACK = 0.5  # px that count as nothing


class Box(NamedTuple):
    left: float
    top: float
    right: float
    bottom: float

    def grown(self, by: float) -> Box:
        return Box(self.left - by, self.top - by, self.right + by, self.bottom + by)

    def holds(self, other: Box) -> bool:
        return (
            self.left <= other.left + SLACK
            and self.top <= other.top + SLACK
            and self.right >= other.right - SLACK
            and self.bottom >= other.bottom - SLACK
        )

    def meets(self, other: Box) -> bool:
        wide = min(self.right, other.right) - max(self.left, other.left)
        high = min(self.bottom, other.bottom) - max(self.top, other.top)
        return wide > SLACK and high > SLACK


def text_box(text: Text) -> Box:
    width = text_width(text.text, text.size, text.bold, text.mono)
    left = text.x - width * {"start": 0, "middle": 0.5, "end": 1}[text.anchor]
    top, bottom = _ink(text.text, text.bold, text.mono)
    return Box(left, text.y + top * text.size, left + width, text.y + bottom * text.size)


@lru_cache(maxsize=4096)
def _ink(text: str, bold: bool, mono: bool) -> tuple[float, float]:
    """How far the letters reach above the baseline (negative) and below it, in ems."""
    _, top, _, bottom = _font(bold, mono).getbbox(text, anchor="ls")
    return top / 1000, bottom / 1000


@cache
def _font(bold: bool, mono: bool) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(font_file(bold, mono)), 1000)


def rect_box(rect: Rect) -> Box:
    return Box(rect.x, rect.y, rect.x + rect.w, rect.y + rect.h)


def shape_box(shape: Shape) -> Box:
    """All that is inked, strokes and arrowheads included."""
    match shape:
        case Text():
            return text_box(shape)
        case Rect():
            return rect_box(shape).grown(shape.width / 2 if shape.stroke else 0)
        case Circle(x=x, y=y, r=r):
            return Box(x - r, y - r, x + r, y + r).grown(shape.width / 2 if shape.stroke else 0)
        case Line():
            xs, ys = zip(*shape.points, strict=True)
            return Box(min(xs), min(ys), max(xs), max(ys)).grown(shape.width / 2)


# What is where


def off_canvas(scene: Scene) -> Iterator[str]:
    canvas = Box(0, 0, scene.width, scene.height)
    for name, shape in scene.shapes.items():
        if not canvas.holds(shape_box(shape)):
            yield f"{name} sticks out of the canvas: {shape_box(shape)}"


def cut_texts(scene: Scene) -> Iterator[str]:
    """Every text lies wholly in the topmost box below it, and nothing lies over it."""
    shapes = list(scene.shapes.items())
    for i, (name, text) in enumerate(shapes):
        if not isinstance(text, Text):
            continue
        box = text_box(text)
        for other, shape in reversed(shapes[:i]):
            if isinstance(shape, Rect) and shape.fill and rect_box(shape).holds(box):
                break
            if _touches(shape, box):
                yield f"{name} ({text.text!r}) sticks out over {other}"
        for other, shape in shapes[i + 1 :]:
            if _touches(shape, box):
                yield f"{name} ({text.text!r}) lies under {other}"


def _touches(shape: Shape, box: Box) -> bool:
    """Whether the ink of a shape that is no text gets into a box."""
    match shape:
        case Rect(fill=None):
            whole, half = rect_box(shape), shape.width / 2
            return whole.grown(half).meets(box) and not whole.grown(-half).holds(box)
        case Rect() | Circle():
            return shape_box(shape).meets(box)
        case Line():
            return any(crosses(a, b, box.grown(shape.width / 2)) for a, b in pairwise(shape.points))
    return False


def crosses(start: tuple[float, float], end: tuple[float, float], box: Box) -> bool:
    """Whether a segment runs through the inside of a box (Liang and Barsky's clipping)."""
    low, high = 0.0, 1.0
    inside = box.grown(-SLACK)
    for a, b, least, most in (
        (start[0], end[0], inside.left, inside.right),
        (start[1], end[1], inside.top, inside.bottom),
    ):
        if a == b:
            if not least < a < most:
                return False
            continue
        near, far = sorted(((least - a) / (b - a), (most - a) / (b - a)))
        low, high = max(low, near), min(high, far)
    return low < high


def overlapping_texts(scene: Scene) -> Iterator[str]:
    texts = [(name, shape, text_box(shape)) for name, shape in scene.shapes.items() if isinstance(shape, Text)]
    for (a, one, box), (b, other, other_box) in combinations(texts, 2):
        if box.meets(other_box):
            yield f"{a} ({one.text!r}) and {b} ({other.text!r}) overlap"


def crossed_tags(scene: Scene) -> Iterator[str]:
    """A tag lies over no text but its own, over no other tag, and over no box that it does not belong to."""
    tags = {name: rect_box(s) for name, s in scene.shapes.items() if isinstance(s, Rect) and s.role == "tag"}
    for name, box in tags.items():
        for other, shape in scene.shapes.items():
            if isinstance(shape, Text) and other != f"{name}-text" and box.meets(text_box(shape)):
                yield f"{name} lies over {other} ({shape.text!r})"
            if (
                isinstance(shape, Rect)
                and shape.role in (*BOXES, "tag")
                and other != name
                and box.meets(rect_box(shape))
            ):
                yield f"{name} lies over {other}"


def crossing_arrows(scene: Scene) -> Iterator[str]:
    """No arrow runs through a box or a tag: it only touches the edges of the two that it joins."""
    solid = {name: rect_box(s) for name, s in scene.shapes.items() if isinstance(s, Rect) and s.role in (*BOXES, "tag")}
    for name, line in scene.shapes.items():
        if isinstance(line, Line) and line.role == "arrow":
            for other, box in solid.items():
                if any(crosses(a, b, box) for a, b in pairwise(line.points)):
                    yield f"{name} runs through {other}"


def wrong_sizes(scene: Scene) -> Iterator[str]:
    for name, text in scene.shapes.items():
        if isinstance(text, Text):
            least = {"caption": CAPTION, "title": CAPTION, "name": NAME}.get(text.role, SMALLEST)
            if text.size < least - 0.01:
                yield f"{name} ({text.text!r}) is {text.size:.2f} px high, not {least:.2f}"


def shortened(scene: Scene) -> Iterator[str]:
    for name, text in scene.shapes.items():
        if isinstance(text, Text) and "…" in text.text:
            yield f"{name} is shortened: {text.text!r}"


def without_glyph(scene: Scene) -> Iterator[str]:
    for name, text in scene.shapes.items():
        if isinstance(text, Text) and (missing := missing_glyphs(text.text, text.bold, text.mono)):
            yield f"{name} has characters that the font cannot show: {missing}"


def empty_texts(scene: Scene) -> Iterator[str]:
    """A name that was too long to be shown at all."""
    for name, text in scene.shapes.items():
        if isinstance(text, Text) and name.endswith("/name") and not text.text.strip("…"):
            yield f"{name} says nothing"


LAYOUT = (
    off_canvas,
    cut_texts,
    overlapping_texts,
    crossed_tags,
    crossing_arrows,
    wrong_sizes,
    without_glyph,
    empty_texts,
)


def layout_findings(scene: Scene) -> list[str]:
    return [finding for check in LAYOUT for finding in check(scene)]


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
            place, thing = _place(shape), (_thing(name), _program(name, machine))
            if place is not None and seen.setdefault(thing, place) != place:
                findings[name] = f"{name} jumps from {seen[thing]} to {place}"
    return list(findings.values())


def _program(name: str, machine: Machine) -> str:
    kind, *rest = name.partition("/")[0].split(":")
    return machine.processes[int(rest[0])].name if kind in ("page", "pte") else ""


def _thing(name: str) -> str:
    """A page is at the same place with and without a frame, a frame used and free."""
    head, slash, last = name.rpartition("/")
    return f"{head}/box" if slash and last in ("empty", "free", "box") else name


def _place(shape: Shape) -> tuple[object, ...] | None:
    if isinstance(shape, Rect) and shape.role in ("panel", "stripe", "divider", *BOXES):
        return shape.x, shape.y, shape.w, shape.h
    if isinstance(shape, Text) and shape.role in ("name", "title", "counter", "permission", "label", "legend"):
        return shape.x, shape.y, shape.size, shape.anchor
    if isinstance(shape, Circle):
        return shape.x, shape.y, shape.r
    if isinstance(shape, Line) and shape.role == "arrow":
        return shape.points[0]
    return None


# Colours


def luminance(colour: str) -> float:
    channels = [value / 255 for value in bytes.fromhex(colour[1:])]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """WCAG's contrast ratio, 1 to 21."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def pale(scene: Scene) -> list[str]:
    """Texts and lines that stand out too little from what lies behind them."""
    findings = []
    shapes = list(scene.shapes.items())
    for i, (name, shape) in enumerate(shapes):
        below = [other for _, other in shapes[:i]]
        for what, colour, grounds, least in _inks(shape, scene.background, below):
            ratios = {ground: contrast(colour, ground) for ground in grounds}
            findings += [
                f"{name}: {what} {colour} on {ground} has contrast {ratio:.2f}, not {least}"
                for ground, ratio in ratios.items()
                if ratio < least
            ]
    return findings


def _inks(shape: Shape, background: str, below: Sequence[Shape]) -> Iterator[tuple[str, str, list[str], float]]:
    """What of a shape must be seen: (what, its colour, the colours behind it, the least contrast)."""
    match shape:
        case Text():
            box = text_box(shape)
            ends = [(box.left + 1, shape.y - 4), (box.right - 1, shape.y - 4)]
            yield "text", shape.fill, [_ground(p, background, below) for p in ends], TEXT_CONTRAST
        case Line(role="arrow" | "legend"):
            grounds = [_ground(p, background, below) for p in _along(shape)]
            yield "line", shape.stroke, grounds, LINE_CONTRAST
        case Rect(role="page" | "frame" | "free" | "file" | "outline", stroke=str()):
            outside = (shape.x - shape.width, shape.y + shape.h / 2)
            yield "edge", shape.stroke, [_ground(outside, background, below)], LINE_CONTRAST
            if shape.role != "outline" and shape.fill:
                yield "edge", shape.stroke, [shape.fill], LINE_CONTRAST
        case Rect(role="stripe" | "tag" | "chip" | "current" | "legend", fill=str()):
            middle = (shape.x + shape.w / 2, shape.y + shape.h / 2)
            yield "area", shape.fill, [_ground(middle, background, below)], LINE_CONTRAST
        case Circle(stroke=str()):
            yield "ring", shape.stroke, [background], LINE_CONTRAST


def _along(line: Line) -> Iterator[tuple[float, float]]:
    for (x0, y0), (x1, y1) in pairwise(line.points):
        yield from ((x0 + (x1 - x0) * t / 20, y0 + (y1 - y0) * t / 20) for t in range(1, 20))


def _ground(point: tuple[float, float], background: str, below: Sequence[Shape]) -> str:
    x, y = point
    for shape in reversed(below):
        within = isinstance(shape, Rect) and shape.x <= x <= shape.x + shape.w and shape.y <= y <= shape.y + shape.h
        if within and shape.fill:
            return shape.fill
    return background


def misused_accent(scene: Scene, theme: Theme) -> Iterator[str]:
    """The accent is for what happens now, for the copy-on-write mark, and for nothing else."""
    for name, shape in scene.shapes.items():
        colours = {getattr(shape, "fill", None), getattr(shape, "stroke", None)}
        is_fork = name.endswith("fork/text")
        if theme.accent in colours and shape.role not in ACCENTED and not is_fork:
            yield f"{name} ({shape.role}) has the accent colour"


# The picture says what the machine says


class Run(NamedTuple):
    """Pages of a bar, or frames of a box: the first, and the one after the last."""

    id: str
    start: int
    end: int


class Things:
    """The bars and boxes of a movie, read off the ids of its shapes."""

    def __init__(self, pictures: Iterable[Picture], prefix: str = "") -> None:
        self.prefix = prefix
        starts: dict[tuple[int, str], set[int]] = {}
        frames: set[int] = set()
        for scene, machine in pictures:
            names = {name.removeprefix(prefix) for name in scene.shapes if name.startswith(prefix) and "/" in name}
            for kind, *rest in {tuple(_id(name).split(":")) for name in names}:
                if kind == "page":
                    pid, start = int(rest[0]), int(rest[1], 16)
                    starts.setdefault((pid, machine.processes[pid].name), set()).add(start)
                elif kind == "frame" and rest != ["zero"]:
                    frames.add(int(rest[0]))
        self._starts = {who: sorted(those) for who, those in starts.items()}
        self.frames = [Run(f"frame:{start}", start, end) for start, end in pairwise([*sorted(frames), 1 << 40])]

    def pages(self, process: Process) -> Iterator[Run]:
        """The bars that a process should have now: each of its pages is in one of them."""
        for start, end in pairwise([*self._starts.get((process.pid, process.name), []), 1 << 40]):
            run = Run(f"page:{process.pid}:{start:x}", start, end)
            if any(True for _ in _regions(process, run)):
                yield run

    def frame(self, pfn: int) -> str:
        if pfn == ZERO_PFN:
            return "frame:zero"
        return next(run.id for run in self.frames if run.start <= pfn < run.end)


def _regions(process: Process, run: Run) -> Iterator[Vma]:
    """The parts of regions that a bar stands for."""
    for vma in process.vmas:
        start, end = max(vma.start, run.start), min(vma.end, run.end)
        if start < end:
            yield replace(vma, start=start, end=end)


def untrue(scene: Scene, machine: Machine, things: Things, narrow: bool = False) -> list[str]:
    """Where the picture says something else than the machine."""
    prefix = things.prefix
    shapes = {name.removeprefix(prefix): s for name, s in scene.shapes.items() if name.startswith(prefix)}
    findings: list[str] = []
    for process in machine.processes.values():
        findings += _process(shapes, machine, process, things, narrow)
    known = {f"process:{pid}" for pid in machine.processes}
    findings += [
        f"{name}: there is no such process" for name in shapes if name.startswith("process:") and _id(name) not in known
    ]
    findings += _frames(shapes, machine, things)
    findings += _arrows(shapes, machine, things)
    return findings


def _id(name: str) -> str:
    return name.partition("/")[0]


def _said(shapes: dict[str, Shape], name: str) -> str | None:
    shape = shapes.get(name)
    return shape.text if isinstance(shape, Text) else None


def _process(
    shapes: dict[str, Shape], machine: Machine, process: Process, things: Things, narrow: bool
) -> Iterator[str]:
    key = f"process:{process.pid}"
    name = _said(shapes, f"{key}/name")
    if name is None or not process.name.startswith(name.rstrip("…")):
        yield f"{key} is called {name}, not {process.name}"
    counters = f"faults {process.counters.faults} · copies {process.counters.copies}"
    if not narrow and _said(shapes, f"{key}/counters") != counters:
        yield f"{key} says {_said(shapes, f'{key}/counters')}, not {counters}"
    drawn = {_id(n) for n in shapes if n.startswith(f"page:{process.pid}:") and n.count("/")}
    if not process.is_alive:
        yield from (f"{n}: its process is dead" for n in drawn)
        return
    runs = list(things.pages(process))
    yield from (f"{n} is drawn, and has no region" for n in drawn - {run.id for run in runs})
    covered = sum(vma.pages for run in runs for vma in _regions(process, run))
    if covered != sum(vma.pages for vma in process.vmas):
        yield f"{key}: {covered} pages are drawn, it has {sum(vma.pages for vma in process.vmas)}"
    for run in runs:
        yield from _page(shapes, process, run)


def _page(shapes: dict[str, Shape], process: Process, run: Run) -> Iterator[str]:
    regions = list(_regions(process, run))
    ptes = [pte for _, pte in process.table.items(run.start, run.end)]
    rights = {pte.prot for pte in ptes}
    may = str(regions[0].prot) if len({vma.prot for vma in regions}) == 1 else "mix"
    wanted = "---" if not ptes else str(ptes[0].prot) if len(rights) == 1 else "mix"
    if _said(shapes, f"{run.id}/vma") != may:
        yield f"{run.id}: the VMA's rights are {may}, not {_said(shapes, f'{run.id}/vma')}"
    if _said(shapes, f"{run.id}/pte") != wanted:
        yield f"{run.id}: the PTE's rights are {wanted}, not {_said(shapes, f'{run.id}/pte')}"
    is_cow = len(rights) == 1 and all(process.is_cow(vpn) for vpn, _ in process.table.items(run.start, run.end))
    if is_cow != (f"{run.id}/pte-chip" in shapes):
        yield f"{run.id}: {'no' if is_cow else 'a'} copy-on-write mark"
    if (f"{run.id}/empty" in shapes) == bool(ptes) or (f"{run.id}/box" in shapes) != bool(ptes):
        yield f"{run.id} with {len(ptes)} PTEs is drawn as {[n for n in shapes if _id(n) == run.id]}"
    name = _said(shapes, f"{run.id}/name") or ""
    for vma in regions:
        if not name.startswith(vma.name) and not vma.name.startswith(name.rstrip("…") or "?"):
            yield f"{run.id} is called {name!r}, not {vma.name!r}"


def _frames(shapes: dict[str, Shape], machine: Machine, things: Things) -> Iterator[str]:
    shown = set()
    for run in things.frames:
        frames = dict(machine.frames.items(run.start, run.end))
        shown |= frames.keys()
        if not frames:
            if f"{run.id}/free" not in shapes:
                yield f"{run.id} is free, and not drawn so"
            continue
        if f"{run.id}/box" not in shapes:
            yield f"{run.id} is used, and not drawn so"
            continue
        counts = sorted({frame.mapcount for frame in frames.values()})
        count = f"×{counts[0]}" + (f"-{counts[-1]}" if len(counts) > 1 else "")
        if _said(shapes, f"{run.id}/count") != count:
            yield f"{run.id} says {_said(shapes, f'{run.id}/count')}, not {count}"
        contents = {content_text(frame.content) for frame in frames.values()}
        lines = [_said(shapes, f"{run.id}/content{more}") for more in ("", "-2")]
        content = " ".join(filter(None, lines))
        right = len(contents) > 1 or content_text(next(iter(frames.values())).content).startswith(content.rstrip("…"))
        if not right or not content:
            yield f"{run.id} holds {content!r}, not {contents}"
        name = frame_name(next(iter(frames))) if len(frames) == 1 else f"{len(frames)} frames"
        said = _said(shapes, f"{run.id}/name") or ""
        if said != name and not ("…" in said and name.startswith(said.rstrip("…"))):
            yield f"{run.id} is called {said!r}, not {name!r}"
    if missing := {pfn for pfn, _ in machine.frames.items()} - shown:
        yield f"frames {missing} are used, and not drawn"


def _arrows(shapes: dict[str, Shape], machine: Machine, things: Things) -> Iterator[str]:
    """Each PTE has its arrow: from its page's inner edge to its frame's, solid where it lets writes through."""
    wanted: dict[str, tuple[str, str, set[bool]]] = {}
    for process in machine.living():
        for run in things.pages(process):
            targets: dict[str, set[bool]] = {}
            for _, pte in process.table.items(run.start, run.end):
                targets.setdefault(things.frame(pte.pfn), set()).add(bool(pte.prot & Prot.W))
            base = f"pte:{process.pid}:{run.start:x}"
            for target, writable in targets.items():
                number = target.removeprefix("frame:").replace("zero", str(ZERO_PFN))
                wanted[base if len(targets) == 1 else f"{base}>{number}"] = (run.id, target, writable)
    drawn = {name: s for name, s in shapes.items() if name.startswith("pte:")}
    yield from (f"{name} is drawn for no PTE" for name in drawn.keys() - wanted.keys())
    for name, (page, frame, writable) in wanted.items():
        line = drawn.get(name)
        if not isinstance(line, Line):
            yield f"{name} from {page} to {frame} is missing"
            continue
        if len(writable) == 1 and bool(line.dash) == (True in writable):
            yield f"{name} is {'dashed, and its PTE is writable' if line.dash else 'solid, and its PTE is read-only'}"
        bar, box = (shapes.get(f"{page}/box"), shapes.get(f"{frame}/box"))
        if not isinstance(bar, Rect) or not isinstance(box, Rect):
            yield f"{name} from {page} to {frame}: one of them is not drawn"
            continue
        yield from _joins(name, line, rect_box(bar), rect_box(box))


def _joins(name: str, line: Line, bar: Box, box: Box) -> Iterator[str]:
    (x0, y0), *_, (x1, y1) = line.points
    from_left = bar.right < box.left
    if abs(x0 - (bar.right if from_left else bar.left)) > SLACK or not bar.top < y0 < bar.bottom:
        yield f"{name} does not start at its page's inner edge"
    if abs(x1 - (box.left if from_left else box.right)) > SLACK or not box.top + 4 < y1 < box.bottom - 4:
        yield f"{name} ends at {x1}, {y1}, not at its frame's edge, {box}"
    if not line.head:
        yield f"{name} has no head"


def miscounted(scene: Scene, machine: Machine) -> Iterator[str]:
    """The counter of frames at the foot."""
    said = _said(dict(scene.shapes), "legend/frames")
    used, total = machine.used_frames, machine.total_frames
    if said not in (f"frames {used} of {total}", f"frames in use: {used}"):
        yield f"the legend says {said!r}: {used} of {total} frames are used"
