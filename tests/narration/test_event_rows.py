"""Every event has one row, and a fault's progress is told in the rows' short words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cowviz.memory import events as ev
from cowviz.memory.events import Access, FaultKind
from cowviz.narration import event_rows
from cowviz.narration.event_rows import Row, moments, own_rows, rows
from cowviz.narration.rail import rail_words

OWN = [kind for kind in ev.event_classes() if kind.__module__.startswith("cowviz.")]


def complaints(found: list[Row]) -> list[str]:
    """What is wrong with a list of rows: events without one or with several, ranks that two events have."""
    classes, ranks = [row.event for row in found], [row.rank for row in found]
    said = [f"{kind.__name__} has {classes.count(kind)} rows" for kind in OWN if classes.count(kind) != 1]
    return said + [f"two rows have rank {rank}" for rank in sorted(set(ranks)) if ranks.count(rank) > 1]


def test_every_event_has_exactly_one_row_and_a_rank_of_its_own() -> None:
    assert len(OWN) >= 30
    assert complaints(own_rows()) == []


def test_a_row_that_is_missing_or_double_is_found() -> None:
    first, second, *others = own_rows()
    assert complaints([second, *others]) == [f"{first.event.__name__} has 0 rows"]
    assert f"{first.event.__name__} has 2 rows" in complaints([first, *own_rows()])
    assert complaints([replace(first, rank=second.rank), second, *others]) == [f"two rows have rank {second.rank}"]


def test_the_most_telling_event_comes_first() -> None:
    names = [kind.__name__ for kind in rows() if kind in OWN]
    assert names[:6] == ["OutOfMemory", "SignalSent", "Exited", "Execed", "Forked", "Cloned"]
    assert names[9:16] == [
        "MappingSplit",
        "PageReused",
        "PageMapped",
        "FrameCopied",
        "FrameFilled",
        "FrameSwappedIn",
        "FrameAllocated",
    ]
    assert names[-5:] == ["Accessed", "LimitSet", "Waited", "WriteProtected", "ProcessStarted"]


def test_a_moment_may_come_with_several_events() -> None:
    assert set(moments()["fill"].events) == {ev.FrameFilled, ev.FrameSwappedIn}
    assert moments()["copy"] == event_rows.Cue((ev.FrameCopied,), "nothing was copied")


FAULT = ev.FaultRaised(2, 8, Access.WRITE, FaultKind.COW_COPY, present=True)
RETRY = ev.Accessed(2, 8, Access.WRITE)


def mapped(old: int | None) -> ev.PageMapped:
    return ev.PageMapped(2, 8, 3, old, FaultKind.COW_COPY)


@pytest.mark.parametrize(
    ("resolved", "words"),
    [
        ([ev.FrameAllocated(2, 3), ev.FrameCopied(2, 1, 3), mapped(1)], "fault copy remap retry"),
        ([ev.FrameFilled(2, 3, "f", 0), mapped(None)], "fault fill map retry"),
        ([ev.FrameSwappedIn(2, 3, 0), mapped(None)], "fault fill map retry"),
        ([mapped(3)], "fault map retry"),
        ([ev.PageReused(2, 8, 1)], "fault reuse retry"),
    ],
)
def test_the_progress_of_a_fault(resolved: list[ev.Event], words: str) -> None:
    assert rail_words([FAULT, *resolved, RETRY]) == words.split()


def test_a_word_is_not_doubled_and_an_access_alone_is_no_retry() -> None:
    assert rail_words([FAULT, FAULT, ev.SignalSent(2, "SIGSEGV", 8)]) == ["fault", "signal"]
    assert rail_words([RETRY]) == []
    assert rail_words([mapped(1), RETRY, RETRY]) == ["remap", "retry"]
