"""Events that come again are told once, and come back one by one."""

from __future__ import annotations

import pytest

from cowviz.memory.events import Event
from cowviz.trace import json_names
from cowviz.trace.json_delta import Budget
from cowviz.trace.json_encode import LARGEST, Json, MalformedError
from cowviz.trace.run_length import EVENT_COST, rolled, unrolled


def fault(vpn: int, pfn: int) -> list[Json]:
    return [
        {"event": "frame_allocated", "pid": 1, "pfn": pfn},
        {"event": "page_reused", "pid": 1, "vpn": vpn, "pfn": pfn},
    ]


def read(event: Json) -> Event:
    return json_names.events()[event["event"]](**{name: value for name, value in event.items() if name != "event"})  # type: ignore[attr-defined, index]


def told_again(items: list[Json], entries: int = 10_000) -> list[Event]:
    return list(unrolled(items, read, Budget(entries)))


def test_a_run_is_a_stanza() -> None:
    events = [event for n in range(100) for event in fault(7 + n, 3 + n)]
    assert rolled(events, Budget(10_000)) == [{"times": 100, "events": fault(7, 3)}]  # type: ignore[arg-type]
    assert told_again(rolled(events, Budget(10_000))) == [read(event) for event in events]  # type: ignore[arg-type]


def test_what_does_not_repeat_stays_as_it_is() -> None:
    events = [*fault(1, 1), *fault(5, 2), {"event": "write_protected", "pid": 1, "pages": 3}]
    assert rolled(events, Budget(10_000)) == events  # type: ignore[arg-type]


def test_the_zero_page_does_not_advance() -> None:
    events = [event for n in range(5) for event in fault(n, -1)]
    assert rolled(events, Budget(10_000)) == [{"times": 5, "events": fault(0, -1)}]  # type: ignore[arg-type]
    assert told_again(rolled(events, Budget(10_000))) == [read(event) for event in events]  # type: ignore[arg-type]


def test_runs_between_other_events() -> None:
    one, other = {"event": "process_started", "pid": 1}, {"event": "limit_set", "pid": 1, "pages": 5}
    events = [one, *(event for n in range(4) for event in fault(n, n)), other, other]
    assert [item.get("times", 1) for item in rolled(events, Budget(10_000))] == [1, 4, 1, 1]  # type: ignore[arg-type, attr-defined]
    assert told_again(rolled(events, Budget(10_000))) == [read(event) for event in events]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "item",
    [
        {"times": 0, "events": [{}]},
        {"times": 2, "events": []},
        {"times": 2, "events": [{"times": 2, "events": [{}]}]},
        {"times": "2", "events": [{}]},
        {"times": 2, "events": [{}], "more": 1},
        {"times": 2},
        {"times": 2, "events": [7]},
        {"times": 1 << 50, "events": fault(1, 1)},
        7,
    ],
)
def test_a_malformed_stanza_is_refused(item: Json) -> None:
    with pytest.raises(MalformedError):
        told_again([item], EVENT_COST * 100)  # type: ignore[arg-type]


def test_no_number_in_a_stanza_leaves_the_range() -> None:
    with pytest.raises(MalformedError, match="numbers from"):
        told_again([{"times": 9, "events": fault(LARGEST - 3, 1)}])


def test_what_advances_together_is_one_number_in_memory() -> None:
    first, second = told_again([{"times": 50, "events": fault(1000, 1000)}])[-2:]
    assert first.pfn is second.pfn  # type: ignore[attr-defined]
