"""Single accesses of a long run as one event: what ``bulk_access.detailed`` does, the other way round."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from cowviz.memory.bulk_access import CODES, NO_ENTRY, BulkAccess, Numbers
from cowviz.memory.events import (
    Access,
    Accessed,
    Event,
    FaultKind,
    FaultRaised,
    FrameAllocated,
    FrameCopied,
    PageMapped,
    PageReused,
)


class _Touch(NamedTuple):
    """One access and what it took."""

    vpn: int
    code: int
    pfn: int
    old: int


def compacted(events: Sequence[Event], least: int) -> tuple[Event, ...]:
    """Return the events, runs of at least ``least`` accesses of one process and kind as one ``BulkAccess`` each.

    ``detailed`` makes the very same events of it again.
    """
    found: list[Event] = []
    i = 0
    while i < len(events):
        rows, end = _rows(events, i)
        if len(rows) >= least:
            first = events[i]
            assert isinstance(first, FaultRaised), "a row begins with its fault"
            vpns, codes, pfns, old = zip(*rows, strict=True)
            found.append(BulkAccess(first.pid, first.access, Numbers(vpns), bytes(codes), Numbers(pfns), Numbers(old)))
        else:
            end = max(end, i + 1)
            found += events[i:end]
        i = end
    return tuple(found)


def _rows(events: Sequence[Event], start: int) -> tuple[list[_Touch], int]:
    """The accesses from an event on that are one another's kind, and where they end."""
    first, rows, i = events[start], list[_Touch](), start
    if not isinstance(first, FaultRaised):
        return rows, i
    while (found := _row(events, i, first.pid, first.access)) is not None:
        row, i = found
        rows.append(row)
    return rows, i


def _row(events: Sequence[Event], i: int, pid: int, access: Access) -> tuple[_Touch, int] | None:
    """The access whose fault is raised at ``i``, and where what it took ends; None where it is no everyday one."""
    match events[i : i + 3]:
        case [
            FaultRaised(pid=one, vpn=vpn, access=way, kind=FaultKind.COW_REUSE, present=True),
            PageReused(pid=two, vpn=same, pfn=pfn, pages=1),
            Accessed(pid=three, vpn=last, access=done, cell=None),
        ] if {one, two, three} == {pid} and way == done == access and vpn == same == last:
            return _Touch(vpn, CODES[FaultKind.COW_REUSE, True], pfn, pfn), i + 3
    match events[i : i + 2]:
        case [FaultRaised(pid=one, vpn=vpn, access=way, kind=kind, present=present), second] if one == pid:
            if way is not access or (kind, present) not in CODES or kind is FaultKind.COW_REUSE:
                return None
        case _:
            return None
    taken = isinstance(second, FrameAllocated)
    copied = kind is FaultKind.COW_COPY
    end = i + 1 + taken + copied
    if taken != (kind is not FaultKind.ZERO_PAGE):
        return None
    match events[end : end + 2]:
        case [
            PageMapped(pid=one, vpn=same, pfn=pfn, old=old, kind=mapped, pages=1),
            Accessed(pid=two, vpn=last, access=done, cell=None),
        ] if one == two == pid and vpn == same == last and mapped is kind and done is access:
            pass
        case _:
            return None
    if taken and second != FrameAllocated(pid, pfn):
        return None
    if copied and (old is None or events[end - 1] != FrameCopied(pid, old, pfn)):
        return None
    return _Touch(vpn, CODES[kind, present], pfn, NO_ENTRY if old is None else old), end + 2
