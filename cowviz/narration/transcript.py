"""The whole lesson in words: for a terminal, for a file, and for tests that compare it line by line."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from fractions import Fraction
from heapq import merge
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple, TypeVar

from cowviz.language import _, n_
from cowviz.memory.frames import HUGE_PAGE_FRAMES
from cowviz.memory.machine import PAGE_SIZE, ZERO_PFN, Content, Frame, Machine, Process, Pte, Vma, content_text
from cowviz.memory.measures import pss, rss, uss
from cowviz.memory.rare import huge
from cowviz.narration.sentences import Happening, events_text
from cowviz.narration.terms import (
    COW,
    HUGE_PAGE,
    IN_SWAP,
    MERGED,
    NO_FRAME,
    PINNED,
    SWAP_CACHE,
    count,
    frames_name,
    pages_name,
    process_name,
    run_name,
    sharer_text,
    status_text,
)
from cowviz.trace.model import Step, Trace

WIDTH = 88
MOST_ROWS = 8  # of one region; if more, pages with the same rights become one row
MOST_FRAMES = 24  # if more, frames with the same owners become one row
MOST_CONTENT = 32  # characters

T = TypeVar("T")


class _Piece(NamedTuple):
    """A page that is mapped or in swap, or all pages of a gap between two of them."""

    first: int
    pages: int
    pte: Pte | None
    in_swap: bool = False
    words: tuple[str, ...] = ()  # what else is so of it


class _Used(NamedTuple):
    """A frame in use, and who maps it: (pid, vpn)."""

    pfn: int
    frame: Frame
    owners: tuple[tuple[int, int], ...]


def to_text(trace: Trace) -> str:
    """Return the lesson in words, step by step: what happened, and every process's pages and the frames after it."""
    lines = [*_wrapped(trace.title, ""), "=" * min(len(trace.title), WIDTH), ""]
    if trace.doc.strip():
        lines += [*trace.doc.strip().split("\n"), ""]
    if trace.code:
        lines += [*(f"{number:4}  {text}" for number, text in enumerate(trace.code, 1)), ""]
    before: Machine | None = None
    for number, step in enumerate(trace.steps, 1):
        lines += ["", *step_lines(trace, step, number, before)]
        before = step.machine
    return "\n".join(_clean(line) for line in lines).rstrip("\n") + "\n"


def step_lines(trace: Trace, step: Step, number: int, before: Machine | None) -> list[str]:
    """Tell one step; ``before`` is the machine that the step before left."""
    head = _("Step {number} / {steps}").format(number=number, steps=len(trace.steps))
    lines = _wrapped(step.caption, head + "  ") or [head]
    if step.line is not None and step.line <= len(trace.code):
        line = _("line {number}: {text}").format(number=step.line, text=trace.code[step.line - 1].strip())
        lines += ["", f"  {line}"]
    events = events_text(list(happenings(step, before)))
    lines += [""] * bool(events) + [line for text in events for line in _wrapped(f"{text}.", "  - ")]
    for process in step.machine.processes.values():
        if process.is_alive:
            lines += ["", *_process_lines(step.machine, process)]
        elif not process.reaped:
            ended = _("{status}, not waited for").format(status=status_text(process.status or ""))
            lines += ["", f"  {_titled(step.machine, process)}   {ended}"]
    return [*lines, "", *_frame_lines(step.machine), ""]


def happenings(step: Step, before: Machine | None) -> Iterator[Happening]:
    """Yield what happened in a step, each event with the machines around it."""
    for snapshot in step.snapshots:
        for event in snapshot.events:
            yield Happening(event, before or snapshot.machine, snapshot.machine)
        before = snapshot.machine


# ------------------------------------------------------------------------------------------- a process's pages


