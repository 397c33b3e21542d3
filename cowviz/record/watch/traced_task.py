"""A thread under watch."""

from __future__ import annotations

import os
from dataclasses import dataclass

from cowviz.linux.ptrace import Call
from cowviz.record.watch.watched_space import Space


@dataclass(slots=True)
class TracedTask:
    """A thread under watch."""

    tid: int
    pid: int  # of its process
    space: Space | None = None  # what it runs in; that of its parent after vfork
    event: int | None = None  # file descriptor of its perf event
    call: Call | None = None  # the system call that it is in
    is_forking: bool = False  # in a call that makes a process or a thread, which is not there yet
    parent: int | None = None
    is_told: bool = False  # of the fault that it has stopped for

    def close_event(self) -> None:
        """Stop the task at its faults no more."""
        if self.event is not None:
            os.close(self.event)
            self.event = None


def because(error: Exception) -> str:
    """Return what the system says of an error, to be put behind what was tried."""
    return f" ({error.strerror})" if isinstance(error, OSError) and error.strerror else ""
