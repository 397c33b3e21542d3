"""Defines StepState: one moment of a lesson, as a view draws it."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass

from cowviz.memory.events import Event
from cowviz.memory.machine import Machine
from cowviz.trace.model import Trace


@dataclass(frozen=True)
class StepState:
    """Holds the machine at one moment, the step's events so far, and the machines that follow.

    A view that shows a step in several motions uses ``phase`` to tell its states apart (see ``phases`` in ``view.py``).
    """

    machine: Machine
    events: tuple[Event, ...]  # of the step, up to this moment
    latest: tuple[Event, ...]  # since the moment before
    others: Sequence[Machine] = ()  # the rest of the movie, nearest first: a frame is tinted by its use
    step: int = 1  # which step this is, from 1
    line: int | None = None  # of the code, the current one, from 1
    about: tuple[int, int | None] | None = None  # pid and vpn that the lesson names; None: the last that acted
    phase: Hashable = None
    rest: float | None = None  # seconds until the next motion begins; None: as the timeline has it


def step_states(trace: Trace, step: int) -> Iterator[StepState]:
    """Yield a state for each snapshot of a step (from 1)."""
    index, machines = step - 1, trace.machines
    done = sum(len(other.snapshots) for other in trace.steps[:index])
    snapshots = trace.steps[index].snapshots
    for i, snapshot in enumerate(snapshots):
        events = tuple(event for one in snapshots[: i + 1] for event in one.events)
        others = (*machines[done + i + 1 :], *reversed(machines[: done + i]))
        shown = trace.steps[index]
        yield StepState(snapshot.machine, events, snapshot.events, others, step, shown.line, shown.about)
