"""A thread under watch."""

from __future__ import annotations

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
