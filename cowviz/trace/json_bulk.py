"""A ``BulkAccess`` as JSON: its columns as runs; of what the simulator can play again, the pages alone.

In a column a number stands for itself, and [first, count, step] for as many that go on by the same step.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from cowviz.memory.bulk_access import FAULTS, NO_ENTRY, BulkAccess, Numbers
from cowviz.memory.events import Access, Event
from cowviz.memory.machine import ZERO_PFN, Cell, Machine
from cowviz.memory.many_pages import access_many
from cowviz.memory.tables.levels import KEYS
from cowviz.memory.tables.pte import MOST_PFN
from cowviz.trace.json_decode import a_list, decode
from cowviz.trace.json_delta import Budget
from cowviz.trace.json_encode import Json, MalformedError, encode, short, within
from cowviz.trace.limits import MOST_TOUCHED

NAME = "bulk_access"
SHORTEST_RUN = 3
ROWS_PER_ENTRY = 4  # a row of columns is so much smaller than an entry of a table


def played_again(machine: Machine | None, event: BulkAccess) -> Machine | None:
    """Return the machine after the same accesses, where the simulator would have the very same happen; else None."""
    if machine is None or event.pid not in machine.processes or not machine.process(event.pid).is_alive:
        return None
    try:
        machine, again = access_many(machine, event.pid, event.vpns, event.access, event.cells)
    except (ArithmeticError, AssertionError, LookupError, TypeError, ValueError):  # a machine that is no true one
        return None
    return machine if again == event else None


def after_bulks(machine: Machine | None, events: Sequence[Event]) -> Machine | None:
    """Return the machine after ``events``, where all of them can be played again; else None."""
    for event in events:
        if not isinstance(event, BulkAccess) or (machine := played_again(machine, event)) is None:
            return None
    return machine if events else None


def bulk_json(event: BulkAccess, *, can_be_played: bool) -> dict[str, Json]:
    """Return the event as JSON says it; what it took is left out where it ``can_be_played`` again."""
    told: dict[str, Json] = {"event": NAME, "pid": event.pid, "access": encode(event.access)}
    told["pages"] = list(_runs(event.vpns))
    if event.cells != (None,):
        told["cells"] = encode(event.cells)
    if not can_be_played:
        told |= {"kinds": list(_runs(event.kinds)), "frames": list(_runs(event.frames)), "old": list(_runs(event.old))}
    return told


def bulk_event(told: dict[str, Json], machine: Machine | None, budget: Budget) -> tuple[BulkAccess, Machine | None]:
    """Return the event that ``bulk_json`` told of, and the machine after it where it can be played again.

    ``machine`` is that of before. Raises MalformedError.
    """
    known = {"event", "pid", "access", "pages", "cells", "kinds", "frames", "old"}
    for name in told.keys() - known:
        raise MalformedError(f"a {NAME} has no {name[:40]!r}")
    pid, access = decode(int, told.get("pid")), decode(Access, told.get("access"))
    cells = decode(tuple[Cell | None, ...], told.get("cells", [None]))
    vpns = _column(told, "pages", 0, KEYS - 1, budget)
    if not vpns or not cells:
        raise MalformedError(f"a {NAME} without pages or cells")
    if "kinds" not in told:
        return _as_simulated(machine, pid, vpns, access, cells)
    kinds = _column(told, "kinds", 0, max(FAULTS), budget)
    frames = _column(told, "frames", ZERO_PFN, MOST_PFN >> 2, budget)
    old = _column(told, "old", NO_ENTRY, MOST_PFN >> 2, budget)
    if not len(vpns) == len(kinds) == len(frames) == len(old) or any(code and code not in FAULTS for code in kinds):
        raise MalformedError("columns that do not fit one another")
    event = BulkAccess(pid, access, vpns, bytes(kinds), frames, old, cells)
    return event, played_again(machine, event)


def _as_simulated(
    machine: Machine | None, pid: int, vpns: Numbers, access: Access, cells: tuple[Cell | None, ...]
) -> tuple[BulkAccess, Machine]:
    """The event as the simulator has it happen, and the machine after it."""
    if machine is None or pid not in machine.processes or not machine.process(pid).is_alive:
        raise MalformedError(f"no process {pid}")
    try:
        after, event = access_many(machine, pid, vpns, access, cells)
    except (ArithmeticError, AssertionError, LookupError, TypeError, ValueError):
        event = None
    if event is None or event.pages != len(vpns):
        raise MalformedError("accesses that this machine does not allow")
    return event, after


def _runs(numbers: Iterable[int]) -> Iterator[Json]:
    """The numbers, those that go on by the same step in one."""
    run: list[int] = []
    for number in numbers:
        if len(run) < 2 or number - run[-1] == run[1] - run[0]:
            run.append(number)
        elif len(run) < SHORTEST_RUN:
            yield run[0]
            run = [run[1], number]
        else:
            yield [run[0], len(run), run[1] - run[0]]
            run = [number]
    if len(run) < SHORTEST_RUN:
        yield from run
    else:
        yield [run[0], len(run), run[1] - run[0]]


def _run(part: Json) -> tuple[int, int, int]:
    """A part of a column: a number by itself, or the first one, how many, and by what step they go on."""
    if type(part) is int:
        return part, 1, 0
    match part:
        case [int(first), int(times), int(step)] if bool not in map(type, part):
            return first, times, step
    raise MalformedError(f"a number or [first, count, step] was expected, not {short(part)}")


def _column(told: dict[str, Json], name: str, least: int, most: int, budget: Budget) -> Numbers:
    """A column's numbers, each of which lies between two others."""
    parts: list[Iterable[int]] = []
    count = 0
    with within(name):
        for part in a_list(told.get(name)):
            first, times, step = _run(part)
            count += times
            if times < 1 or count > MOST_TOUCHED:
                raise MalformedError(f"more than {MOST_TOUCHED:,} rows" if times >= 1 else f"a run of {times}")
            if not (least <= first <= most and least <= first + (times - 1) * step <= most):
                raise MalformedError(f"numbers beyond {least} to {most}")
            parts.append(range(first, first + times * step, step) if step else [first] * times)
        budget.spend(count / ROWS_PER_ENTRY)
    return Numbers(number for part in parts for number in part)
