"""Events that come again are told once, and come back one by one."""

from __future__ import annotations

import pytest

from cowviz.story.delta import Budget
from cowviz.story.plain import Json, MalformedError
from cowviz.story.repeats import EVENT_COST, rolled, unrolled


def fault(vpn: int, pfn: int) -> list[Json]:
    return [{"event": "FaultRaised", "pid": 1, "vpn": vpn}, {"event": "PageMapped", "pid": 1, "vpn": vpn, "pfn": pfn}]


def told_again(items: list[Json], entries: int = 10_000) -> list[Json]:
    return list(unrolled(items, Budget(entries)))


def test_a_run_is_a_stanza() -> None:
    events = [event for n in range(100) for event in fault(7 + n, 3 + n)]
    assert rolled(events) == [{"times": 100, "events": fault(7, 3)}]
    assert told_again(rolled(events)) == events


def test_what_does_not_repeat_stays_as_it_is() -> None:
    events = [*fault(1, 1), *fault(5, 2), {"event": "Exited", "pid": 1}]
    assert rolled(events) == events


def test_the_zero_page_does_not_advance() -> None:
    events = [event for n in range(5) for event in fault(n, -1)]
    assert rolled(events) == [{"times": 5, "events": fault(0, -1)}]
    assert told_again(rolled(events)) == events


def test_runs_between_other_events() -> None:
    events = [{"event": "A"}, *(event for n in range(4) for event in fault(n, n)), {"event": "B"}, {"event": "B"}]
    assert [item.get("times", 1) for item in rolled(events)] == [1, 4, 1, 1]
    assert told_again(rolled(events)) == events


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
        {"times": 1 << 50, "events": [{}]},
        7,
    ],
)
def test_a_malformed_stanza_is_refused(item: Json) -> None:
    with pytest.raises(MalformedError):
        told_again([item], EVENT_COST * 100)
