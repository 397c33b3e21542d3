"""Runs of accesses become one event, and that event the same accesses again."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from memory_lab import Lab
from test_many_pages import PAGES, A, prepared

from cowviz.memory import access
from cowviz.memory.bulk_access import BulkAccess, all_detailed
from cowviz.memory.events import Access, Accessed, Event, FaultRaised, FrameAllocated, PageMapped
from cowviz.record.compaction import compacted


def singles(seed: int) -> list[Event]:
    """What happens when a process touches pages one by one."""
    chance = random.Random(seed)
    machine, events = prepared(chance), []
    for _ in range(3):
        pid = chance.choice([process.pid for process in machine.living()] or [0])
        if not pid:
            break
        vpns = [A + chance.randrange(PAGES + 8) for _ in range(30)]
        for change in access.touch(machine, pid, vpns, chance.choice([Access.READ, Access.WRITE])):
            events.append(change.event)
            machine = change.machine
    return events


@pytest.mark.parametrize("seed", range(60))
def test_what_is_compacted_is_unpacked_to_the_same(seed: int) -> None:
    events = singles(seed)
    for least in (1, 2, 5):
        packed = compacted(events, least)
        assert list(all_detailed(packed)) == events
        assert all(event.pages >= least for event in packed if isinstance(event, BulkAccess))


def test_first_touches_are_one_event() -> None:
    lab = Lab(frames=200)
    lab.start()
    lab.mmap(1, A, 100)
    events = [change.event for change in access.write(lab.machine, 1, A, pages=100)]
    (packed,) = compacted(events, 50)
    assert isinstance(packed, BulkAccess)
    assert packed.pages == 100
    assert compacted(events, 101) == tuple(events)


@pytest.mark.parametrize(
    ("kind", "field"),
    [
        (FaultRaised, "vpn"),
        (FrameAllocated, "pfn"),
        (PageMapped, "pfn"),
        (PageMapped, "pages"),
        (Accessed, "vpn"),
        (Accessed, "pid"),
    ],
)
def test_what_does_not_fit_stays_as_it_is(kind: type[Event], field: str) -> None:
    lab = Lab(frames=200)
    lab.start()
    lab.mmap(1, A, 3)
    events = [change.event for change in access.write(lab.machine, 1, A, pages=3)]
    at = next(i for i, event in enumerate(events) if isinstance(event, kind))
    events[at] = replace(events[at], **{field: getattr(events[at], field) + 1})  # type: ignore[type-var]
    assert list(all_detailed(compacted(events, 1))) == events
