"""Lets a program go that was watched, when a limit is reached: it goes on by itself, as if nobody had looked."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass, field
from signal import SIGTRAP

from cowviz.linux import ptrace
from cowviz.linux.ptrace import Stop
from cowviz.record.watch.traced_task import TracedTask

FAULTS, TIME = "faults", "time"  # the limits at which a program is let go


@dataclass
class Release:
    """Detaches from one task after another, each as it stops; ``reason`` says why, and is "" until then."""

    tasks: dict[int, TracedTask]
    processors: set[int] = field(default_factory=set)  # on which the program may run again
    reason: str = ""

    def begin(self, reason: str) -> None:
        """Have every task stop, to be let go. May be called at any moment, by a signal's handler too."""
        if self.reason:
            return
        self.reason = reason
        for tid in list(self.tasks):
            with suppress(OSError):
                ptrace.interrupt(tid)

    def let_go(self, task: TracedTask, stop: Stop, early: set[int]) -> None:
        """Detach from a task that has stopped, unless a signal of ours waits for it: that is taken first.

        ``early`` are new tasks that stopped before their parent told of them.
        """
        task.close_event()
        if stop.event in ptrace.FORKS:
            self._follow(ptrace.message(task.tid), early)
        elif stop.event == ptrace.EVENT_EXEC:  # the other threads are gone, and nobody tells of them
            for other in [one for one in self.tasks.values() if one.pid == task.pid and one is not task]:
                other.close_event()
                del self.tasks[other.tid]
        number = 0 if stop.event or stop.signal == ptrace.SYSCALL_STOP else stop.signal
        if number == SIGTRAP and ptrace.signal_info(task.tid)[0] == ptrace.TRAP_PERF:
            number = 0
        if any(code == ptrace.TRAP_PERF for code, _ in ptrace.pending_signals(task.tid)):
            ptrace.resume(task.tid, number, to_next_call=False)
            return
        with suppress(OSError):  # as before, unless the program has chosen another one
            if os.sched_getaffinity(task.tid) == os.sched_getaffinity(0) and self.processors:
                os.sched_setaffinity(task.tid, self.processors)
        ptrace.detach(task.tid, number)
        self.tasks.pop(task.tid, None)

    def _follow(self, tid: int, early: set[int]) -> None:
        """Let a task go that was born meanwhile: it is traced as well."""
        if tid in early:
            early.discard(tid)
            self.let_go(TracedTask(tid, tid), Stop(SIGTRAP, ptrace.EVENT_STOP), early)
        elif tid not in self.tasks:
            self.tasks[tid] = TracedTask(tid, tid)
