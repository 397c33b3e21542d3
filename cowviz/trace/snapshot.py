"""A snapshot: the machine at a moment worth drawing; of a large machine changed here and there, what has happened.

Random writes to a million pages change a leaf of 4 KiB for each page. Two hundred such machines would be a gigabyte;
what happened is a hundred times less. So such a snapshot keeps what happened, and plays it again when it is looked at.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from cowviz.memory.bulk_access import BulkAccess
from cowviz.memory.events import Event
from cowviz.memory.machine import Machine
from cowviz.memory.many_pages import access_many

FAR = 32  # snapshots: from a machine that is kept to one that is played again, at most
RECENT = 4  # machines that were played again and are still kept, for who looks at them in order
FEWEST_LEAVES = 32  # of a change that is not kept
ROWS_PER_LEAF = 64  # with more of them the event is not much smaller than the machine


class Snapshot:
    """The machine at a moment, and what has happened since the snapshot before."""

    __slots__ = ("_before", "_distance", "_machine", "events")

    def __init__(self, machine: Machine | None, events: Sequence[Event] = (), before: Snapshot | None = None) -> None:
        """Keep the machine; or, where it is None, play the events again on that of ``before`` when it is asked for."""
        self._machine, self._before = machine, before
        self.events = tuple(events)
        self._distance: int = 0 if machine is not None or before is None else before._distance + 1

    @property
    def machine(self) -> Machine:
        """The machine right after the events."""
        if self._machine is not None:
            return self._machine
        assert self._before is not None, "a snapshot has a machine, or one before it"
        machine = self._before.machine
        for event in self.events:
            assert isinstance(event, BulkAccess), "other events are not played again"
            machine, _ = access_many(machine, event.pid, event.vpns, event.access, event.cells)
        self._machine = machine
        _remember(self)
        return machine

    @property
    def is_played_again(self) -> bool:
        """Whether it keeps no machine of its own."""
        return self._distance > 0

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Snapshot):
            return NotImplemented
        return self.events == other.events and self.machine == other.machine

    def __hash__(self) -> int:
        return hash(self.events)

    def __repr__(self) -> str:
        return f"Snapshot({self.machine!r}, {self.events!r})"


def snapshot_after(before: Snapshot | None, machine: Machine, events: Sequence[Event]) -> Snapshot:
    """Return the snapshot of a machine that came to be by ``events`` out of that of ``before``."""
    if before is None or before._distance >= FAR or not _is_scattered(events):
        return Snapshot(machine, events)
    snapshot = Snapshot(None, events, before)
    snapshot._machine = machine
    _remember(snapshot)
    return snapshot


def _is_scattered(events: Sequence[Event]) -> bool:
    """Whether these are accesses to a few pages each of many leaves."""
    leaves, rows = set[int](), 0
    for event in events:
        if not isinstance(event, BulkAccess):
            return False
        leaves.update({vpn >> 9 for vpn in event.vpns})
        rows += event.pages
    return len(leaves) >= FEWEST_LEAVES and rows < len(leaves) * ROWS_PER_LEAF


_recent: deque[Snapshot] = deque()


def _remember(snapshot: Snapshot) -> None:
    """Keep the machine for a while; that of the snapshot that was looked at longest ago goes."""
    _recent.append(snapshot)
    while len(_recent) > RECENT:
        _recent.popleft()._machine = None
