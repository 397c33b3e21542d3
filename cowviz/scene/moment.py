"""What one picture of memory is drawn from: a moment, its places, a sheet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from cowviz.memory.events import Event
from cowviz.memory.machine import Machine, Process
from cowviz.scene.arrange import Arrangement
from cowviz.scene.focus import Focus, focus
from cowviz.scene.graph import PageRun
from cowviz.scene.sheet import Sheet


@dataclass(frozen=True)
class Moment:
    """The machine, what has happened in this step so far, and the machines to come (a frame is tinted by its use)."""

    machine: Machine
    events: tuple[Event, ...]
    latest: tuple[Event, ...]
    others: Sequence[Machine] = ()  # the rest of the movie, nearest first


@dataclass(frozen=True)
class Drawing:
    """A moment being drawn on a sheet; all its ids begin with ``prefix``."""

    sheet: Sheet
    places: Arrangement
    moment: Moment
    prefix: str = ""

    @property
    def machine(self) -> Machine:
        return self.moment.machine

    @cached_property
    def focus(self) -> Focus:
        return focus(self.moment.events, self.moment.latest)

    def key(self, name: str) -> str:
        return f"{self.prefix}{name}"

    def run(self, pid: int, vpn: int) -> PageRun | None:
        """The node of a page, where the process as it is now has it; a thread's is its process's."""
        return self.places.nodes.page(self.owner(pid), vpn)

    def owner(self, pid: int) -> Process:
        """The process whose address space a process, thread or vfork child uses."""
        return self.machine.process(self.machine.process(pid).space)

    def row(self, run: PageRun) -> int:
        return self.places.nodes.row(self.machine.process(run.pid), run)
