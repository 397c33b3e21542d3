"""Counts what a story does, and stops a story that would not end."""

from __future__ import annotations

from dataclasses import dataclass

from cowviz.errors import CowvizError
from cowviz.memory.bulk_access import BulkAccess
from cowviz.memory.events import Event
from cowviz.memory.machine import Machine
from cowviz.trace.limits import (
    EVENTS_A_FAULT,
    FEW,
    MOST_BYTES,
    MOST_EVENTS,
    MOST_OPERATIONS,
    MOST_PROCESSES,
    MOST_REGIONS,
    MOST_REPEATED,
    MOST_ROWS,
    MOST_SNAPSHOTS,
    MOST_STEPS,
    MOST_UNTOLD,
    PAGES_AS_ONE,
)
from cowviz.watch import heard


@dataclass(slots=True)
class Tally:
    """Counts what happened so far. Each method counts one more, and raises CowvizError beyond the limit."""

    operations: int = 0
    untold: int = 0  # operations since the last caption
    events: int = 0
    longest: int = 0  # events of one operation, or the pages that it touched at once
    at_once: int = 0  # pages that the latest operation touched at once
    snapshots: int = 0
    rows: int = 0
    steps: int = 0
    signs: int = 0

    def operation(self) -> None:
        heard()
        self.operations += 1
        self.untold += 1
        if self.untold > MOST_UNTOLD:
            raise CowvizError(f"{MOST_UNTOLD:,} operations and no story.say(): does this loop end?")
        _bounded(self.operations, MOST_OPERATIONS, "operations")

    def event(self, event: Event) -> None:
        self.events += 1
        if isinstance(event, BulkAccess):
            self.events += event.pages // PAGES_AS_ONE
            self.at_once += EVENTS_A_FAULT * event.pages
        if self.events > MOST_EVENTS:
            raise CowvizError(f"more than {MOST_EVENTS:,} accesses and faults: does this loop end?")

    def done(self, before: int, machine: Machine, pid: int | None) -> None:
        """Count the events of an operation that began after ``before`` events; ``pid`` ran it, if any process did.

        Raises CowvizError beyond a story's limits.
        """
        self.longest = max(self.longest, self.events - before, self.at_once)
        self.at_once = 0
        if self.events - FEW * self.longest > MOST_REPEATED:
            raise CowvizError(f"{self.operations:,} operations touch too many pages in all: does this loop end?")
        _bounded(len(machine.processes), MOST_PROCESSES, "processes")
        if pid is not None and pid in machine.processes:
            _bounded(len(machine.processes[pid].vmas), MOST_REGIONS, "regions of one process")

    def snapshot(self, machine: Machine) -> None:
        self.snapshots += 1
        self.rows += len(machine.processes)
        _bounded(self.snapshots, MOST_SNAPSHOTS, "pictures")
        _bounded(self.rows, MOST_ROWS, "processes, counted anew in each picture")

    def step(self) -> None:
        heard()
        self.steps += 1
        self.untold = 0
        _bounded(self.steps, MOST_STEPS, "steps")

    def text(self, text: str) -> None:
        self.signs += len(text)
        _bounded(self.signs, MOST_BYTES, "characters of text")


def _bounded(count: int, most: int, what: str) -> None:
    if count > most:
        raise CowvizError(f"more than {most:,} {what}: does this loop end?")
