"""Tells physical memory in rows of a transcript: a row is a run of frames with the same owners."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Hashable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from cowviz.language import _, n_
from cowviz.memory.machine import ZERO_PFN, Content, Frame, Machine, content_text
from cowviz.narration.terms import (
    MERGED,
    SWAP_CACHE,
    frame_runs_name,
    page_runs_name,
    process_name,
)
from cowviz.narration.text_lines import in_few

MOST_FRAMES = 24  # if more, frames with the same owners become one row
MOST_CONTENT = 32  # characters


class _Used(NamedTuple):
    """Holds a run of frames in use, and the pages (pid, vpn) that map its first frame; the others follow."""

    pfn: int
    frames: int
    frame: Frame
    owners: tuple[tuple[int, int], ...]


class _OwnedRun(NamedTuple):
    """Holds neighbouring pages of a process that map neighbouring frames."""

    pfn: int
    pages: int
    pid: int
    vpn: int


def frame_rows(machine: Machine) -> list[tuple[str, ...]]:
    """Return a row for each run of frames alike: their names, what they hold, how often they are mapped, by whom."""

    def by_owner(one: _Used) -> Hashable:
        regions = tuple((pid, machine.processes[pid].vma(vpn)) for pid, vpn in one.owners)
        cached = one.frame.cached_page
        return one.frame.mapcount, cached and cached[0], tuple(_kept_as(one.frame)), regions

    used = list(_used(machine))
    return [_row(machine, group) for group in in_few(used, (_neighbours, by_owner), MOST_FRAMES)]


def _used(machine: Machine) -> Iterator[_Used]:
    """Yield the frames in use, in runs that end where a mapping begins or ends."""
    mappings = list(_mappings(machine))
    cuts = sorted({cut for one in mappings for cut in (one.pfn, one.pfn + one.pages)})
    owners: dict[int, list[tuple[int, int]]] = {}
    for one in mappings:  # in the order of processes and pages, as they are named
        for start in cuts[bisect_left(cuts, one.pfn) : bisect_left(cuts, one.pfn + one.pages)]:
            owners.setdefault(start, []).append((one.pid, one.vpn + start - one.pfn))
    for first, count, frame in machine.frames.runs():
        inside = cuts[bisect_left(cuts, first + 1) : bisect_left(cuts, first + count)]
        for start, end in pairwise([first, *inside, first + count]):
            known = _before(cuts, start)
            theirs = owners.get(known, ()) if frame.mapcount else ()
            yield _Used(start, end - start, frame, tuple((pid, vpn + start - known) for pid, vpn in theirs))


def _before(cuts: Sequence[int], pfn: int) -> int:
    """Return the last cut at or before a frame, where the mappings of the frame begin; -1 without one."""
    i = bisect_right(cuts, pfn)
    return cuts[i - 1] if i else -1


def _mappings(machine: Machine) -> Iterator[_OwnedRun]:
    for process in (one for one in machine.spaces() if one.is_alive):
        for vma in process.vmas:
            for vpn, pages, pte in process.table.runs(vma.start, vma.end):
                if pte.pfn != ZERO_PFN:
                    yield _OwnedRun(pte.pfn, pages, process.pid, vpn)


def _neighbours(one: _Used) -> Hashable:
    """Return one key for runs that may be joined: equal contents, and owners' pages that advance with the frames."""
    frame, cached = one.frame, one.frame.cached_page
    held = cached and (cached[0], cached[1] - one.pfn)
    owners = tuple((pid, vpn - one.pfn) for pid, vpn in one.owners)
    return frame.content, frame.mapcount, held, tuple(_kept_as(one.frame)), owners


def _row(machine: Machine, group: Sequence[_Used]) -> tuple[str, ...]:
    pages: dict[int, list[tuple[int, int]]] = {}
    for one in group:
        for pid, vpn in one.owners:
            pages.setdefault(pid, []).append((vpn, one.frames))
    owners = [
        f"{process_name(machine, pid)} {page_runs_name(machine.processes[pid], runs)}" for pid, runs in pages.items()
    ]
    frame = group[0].frame
    if frame.cached_page is not None:
        owners.append(_("page cache of {file}").format(file=frame.cached_page[0]))
    owners += _kept_as(frame)
    return (
        frame_runs_name((one.pfn, one.frames) for one in group),
        _contents([one.frame.content for one in group]),
        f"×{frame.mapcount}",
        ", ".join(owners),
    )


def _kept_as(frame: Frame) -> list[str]:
    """Return the words for a frame that is in the swap cache, or that KSM has merged."""
    return [_(SWAP_CACHE)] * (frame.tag.slot is not None) + [_(MERGED)] * frame.tag.ksm


def _contents(contents: Sequence[Content]) -> str:
    """Tell the content of the frames if it is the same in all of them, else how many contents differ."""
    different = set(contents)
    if len(different) > 1:
        return n_("{n} content", "{n} different contents", len(different)).format(n=len(different))
    text = " ".join(content_text(contents[0]).split())
    return text if len(text) <= MOST_CONTENT else text[: MOST_CONTENT - 3] + "..."
