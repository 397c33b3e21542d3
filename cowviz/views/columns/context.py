"""Defines DrawContext: the builder, the layout, the state and the emphasis of one picture."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from cowviz.diagram.emphasis import emphasis
from cowviz.diagram.state import StepState
from cowviz.diagram.things import PageRange
from cowviz.memory.machine import Machine, Process
from cowviz.narration.emphasis import Emphasis
from cowviz.scene.builder import SceneBuilder
from cowviz.views.columns.layout import Columns


@dataclass(frozen=True)
class DrawContext:
    """Holds what the parts of one picture are drawn from."""

    builder: SceneBuilder
    places: Columns
    state: StepState

    @property
    def machine(self) -> Machine:
        return self.state.machine

    @cached_property
    def emphasis(self) -> Emphasis:
        return emphasis(self.state.events, self.state.latest)

    def run(self, pid: int, vpn: int) -> PageRange | None:
        """Return the run that contains a page, or None; a thread's pages are its process's."""
        return self.places.nodes.page(self.owner(pid), vpn)

    def owner(self, pid: int) -> Process:
        """Return the process that owns the address space of a process, thread or vfork child."""
        return self.machine.process(self.machine.process(pid).space)

    def row(self, run: PageRange) -> int:
        return self.places.nodes.row(self.machine.process(run.pid), run)
