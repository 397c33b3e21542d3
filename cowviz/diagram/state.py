"""Defines StepState: one moment of a lesson, as a view draws it."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass

from cowviz.memory.events import Event
from cowviz.memory.machine import Machine
from cowviz.trace.model import Trace


@dataclass(frozen=True)
class StepState:
    """Holds the machine at one moment, and the step's events so far.

    A view that shows a step in several motions uses ``phase`` to tell its states apart (see ``phases`` in ``view.py``).
    """

    machine: Machine
    events: tuple[Event, ...]  # of the step, up to this moment
    latest: tuple[Event, ...]  # since the moment before
    moment: int = 0  # which of the trace's machines this is, from 0
    step: int = 1  # which step this is, from 1
    line: int | None = None  # of the code, the current one, from 1
    about: tuple[int, int | None] | None = None  # pid and vpn that the lesson names; None: the last that acted
    phase: Hashable = None
    rest: float | None = None  # seconds until the next motion begins; None: as the timeline has it


def step_states(trace: Trace, step: int, moment: int | None = None) -> Iterator[StepState]:
    """Yield a state for each snapshot of a step (from 1), the first of which is the trace's ``moment``-th (from 0)."""
    shown = trace.steps[step - 1]
    if moment is None:
        moment = sum(len(other.snapshots) for other in trace.steps[: step - 1])
    events: tuple[Event, ...] = ()
    for i, snapshot in enumerate(shown.snapshots):
        events += snapshot.events
        yield StepState(snapshot.machine, events, snapshot.events, moment + i, step, shown.line, shown.about)
