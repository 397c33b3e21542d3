"""Defines what one sentence is about: an event, or a group of like events, with the machines around it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import compress
from typing import cast, overload

from cowviz.memory.bulk_access import NO_ENTRY, BulkAccess, details
from cowviz.memory.events import Event
from cowviz.memory.machine import Machine


@dataclass(frozen=True, slots=True)
class Happening:
    """An event with the machine before it and the machine after it, or those of the snapshots around it."""

    event: Event
    before: Machine
    after: Machine


@dataclass(frozen=True, slots=True)
class _Rows:
    """Reads some rows of a ``BulkAccess`` as events of one kind; each is made on demand."""

    bulk: Happening
    number: int  # which of a row's events it is
    rows: bytes  # 1 for a row that is meant
    count: int

    def at(self, i: int) -> Happening:
        """Return the first (0) or the last (-1) of them."""
        row = self.rows.find(1) if i == 0 else self.rows.rfind(1)
        event = list(details(self._event, row))[self.number]
        return Happening(event, self.bulk.before, self.bulk.after)

    def values(self, name: str) -> Iterator[object]:
        """Yield a field of each of them."""
        columns = {"vpn": self._event.vpns, "pfn": self._event.frames, "target": self._event.frames}
        columns |= {"old": self._event.old, "source": self._event.old}
        if name in columns:
            values = compress(columns[name], self.rows)
            return (None if value == NO_ENTRY else value for value in values) if name == "old" else values
        return iter([getattr(self.at(0).event, name)] * self.count)

    @property
    def _event(self) -> BulkAccess:
        assert isinstance(self.bulk.event, BulkAccess)
        return self.bulk.event


@dataclass(slots=True)
class Group(Sequence[Happening]):
    """Events alike, in order; many of them may stand in the columns of one event."""

    parts: list[Happening | _Rows] = field(default_factory=list)

    def __len__(self) -> int:
        return sum(part.count if isinstance(part, _Rows) else 1 for part in self.parts)

    @overload
    def __getitem__(self, i: int) -> Happening: ...
    @overload
    def __getitem__(self, i: slice) -> Sequence[Happening]: ...
    def __getitem__(self, i: int | slice) -> Happening | Sequence[Happening]:
        if i not in (0, -1):
            raise IndexError(f"a group knows its first and its last event, not {i}")
        part = self.parts[i]
        return part.at(i) if isinstance(part, _Rows) else part

    def numbers(self, name: str) -> Iterator[int]:
        """Yield a field of every event that is a number in all of them."""
        return cast(Iterator[int], self.values(name))

    def values(self, name: str) -> Iterator[object]:
        """Yield a field of every event."""
        for part in self.parts:
            if isinstance(part, _Rows):
                yield from part.values(name)
            else:
                yield getattr(part.event, name)


def single_events(happening: Happening) -> Iterator[Happening | _Rows]:
    """Yield an event as it is; one of many accesses as what single accesses would be, those alike in one."""
    event = happening.event
    if not isinstance(event, BulkAccess):
        yield happening
        return
    for code in sorted(set(event.kinds), key=event.kinds.find):
        rows = event.kinds.translate(bytes(i == code for i in range(256)))
        row, count = rows.find(1), event.kinds.count(code)
        for number in range(len(list(details(event, row)))):
            yield _Rows(happening, number, rows, count)


def first_event(one: Happening | _Rows) -> Event:
    """Return the (first) event."""
    return one.event if isinstance(one, Happening) else one.at(0).event
