"""Finds the rows of all events, in ``cowviz/narration/events/`` and in other packages' modules."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import NamedTuple

from cowviz.errors import warn
from cowviz.memory.events import Event
from cowviz.narration import events
from cowviz.narration.event_row import EventRow
from cowviz.trace.other_packages import event_modules

Row = EventRow[Event]


class Cue(NamedTuple):
    """When a caption comes: after an event of one of these classes."""

    events: tuple[type[Event], ...]
    absent: str  # what to say where none came


def rows() -> Mapping[type[Event], Row]:
    """Return the row of each event class that has one, the most telling first."""
    return _rows(tuple(sys.path))


def row_of(event: Event) -> Row | None:
    """Return the row of an event, or None where its class has none."""
    return rows().get(type(event))


def moments() -> Mapping[str, Cue]:
    """Return when a scenario's captions come, by their keywords."""
    return _moments(tuple(sys.path))


def own_rows() -> list[Row]:
    """Return every row of cowviz's own events, one after another."""
    names = sorted(module.name for module in iter_modules(events.__path__))
    return [row for name in names for row in import_module(f"{events.__name__}.{name}").ROWS]


@cache
def _rows(path: tuple[str, ...]) -> dict[type[Event], Row]:
    """Return the rows along ``path``; of two for one event the first counts, and cowviz's own come first."""
    found: dict[type[Event], Row] = {}
    for row in (*own_rows(), *_other_rows()):
        found.setdefault(row.event, row)
    ordered = sorted(found.values(), key=lambda row: (row.rank, row.event.__name__))
    return {row.event: row for row in ordered}


@cache
def _moments(path: tuple[str, ...]) -> dict[str, Cue]:
    found: dict[str, Cue] = {}
    for kind, moment in ((row.event, row.moment) for row in _rows(path).values()):
        if moment is not None:
            cue = found.get(moment.keyword, Cue((), moment.absent))
            found[moment.keyword] = cue._replace(events=(*cue.events, kind))
    return found


def _other_rows() -> Iterator[Row]:
    """Return the rows of other packages; warn of what is no row, and leave it out."""
    for name, module in event_modules().items():
        offered = getattr(module, "ROWS", None)
        if not isinstance(offered, tuple | list) or not all(isinstance(row, EventRow) for row in offered):
            warn(f"events {name!r} ({module.__name__}): write ROWS = (EventRow(...),)")
            continue
        yield from offered
