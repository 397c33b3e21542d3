"""Events that come again and again, told once: what happens to 1024 pages in a row is a stanza, and how often.

From one time to the next every page and frame number in the stanza is one higher.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import fields
from functools import cache
from itertools import chain, repeat
from typing import Any

from cowviz.memory.events import Event
from cowviz.trace.json_decode import a_list, an_object, decode
from cowviz.trace.json_delta import Budget, numbers
from cowviz.trace.json_encode import Json, MalformedError

ADVANCING = {"vpn", "pfn", "old", "source", "target"}  # fields that number pages and frames
LONGEST = 6  # events of a stanza: a copy on write is five
LEAST = 3  # times that are worth a stanza
EVENT_COST = 1.5  # in table entries: an event, of 56 to 80 bytes, and what telling of it takes


def rolled(events: list[dict[str, Json]], budget: Budget) -> list[Json]:
    """Return the events, those that come again as {"times": 512, "events": [...]}. Raises as ``unrolled`` would."""
    result: list[Json] = []
    i = 0
    while i < len(events):
        length, times = max(((n, _times(events, i, n)) for n in range(1, LONGEST + 1)), key=lambda run: run[0] * run[1])
        if times >= LEAST:
            result.append({"times": times, "events": events[i : i + length]})
            i += length * times
            budget.spend(EVENT_COST * length * times)
        else:
            result.append(events[i])
            i += 1
    return result


def unrolled(items: list[Json], read: Callable[[Json], Event], budget: Budget) -> Iterator[Event]:
    """Yield the events one by one again, each made by ``read``; MalformedError where they are too many."""
    for item in items:
        told = an_object(item)
        if "times" not in told:
            yield read(item)
            continue
        if told.keys() != {"times", "events"}:
            raise MalformedError("a stanza has times and events, and nothing else")
        times, stanza = decode(int, told["times"]), [an_object(event) for event in a_list(told["events"])]
        if times < 1 or not stanza or any("times" in event for event in stanza):
            raise MalformedError("a stanza has events, at least once, and no stanza in it")
        budget.spend(EVENT_COST * times * len(stanza))
        counted: dict[int, Sequence[int]] = {}
        rows = [_in_a_row(read(event), times, counted) for event in stanza]
        yield from chain.from_iterable(zip(*rows, strict=True))


def _in_a_row(event: Event, times: int, counted: dict[int, Sequence[int]]) -> Iterable[Event]:
    """The event so many times, its pages and frames advancing; equal numbers are one object, in ``counted``."""
    columns: list[Iterable[object]] = []
    kind: Any = type(event)
    for name in _names(kind):
        value = getattr(event, name)
        if name in ADVANCING and type(value) is int and value >= 0:
            if value not in counted:
                counted[value] = list(numbers(value, times))
            columns.append(counted[value])
        else:
            columns.append(repeat(value, times))
    return map(kind, *columns)


@cache
def _names(kind: Any) -> list[str]:
    return [field.name for field in fields(kind)]


def _times(events: list[dict[str, Json]], start: int, length: int) -> int:
    """How often the stanza of this length that begins there comes in a row; 0 where events are too few."""
    stanza, times = events[start : start + length], 0
    if len(stanza) < length:
        return 0
    while True:
        here = start + times * length
        if events[here : here + length] != [_advanced(event, times) for event in stanza]:
            return times
        times += 1


def _advanced(event: dict[str, Any], time: int) -> dict[str, Any]:
    """The event as it is ``time`` times later; the zero page stays what it is."""
    return {
        name: value + time if name in ADVANCING and type(value) is int and value >= 0 else value
        for name, value in event.items()
    }
