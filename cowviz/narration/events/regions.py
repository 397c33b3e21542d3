"""Tells of regions and the files behind them: mapped, unmapped, moved, protected, advised, truncated, written."""

from __future__ import annotations

from cowviz.language import N_
from cowviz.memory.events import (
    Advised,
    FileTruncated,
    FileWritten,
    ProtectionChanged,
    RegionMapped,
    RegionMoved,
    RegionUnmapped,
)
from cowviz.narration.emphasis import Called, Emphasis, Kind, Tag, Untouched
from cowviz.narration.event_row import EventRow

MOST_MARKED = 1 << 14  # pages of one region

_NO_MADVISE: dict[str, Kind] = {"mlock": Called("mlock()"), "pin": Tag.PINNED, "unpin": Tag.UNPINNED}


def _marked(event: RegionMapped | ProtectionChanged | Advised) -> range:
    """Return the pages of a region; of a huge one (it may be terabytes) some, evenly spread."""
    return range(event.start, event.start + event.pages, max(1, event.pages // MOST_MARKED))


def _mark_mapped(event: RegionMapped, emphasis: Emphasis) -> None:
    kind = Untouched(event.pages)
    emphasis.pages |= {(event.pid, vpn): kind for vpn in _marked(event)}


def _mark_unmapped(event: RegionUnmapped, emphasis: Emphasis) -> None:
    emphasis.forget(event.pid, range(event.start, event.start + event.pages))
    emphasis.processes[event.pid] = Called("munmap()")


def _mark_protected(event: ProtectionChanged, emphasis: Emphasis) -> None:
    emphasis.pages |= {(event.pid, vpn): Called("mprotect()") for vpn in _marked(event)}


def _mark_advised(event: Advised, emphasis: Emphasis) -> None:
    call = Called(f"madvise({event.advice.upper()})")
    emphasis.processes[event.pid] = _NO_MADVISE.get(event.advice, call)
    emphasis.advised = {(event.pid, vpn) for vpn in _marked(event)}


def _mark_written(event: FileWritten, emphasis: Emphasis) -> None:
    emphasis.pages.pop((event.pid, event.vpn), None)
    emphasis.files.add(event.file)


ROWS = (
    EventRow(RegionMapped, rank=210, sentence=N_("{who} has a new region: {range}"), mark=_mark_mapped),
    EventRow(RegionUnmapped, rank=200, sentence=N_("{who} gives back {range}"), mark=_mark_unmapped),
    EventRow(RegionMoved, rank=190, sentence=N_("{who}'s region moves: {moved} is where {range} was")),
    EventRow(
        ProtectionChanged,
        rank=220,
        sentence=N_("the rights of {who}'s {range} are now {prot}"),
        mark=_mark_protected,
    ),
    EventRow(Advised, rank=240, sentence=N_("{who} {advises} {range}"), mark=_mark_advised),
    EventRow(FileTruncated, rank=230, sentence=N_("the file {file} now has {pages}")),
    EventRow(FileWritten, rank=180, sentence=N_("{who}'s {page} is written into the file {file}"), mark=_mark_written),
)
