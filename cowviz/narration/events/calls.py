"""Tells of calls that are refused, calls that set limits, and what a recorder did not understand."""

from __future__ import annotations

from cowviz.language import N_
from cowviz.memory.events import LimitSet, Refused
from cowviz.memory.rare.gaps import NotUnderstood
from cowviz.narration.emphasis import Called, Emphasis
from cowviz.narration.event_row import EventRow, Moment


def _mark_refused(event: Refused, emphasis: Emphasis) -> None:
    emphasis.processes[event.pid] = Called(event.status)


def _mark_limit(event: LimitSet, emphasis: Emphasis) -> None:
    emphasis.processes[event.pid] = Called("setrlimit()")


ROWS = (
    EventRow(
        Refused,
        rank=70,
        sentence=N_("the kernel refuses {who}'s call ({status})"),
        moment=Moment("refuse", "nothing was refused"),
        mark=_mark_refused,
    ),
    EventRow(
        LimitSet,
        rank=270,
        sentence=N_("{who} may have {limit} of address space from now on"),
        mark=_mark_limit,
    ),
    EventRow(
        NotUnderstood,
        rank=245,
        sentence=N_("{who}: {what} was not understood; from here on memory is as it was observed"),
    ),
)