def _process_lines(machine: Machine, process: Process) -> list[str]:
    c, name = process.counters, _titled(machine, process)
    unique, share = uss(machine, process) // PAGE_SIZE, _number(pss(machine, process) / PAGE_SIZE)
    counters = [
        f"  {name}",
        _("faults {n} ({minor} minor + {major} major)").format(n=c.faults, minor=c.minor, major=c.major),
        _("copies {n}").format(n=c.copies),
        _("RSS {rss}  PSS {pss}  USS {uss} pages").format(rss=rss(process), pss=share, uss=unique),
    ]
    if sharer := sharer_text(machine, process):
        return ["   ".join([*counters[:3], sharer])]
    rows = []
    for vma in process.vmas:
        pieces = list(_pieces(machine, process, vma))
        rows += [_page_row(process, vma, group) for group in _in_few(pieces, (_in_a_row, _rights), MOST_ROWS)]
    return ["   ".join(counters), *_table([(_("page"), "VMA", "PTE", _("frame"), ""), *rows])]


def _titled(machine: Machine, process: Process) -> str:
    return f"{process_name(machine, process.pid).removesuffix(f' (pid {process.pid})')} (pid {process.pid})"


def _pieces(machine: Machine, process: Process, vma: Vma) -> Iterator[_Piece]:
    """The region's pages in order; what is not mapped is not counted page by page, it may be terabytes."""
    position, whole = vma.start, _huge_pages(machine, process, vma)
    entries: Iterable[tuple[int, Pte | None]] = process.table.items(vma.start, vma.end)
    swapped: Iterable[tuple[int, Pte | None]] = ((vpn, None) for vpn, _ in process.swapped.items(vma.start, vma.end))
    for vpn, pte in merge(entries, swapped, key=itemgetter(0)):
        if vpn > position:
            yield _Piece(position, vpn - position, None)
        said = {COW: process.is_cow(vpn), HUGE_PAGE: huge.first_of(vpn) in whole, PINNED: vpn in process.pins}
        yield _Piece(vpn, 1, pte, pte is None, tuple(_(word) for word, is_so in said.items() if is_so))
        position = vpn + 1
    if position < vma.end:
        yield _Piece(position, vma.end - position, None)


def _huge_pages(machine: Machine, process: Process, vma: Vma) -> set[int]:
    """The first pages of the region's huge pages."""
    firsts = range(huge.first_of(vma.start), vma.end, HUGE_PAGE_FRAMES) if vma.huge else ()
    return {first for first in firsts if huge.is_whole(machine, process, first)}


def _in_a_row(piece: _Piece) -> Hashable:
    """The same for neighbours whose frames are neighbours."""
    if piece.pte is None:
        return piece.in_swap
    pfn, prot, _dirty = piece.pte
    return prot, None if pfn == ZERO_PFN else pfn - piece.first, piece.words


def _rights(piece: _Piece) -> Hashable:
    return piece.pte and piece.pte.prot, piece.in_swap, piece.words


def _page_row(process: Process, vma: Vma, group: Sequence[_Piece]) -> tuple[str, ...]:
    first, pages, pte = group[0].first, sum(piece.pages for piece in group), group[0].pte
    if first + pages == group[-1].first + group[-1].pages:
        name = run_name(process, first, pages)
    else:
        name = f"{vma.name} ({count(pages, 'page')})"
    if pte is None:
        return name, str(vma.prot), "", _(IN_SWAP if group[0].in_swap else NO_FRAME), ""
    times = f" ×{pages}" if pages > 1 else ""
    frames = frames_name(piece.pte.pfn for piece in group if piece.pte)
    return name, str(vma.prot), str(pte.prot), frames + times, ", ".join(group[0].words)


# -------------------------------------------------------------------------------------------- physical memory


