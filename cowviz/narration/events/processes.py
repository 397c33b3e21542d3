"""Tells of the life of a process: start, fork, clone, exec, exit, wait."""

from __future__ import annotations

from cowviz.language import N_
from cowviz.memory.events import Cloned, Execed, Exited, Forked, ProcessStarted, Waited, WriteProtected
from cowviz.narration.emphasis import Called, Emphasis, Ended
from cowviz.narration.event_row import EventRow, Moment


def _mark_forked(event: Forked, emphasis: Emphasis) -> None:
    emphasis.fork = (event.parent, event.child)


def _mark_cloned(event: Cloned, emphasis: Emphasis) -> None:
    emphasis.fork, emphasis.fork_call = (event.parent, event.child), "clone()"


def _mark_execed(event: Execed, emphasis: Emphasis) -> None:
    emphasis.forget(event.pid)
    emphasis.processes[event.pid] = Called("exec()")


def _mark_exited(event: Exited, emphasis: Emphasis) -> None:
    emphasis.processes[event.pid] = Ended(event.status)
    emphasis.forget(event.pid)
    emphasis.free(event.freed)


ROWS = (
    EventRow(ProcessStarted, rank=300, sentence=N_("{who} starts")),
    EventRow(
        WriteProtected,  # without a mark: the changed PTEs carry the accent themselves
        rank=290,
        sentence=N_("{who}'s private pages are write-protected: the w is taken from {ptes}"),
        moment=Moment("protect", "nothing was write-protected"),
    ),
    EventRow(
        Forked,
        rank=50,
        sentence=N_("{child} has a page table of its own: {ptes} copied, no frame"),
        moment=Moment("fork", "nothing was forked"),
        mark=_mark_forked,
    ),
    EventRow(
        Cloned,
        rank=60,
        sentence=N_("{child} shares the page table of {parent}: nothing is copied, now or later"),
        moment=Moment("clone", "no thread was made, nor a vfork child"),
        mark=_mark_cloned,
    ),
    EventRow(Execed, rank=40, sentence=N_("{who} runs {program}: its old memory is gone"), mark=_mark_execed),
    EventRow(
        Exited,
        rank=30,
        sentence=N_("{who} ends ({status}); {freed}"),
        moment=Moment("exit", "no process ended"),
        mark=_mark_exited,
    ),
    EventRow(Waited, rank=280, sentence=N_("{parent} has waited for {child}")),
)
