"""The other threads of a process, at the moment when one of them is looked at: what they have done is told in time.

Which of several tasks that have stopped is told of first is chance, and while one forks the others run on. So those are
stopped, and each of their faults is put before the fork or after it: a page that parent and child have in common, now
that both tables can be read, was touched before it.
"""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from signal import SIGTRAP

from cowviz.linux import ptrace
from cowviz.linux.ptrace import Stop
from cowviz.record.watch.traced_task import TracedTask
from cowviz.record.watch.watched_space import Space

PATIENCE = 0.05  # seconds for a task to stop


@dataclass
class OtherThreads:
    """Stops of tasks that were collected before their turn came."""

    tasks: Mapping[int, TracedTask]
    tell: Callable[[Space, int], None]  # of a page fault
    catch_up: Callable[[Space], None]  # with what the kernel did for a process
    _stops: deque[tuple[int, int]] = field(default_factory=deque)  # task, status

    def next_stop(self) -> tuple[int, int]:
        """Return the next task that has stopped or ended, and how. Raises ChildProcessError where there is none.

        A fork comes before what others of the same memory did: it tells which of that was before it.
        """
        if not self._stops:
            self._stops.append(os.waitpid(-1, ptrace.WALL))
        task = self.tasks.get(self._stops[0][0])
        for other in self._of(task) if task and task.space else ():
            if other.is_forking:
                self._await(other)
        forks = (i for i, (_, status) in enumerate(self._stops) if Stop.of(status).event in ptrace.FORKS)
        place = next(forks, 0)
        found = self._stops[place]
        del self._stops[place]
        return found

    def have_stopped(self, task: TracedTask) -> None:
        """Tell the faults that others of the task's memory have taken by now."""
        self.stop(task)
        for other, vpn in list(self._untold(task.space)):
            self._tell(other, vpn)

    def before_end(self, task: TracedTask) -> None:
        """Tell the faults that tasks of other processes have taken before a process ends, or runs another program.

        A copy was made while it still had the page. Of a reuse, which its end made possible, in_order finds that.
        """
        spaces = {other.space for other in self.tasks.values() if other.space not in (None, task.space)}
        for other in self.tasks.values():
            if other.space in spaces:
                self._collect(other)
        for space in spaces:
            for other, vpn in list(self._untold(space)):
                self._tell(other, vpn)
            if space:
                self.catch_up(space)

    def stop(self, task: TracedTask) -> None:
        """Let no other task of the same memory go on before this one does. One that sleeps cannot write."""
        for other in self._of(task):
            if not self._collect(other) and _may_write(other.tid):
                with suppress(OSError):
                    ptrace.interrupt(other.tid)
                    self._await(other)

    def before_fork(self, task: TracedTask, child: Space) -> None:
        """Tell the faults that others took before the fork; the child's table shows which."""
        assert task.space is not None
        for other, vpn in list(self._untold(task.space)):
            if task.space.has_in_common(child, vpn):
                self._tell(other, vpn)

    def untold(self, task: TracedTask) -> frozenset[int]:
        """Return the pages on which others have taken faults that are not told yet."""
        return frozenset(vpn for _, vpn in self._untold(task.space))

    def _of(self, task: TracedTask) -> list[TracedTask]:
        return [other for other in self.tasks.values() if other.space is task.space and other is not task]

    def _await(self, task: TracedTask) -> None:
        """Wait until the task has stopped, but not for one that waits itself, such as for a child made by vfork."""
        end = time.monotonic() + PATIENCE
        while not self._collect(task) and time.monotonic() < end:
            time.sleep(0)

    def _collect(self, task: TracedTask) -> bool:
        """Keep the task's stop, if there is one, until its turn comes."""
        try:
            tid, status = os.waitpid(task.tid, ptrace.WALL | os.WNOHANG)
        except ChildProcessError:
            return False
        if tid:
            self._stops.append((tid, status))
        return bool(tid)

    def _untold(self, space: Space | None) -> Iterator[tuple[TracedTask, int]]:
        for tid, status in self._stops:
            other = self.tasks.get(tid)
            if other is None or other.is_told or other.space is not space or not os.WIFSTOPPED(status):
                continue
            with suppress(OSError):  # killed meanwhile
                infos = [ptrace.signal_info(tid)] if Stop.of(status) == (SIGTRAP, 0) else ptrace.pending_signals(tid)
                for code, address in infos:
                    if code == ptrace.TRAP_PERF:
                        yield other, address >> 12

    def _tell(self, task: TracedTask, vpn: int) -> None:
        assert task.space is not None
        task.is_told = True
        self.tell(task.space, vpn)


def _may_write(tid: int) -> bool:
    """Whether a task runs, or waits in the kernel for something that will come, such as the end of the fork."""
    try:
        return Path(f"/proc/{tid}/stat").read_text().rpartition(")")[2].split()[0] in "RD"
    except OSError:
        return False
