"""Whether a picture says what the machine says: each check gives its findings as text, none where all is well."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

from legibility import Picture

from cowviz.diagram.things import EntryRange, FrameRange, PageRange, ProcessRef
from cowviz.legibility.boxes import SLACK, Extent, rect_box
from cowviz.memory.machine import ZERO_PFN, Machine, Process, Prot, Vma, content_text
from cowviz.narration.terms import frame_name
from cowviz.scene.shapes import Line, Rect, Scene, Shape, Text


class Run(NamedTuple):
    """Pages of a bar, or frames of a box: the first, and the one after the last."""

    id: str
    start: int
    end: int


class Things:
    """The bars and boxes of a movie, read off what its shapes stand for."""

    def __init__(self, pictures: Iterable[Picture], prefix: str = "") -> None:
        self.prefix = prefix
        starts: dict[tuple[int, str], set[int]] = {}
        frames: set[int] = set()
        for scene, machine in pictures:
            for of in {shape.of for name, shape in scene.shapes.items() if name.startswith(prefix)}:
                if isinstance(of, PageRange):
                    starts.setdefault((of.pid, machine.processes[of.pid].name), set()).add(of.start)
                elif isinstance(of, FrameRange) and of.start != ZERO_PFN:
                    frames.add(of.start)
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
    drawn = {shape.of.pid for shape in shapes.values() if isinstance(shape.of, ProcessRef)}
    findings += [f"{pid}: there is no such process" for pid in drawn - machine.processes.keys()]
    findings += _frames(shapes, machine, things)
    findings += _arrows(shapes, machine, things)
    return findings


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
    pages = (shape.of for shape in shapes.values() if isinstance(shape.of, PageRange))
    drawn = {page.id for page in pages if page.pid == process.pid}
    if not process.is_alive:
        yield from (f"{n}: its process is dead" for n in drawn)
        return
    if process.mm is not None:
        yield from (f"{n}: its memory is another's" for n in drawn)
        if f"{key}/shared" not in shapes:
            yield f"{key}: nothing says whose memory it uses"
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
    swapped = sum(1 for _ in process.swapped.items(run.start, run.end))
    if run.end - run.start == 1 and swapped and "in swap" not in (_said(shapes, f"{run.id}/note") or "in swap"):
        yield f"{run.id} is in swap, and its bar says {_said(shapes, f'{run.id}/note')!r}"
    is_cow = len(rights) == 1 and all(process.is_cow(vpn) for vpn, _ in process.table.items(run.start, run.end))
    if is_cow != (f"{run.id}/pte-chip" in shapes):
        yield f"{run.id}: {'no' if is_cow else 'a'} copy-on-write mark"
    if (f"{run.id}/empty" in shapes) == bool(ptes) or (f"{run.id}/box" in shapes) != bool(ptes):
        yield f"{run.id} with {len(ptes)} PTEs is drawn as {[n for n in shapes if n.startswith(run.id)]}"
    name = _said(shapes, f"{run.id}/name") or ""
    for vma in regions:
        if not name.startswith(vma.name) and not vma.name.startswith(name.rstrip("…") or "?"):
            yield f"{run.id} is called {name!r}, not {vma.name!r}"


def _frames(shapes: dict[str, Shape], machine: Machine, things: Things) -> Iterator[str]:
    shown = set()
    brief = _said(shapes, "memory/name") == "Frames"
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
        if not right or not (content or brief):
            yield f"{run.id} holds {content!r}, not {contents}"
        name = frame_name(next(iter(frames))) if len(frames) == 1 else f"{len(frames)} frames"
        names = {name, name.removeprefix("Frame ").removesuffix(" frames")}  # this one where the other does not fit
        said = _said(shapes, f"{run.id}/name") or ""
        if said not in names and not ("…" in said and name.startswith(said.rstrip("…"))):
            yield f"{run.id} is called {said!r}, not {name!r}"
    if missing := {pfn for pfn, _ in machine.frames.items()} - shown:
        yield f"frames {missing} are used, and not drawn"


def _arrows(shapes: dict[str, Shape], machine: Machine, things: Things) -> Iterator[str]:
    """Each PTE has its arrow: from its page's inner edge to its frame's, solid where it lets writes through."""
    wanted: dict[str, tuple[str, str, set[bool]]] = {}
    for process in machine.living():
        if process.mm is not None:
            continue
        for run in things.pages(process):
            targets: dict[str, set[bool]] = {}
            if any(True for _ in process.swapped.items(run.start, run.end)):
                targets["swap"] = {False}
            for _, pte in process.table.items(run.start, run.end):
                targets.setdefault(things.frame(pte.pfn), set()).add(bool(pte.prot & Prot.W))
            base = f"pte:{process.pid}:{run.start:x}"
            for target, writable in targets.items():
                number = target.removeprefix("frame:").replace("zero", str(ZERO_PFN))
                wanted[base if len(targets) == 1 else f"{base}>{number}"] = (run.id, target, writable)
    drawn = {name: shape for name, shape in shapes.items() if isinstance(shape.of, EntryRange)}
    yield from (f"{name} is drawn for no PTE" for name in drawn.keys() - wanted.keys())
    for name, (page, frame, writable) in wanted.items():
        line = drawn.get(name)
        if not isinstance(line, Line):
            yield f"{name} from {page} to {frame} is missing"
            continue
        if len(writable) == 1 and bool(line.dash) == (True in writable):
            yield f"{name} is {'dashed, and its PTE is writable' if line.dash else 'solid, and its PTE is read-only'}"
        bar, box = shapes.get(f"{page}/box") or shapes.get(f"{page}/empty"), shapes.get(f"{frame}/box")
        if not isinstance(bar, Rect) or not isinstance(box, Rect):
            yield f"{name} from {page} to {frame}: one of them is not drawn"
            continue
        yield from _joins(name, line, rect_box(bar), rect_box(box))


def _joins(name: str, line: Line, bar: Extent, box: Extent) -> Iterator[str]:
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
