"""The machine of a recording set to what was observed, where doing what happened to it failed."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace

from cowviz.memory.address_space import cleared, exit_address_space
from cowviz.memory.machine import MisuseError, Process, Vma
from cowviz.memory.rare.gaps import NotUnderstood
from cowviz.memory.tables.page_table import PageTable
from cowviz.memory.tables.radix import Radix
from cowviz.record.inferred_events import (
    FileShortened,
    ForkObserved,
    InferredEvent,
    MappedPage,
    Merged,
    PagesGone,
    Present,
    RegionsMoved,
    RegionsSet,
    RegionTaken,
    Swapped,
    Touched,
)
from cowviz.record.observations import Hinted, ProcessEnded, Reaped, Signalled, Started
from cowviz.record.recorded_frames import RecordedFrames

_CALLED: dict[type, str] = {
    Touched: "page fault",
    RegionsSet: "/proc/PID/maps",
    RegionTaken: "mmap",
    RegionsMoved: "mremap",
    Present: "page table",
    PagesGone: "page table",
    Swapped: "swap",
    Merged: "KSM",
    ForkObserved: "fork",
    FileShortened: "truncate",
    Hinted: "madvise",
    Started: "exec",
    ProcessEnded: "exit",
    Reaped: "wait",
    Signalled: "signal",
}
_FAILURES = (AssertionError, LookupError, TypeError, ValueError, AttributeError, MisuseError)


def gap(event: InferredEvent) -> NotUnderstood:
    """Return the event that tells of what was not understood: where, and what."""
    vpn = getattr(event, "vpn", getattr(event, "start", 0))
    what = _CALLED.get(type(event), type(event).__name__)
    return NotUnderstood(0, vpn, f"{what} at {vpn << 12:#x}" if vpn else what)


def observe(memory: RecordedFrames, pid: int, event: InferredEvent) -> None:
    """Let the process's pages be as the event says, and do no more than that; what cannot be is left out."""
    match event:
        case Touched(_, vpn, page=page, around=around):
            _map_all(memory, pid, ((vpn, page), *around))
        case Present(_, pages):
            _map_all(memory, pid, pages)
        case PagesGone(_, vpns) | Swapped(_, vpns):
            _clear_all(memory, pid, vpns)
        case RegionTaken(_, start, pages):
            mapped = memory.process(pid).table.items(start, start + pages)
            _clear_all(memory, pid, [vpn for vpn, _ in mapped])
        case ProcessEnded(_, status):
            _end(memory, pid, status)


def observe_fork(memory: RecordedFrames, child: Process, vmas: tuple[Vma, ...], event: ForkObserved) -> None:
    """Let there be a child that maps what was seen of it."""
    memory.update(replace(child, vmas=vmas))
    _map_all(memory, child.pid, event.pages)


def observe_merged(memory: RecordedFrames, pages: Iterable[tuple[int, int]], event: Merged) -> None:
    """Let pages, each of a process, have the one frame."""
    for pid, vpn in pages:
        _map_all(memory, pid, [(vpn, MappedPage(event.frame, False))])


def set_regions(memory: RecordedFrames, pid: int, vmas: tuple[Vma, ...]) -> None:
    """Give the process these regions; what is mapped outside of them goes."""
    lost = [vpn for vpn, _ in memory.process(pid).table.items() if not any(vpn in vma for vma in vmas)]
    _clear_all(memory, pid, lost)
    memory.update(replace(memory.process(pid), vmas=vmas))


def _map_all(memory: RecordedFrames, pid: int, pages: Iterable[tuple[int, MappedPage]]) -> None:
    for vpn, page in pages:
        before = memory.machine
        try:
            memory.machine, _ = cleared(memory.machine, pid, vpn, vpn + 1)
            memory.map(pid, vpn, page)
        except _FAILURES:
            memory.machine = before


def _clear_all(memory: RecordedFrames, pid: int, vpns: Iterable[int]) -> None:
    for vpn in vpns:
        with suppress(*_FAILURES):
            memory.machine, _ = cleared(memory.machine, pid, vpn, vpn + 1)


def _end(memory: RecordedFrames, pid: int, status: str) -> None:
    try:
        memory.machine, _ = exit_address_space(memory.machine, pid, status)
    except _FAILURES:
        memory.update(replace(memory.process(pid), vmas=(), table=PageTable(), swapped=Radix(), status=status))