def _frame_lines(machine: Machine) -> list[str]:
    owners: dict[int, list[tuple[int, int]]] = {}
    for process in (one for one in machine.spaces() if one.is_alive):
        for vpn, pte in process.table.items():
            if pte.pfn != ZERO_PFN:
                owners.setdefault(pte.pfn, []).append((process.pid, vpn))
    used = [_Used(pfn, frame, tuple(owners.pop(pfn, ()))) for pfn, frame in machine.frames.items()]

    def by_owner(one: _Used) -> Hashable:
        regions = tuple((pid, machine.processes[pid].vma(vpn)) for pid, vpn in one.owners)
        return (
            one.frame.mapcount,
            one.frame.cached_page and one.frame.cached_page[0],
            tuple(_kept_as(one.frame)),
            regions,
        )

    rows = [_frame_row(machine, group) for group in _in_few(used, (_neighbours, by_owner), MOST_FRAMES)]
    lines = ["  " + _("Frames in use: {used} of {total}").format(used=machine.used_frames, total=machine.total_frames)]
    lines += _table([(_("frame"), _("holds"), _("mapped"), _("by")), *rows]) if rows else []
    if machine.swap_slots:
        held = ", ".join(content_text(slot.content) for _pfn, slot in machine.swap.items())
        used_slots = _("Swap slots in use: {used} of {total}").format(used=len(machine.swap), total=machine.swap_slots)
        lines += _wrapped(used_slots + (held and f" ({held})"), "  ")
    return lines


def _neighbours(one: _Used) -> Hashable:
    """The same for frames that hold the same and whose owners' pages advance along with them."""
    frame, cached = one.frame, one.frame.cached_page
    held = cached and (cached[0], cached[1] - one.pfn)
    return (
        frame.content,
        frame.mapcount,
        held,
        tuple(_kept_as(one.frame)),
        tuple((pid, vpn - one.pfn) for pid, vpn in one.owners),
    )


def _frame_row(machine: Machine, group: Sequence[_Used]) -> tuple[str, ...]:
    pages: dict[int, list[int]] = {}
    for one in group:
        for pid, vpn in one.owners:
            pages.setdefault(pid, []).append(vpn)
    owners = [f"{process_name(machine, pid)} {pages_name(machine.processes[pid], vpns)}" for pid, vpns in pages.items()]
    frame = group[0].frame
    if frame.cached_page is not None:
        owners.append(_("page cache of {file}").format(file=frame.cached_page[0]))
    owners += _kept_as(frame)
    return (
        frames_name(one.pfn for one in group),
        _contents([one.frame.content for one in group]),
        f"×{frame.mapcount}",
        ", ".join(owners),
    )


def _kept_as(frame: Frame) -> list[str]:
    """What a frame is beside holding a page of somebody's."""
    return [_(SWAP_CACHE)] * (frame.tag.slot is not None) + [_(MERGED)] * frame.tag.ksm


def _contents(contents: Sequence[Content]) -> str:
    """What the frames hold, where it is the same in all of them."""
    different = set(contents)
    if len(different) > 1:
        return n_("{n} content", "{n} different contents", len(different)).format(n=len(different))
    text = " ".join(content_text(contents[0]).split())
    return text if len(text) <= MOST_CONTENT else text[: MOST_CONTENT - 3] + "..."


# ------------------------------------------------------------------------------------------------ lines of text


def _in_few(items: Sequence[T], keys: Sequence[Callable[[T], Hashable]], most: int) -> list[list[T]]:
    """The items in groups: neighbours with the same key, by the first key that makes few groups; else all alike."""
    for key in keys:
        groups = [list(group) for _, group in groupby(items, key)]
        if len(groups) <= most:
            return groups
    alike: dict[Hashable, list[T]] = {}
    for item in items:
        alike.setdefault(keys[-1](item), []).append(item)
    return list(alike.values())


def _table(rows: Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["    " + "  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]


def _wrapped(text: str, head: str) -> list[str]:
    """The text after ``head``, wrapped and hanging below its own beginning."""
    return textwrap.wrap(" ".join(text.split()), WIDTH, initial_indent=head, subsequent_indent=" " * len(head))


def _number(value: Fraction) -> str:
    return f"{float(value):.2f}".rstrip("0").rstrip(".")


def _clean(line: str) -> str:
    """The line as a terminal may have it: a recording's text must not steer the terminal."""
    return "".join(c if c.isprintable() else "?" for c in line.expandtabs(4)).rstrip()
