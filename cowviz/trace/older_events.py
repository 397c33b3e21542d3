"""Events that older versions told by another event: read, they are those of today."""

from __future__ import annotations

from cowviz.memory.events import Event, FrameFilled, FrameSwappedIn
from cowviz.memory.machine import Machine


def as_of_today(event: Event, machine: Machine | None) -> Event:
    """Read a fill from a file "swap" as a page read from swap, unless the machine has a file of that name."""
    if isinstance(event, FrameFilled) and event.file == "swap" and not (machine and event.file in machine.files):
        return FrameSwappedIn(event.pid, event.pfn, event.offset)
    return event
