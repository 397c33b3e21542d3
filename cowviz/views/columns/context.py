"""What one picture is drawn from: a builder, the places, the state, and what the eye should find."""

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
    """A moment being drawn."""

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
        """Return the node of a page, where the process as it is now has it; a thread's is its process's."""
        return self.places.nodes.page(self.owner(pid), vpn)

    def owner(self, pid: int) -> Process:
        """Return the process whose address space a process, thread or vfork child uses."""
        return self.machine.process(self.machine.process(pid).space)

    def row(self, run: PageRange) -> int:
        return self.places.nodes.row(self.machine.process(run.pid), run)
