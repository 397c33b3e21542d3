"""Runs a program and stops it after each of its page faults, by ptrace and perf's sigtrap.

Each fault stops its task with SIGTRAP, si_code TRAP_PERF, once the kernel has handled it; the page is looked at, the
signal is swallowed. System calls stop it too: there regions change, and there the kernel itself touches pages.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from cowviz.linux import perf, ptrace
from cowviz.linux.ptrace import Stop
from cowviz.record.observations import (
    NOTHING,
    Faulted,
    ForkSeen,
    Noticed,
    Observation,
    ProcessEnded,
    Puzzle,
    Regions,
    Signalled,
    Started,
)
from cowviz.record.watch import launch, system_calls
from cowviz.record.watch.call_watcher import CallWatcher
from cowviz.record.watch.fault_events import FaultEvents
from cowviz.record.watch.launch import LaunchedProgram
from cowviz.record.watch.looker import Looker
from cowviz.record.watch.other_threads import OtherThreads
from cowviz.record.watch.release import FAULTS, Release
from cowviz.record.watch.traced_task import TracedTask, because
from cowviz.record.watch.watched_space import Space, ZeroPage, process_of, program_of
from cowviz.record.watch.zombies import Zombies

_FATAL = (signal.SIGSEGV, signal.SIGBUS)


@dataclass
class Tracer:
    """Watches a program and all that it starts; ``facts`` grows until the last task has ended, ``stop``, or a limit."""

    from_fork: bool = False  # look at nothing before the first fork
    most_faults: int = 1 << 20
    facts: list[Observation] = field(default_factory=list)
    processors: set[int] = field(default_factory=set)  # on which the program runs once it is let go
    stopped: bool = False

    def __post_init__(self) -> None:
        self.events = FaultEvents()
        self._looker = Looker(self._say)
        self._zombies = Zombies(self._say)
        self._tasks: dict[int, TracedTask] = {}
        self.release = Release(self._tasks, self.processors)
        self.program: LaunchedProgram | None = None
        self._others = OtherThreads(self._tasks, self._faulted, self._looker.catch_up)
        self._early: set[int] = set()  # new tasks that stopped before we heard of them
        self._spaces: dict[int, Space] = {}
        self._unseen: set[int] = set()  # processes whose memory may not be looked at
        self.calls = CallWatcher(self._looker, self._zombies, self._spaces)
        self._watching = not self.from_fork
        self._zero: ZeroPage = launch.zero_page()

    def run(self, command: Sequence[str], path: str) -> None:
        """Launch the program and watch it to its end; whatever happens, nothing of it is left."""
        pid, go = launch.waiting(command, path)
        self._tasks[pid], self.program = TracedTask(pid, pid), LaunchedProgram(pid)
        try:
            try:
                ptrace.seize(pid)
                self.events.ring = perf.ring_without_sigtrap(pid)
                os.write(go, b"!")
            finally:
                os.close(go)
            self._wait_for_all()
        finally:
            self.stop()
            self._wait_for_all()
            for space in self._spaces.values():
                space.close()
            self.events.close()

    @property
    def faults(self) -> int:
        return self._looker.faults

    @property
    def method(self) -> str:
        return "ptrace and a perf ring" if self.events.ring else "ptrace and perf sigtrap"

    def stop(self) -> None:
        """End the recording, and all that is recorded with it."""
        self.stopped = True
        for pid in {task.pid for task in self._tasks.values()}:
            if pid > 1:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)

    def _say(self, fact: Observation) -> None:
        if self._watching and not self.stopped and not self.release.reason:
            self.facts.append(fact)

    def _wait_for_all(self) -> None:
        while self._tasks:
            self._wait()

    def _wait(self) -> None:
        try:
            tid, status = self._others.next_stop()
        except ChildProcessError:
            self._tasks.clear()
            return
        task = self._tasks.get(tid)
        if not os.WIFSTOPPED(status):
            self._early.discard(tid)
            if self.program and tid == self.program.pid:
                self.program.status = status
            if task:
                self._forget(task)
                self._gone(task, status)
        elif task is None:
            self._early.add(tid)
        else:
            with suppress(ProcessLookupError):  # killed while it was stopped; the next wait tells of it
                self._stopped(task, Stop.of(status))

    def _stopped(self, task: TracedTask, stop: Stop) -> None:
        """Find out why the task has stopped, and let it go on, whatever we make of it."""
        if self.release.reason:
            self.release.let_go(task, stop, self._early)
            return
        if stop.event == ptrace.EVENT_STOP and stop.signal in ptrace.STOPPING:
            ptrace.listen(task.tid)
            return
        delivered = 0 if stop.event or stop.signal in (signal.SIGTRAP, ptrace.SYSCALL_STOP) else stop.signal
        try:
            delivered = self._seen(task, stop)
        except ProcessLookupError:
            raise
        except Exception as error:  # a run is never lost for what we did not foresee
            self._say(Puzzle(task.pid, 0, stop.name + because(error)))
        ptrace.resume(task.tid, delivered, to_next_call=self._watching)

    def _seen(self, task: TracedTask, stop: Stop) -> int:
        """Say what a stop tells; return the signal that is to be delivered."""
        self._read_ring()
        if stop.signal == ptrace.SYSCALL_STOP:
            call = ptrace.call(task.tid)
            if call and task.space:
                if task.space.faults() != task.space.counted and not self.events.ring:
                    self._others.have_stopped(task)
                self.calls.at_call(task, call, task.space)
        elif stop.event in ptrace.FORKS:
            tid = ptrace.message(task.tid)
            try:
                self._born(task, stop.event, tid)
            finally:
                if tid in self._early:
                    self._early.discard(tid)
                    ptrace.resume(tid, to_next_call=self._watching)
        elif stop.event == ptrace.EVENT_EXEC:
            self._execed(task)
        elif not stop.event:
            return self._signalled(task, stop.signal)
        return 0

    # Signals: page faults above all

    def _signalled(self, task: TracedTask, number: int) -> int:
        """The signal that is to be delivered; none for a page fault."""
        if number not in (signal.SIGTRAP, *_FATAL):
            return number
        code, address = ptrace.signal_info(task.tid)
        if number == signal.SIGTRAP:
            if code != ptrace.TRAP_PERF:
                return number
            if not task.is_told and task.space:
                self._faulted(task.space, address >> 12)
            task.is_told = False
            return 0
        if code > 0 and task.space:
            self._say(Signalled(task.space.pid, ptrace.signal_name(number), address >> 12))
        return number

    def _read_ring(self) -> None:
        """Before Linux 5.13: the faults since the last stop, of whoever took them."""
        for record in self.events.ring.records() if self.events.ring else ():
            task = self._tasks.get(record.tid)
            if record.what == "fault" and task and task.space and self._watching and not self.stopped:
                self._faulted(task.space, record.value >> 12)

    def _faulted(self, space: Space, vpn: int) -> None:
        if self.stopped or self.release.reason:
            return
        line = space.line(vpn)
        if line is None:
            self._looker.reread(space)
            line = space.line(vpn)
        around, major = space.came_along(vpn) if line and line.inode else (NOTHING, False)
        raw = space.page(vpn)
        if line is None or not raw:
            return  # no memory there: a signal follows
        space.counted += 1
        self._looker.faults += 1
        self._say(Faulted(space.pid, vpn, raw, around, major, late=self.events.ring is not None))
        if self.faults >= self.most_faults:
            self.release.begin(FAULTS)

    # Births and deaths

    def _born(self, task: TracedTask, event: int, tid: int) -> None:
        """A thread, or a process with memory of its own or, after vfork, its parent's."""
        pid, task.is_forking = process_of(tid) or tid, False
        forked = event == ptrace.EVENT_FORK or (event == ptrace.EVENT_CLONE and pid != task.pid)
        new = self._tasks[tid] = TracedTask(tid, pid, None if forked else task.space, parent=task.pid)
        if pid != task.pid:
            self._zombies.parents[pid] = task.pid
        if forked and task.space:
            if not self._watching:
                self._begin(task.space)
            new.space = self._spaces[pid] = Space(pid, self._zero)
            self._others.stop(task)
            self._others.before_fork(task, new.space)
            self._looker.reread(task.space)
            since = self._looker.catch_up_with_fork(task.space, new.space, self._others.untold(task))
            new.space.reread_maps()
            self._say(ForkSeen(task.space.pid, pid, new.space.news()))
            if new.space.maps != task.space.maps:
                self._say(Regions(pid, new.space.maps))
            if since:
                self._say(since)
            new.space.counted = new.space.faults()
        if self._watching:
            self._stop_at_faults(new)

    def _begin(self, space: Space) -> None:
        """The first fork, before which nothing was looked at."""
        self._watching = True
        space.forget()
        space.reread_maps()
        self._say(Started(space.pid, program_of(space.pid), is_running=True))
        self._say(Regions(space.pid, space.maps))
        self._say(Noticed(space.pid, space.news()))
        space.counted = space.faults()
        for task in self._tasks.values():
            if task.space is space and task.event is None:
                self._stop_at_faults(task)

    def _execed(self, task: TracedTask) -> None:
        """The task, now the only one of its process, runs another program."""
        for other in [t for t in self._tasks.values() if t.pid == task.pid and t is not task]:
            self._forget(other)
        old, task.space = self._spaces.pop(task.pid, None), None
        if old:
            old.close()
        try:
            task.space = space = self._spaces[task.pid] = Space(task.pid, self._zero)
        except OSError:  # its user may run the program, and not read it
            self._say(Started(task.pid, program_of(task.pid), None if old else task.parent))
            self._unseen.add(task.pid)
            raise
        space.reread_maps()
        first = not self.facts
        self._say(Started(task.pid, program_of(task.pid), None if old or first else task.parent))
        self._say(Regions(task.pid, space.maps))
        self._say(Noticed(task.pid, space.news()))
        space.counted = space.faults()
        space.had_major_fault()
        if self._watching:
            self._stop_at_faults(task)

    def _stop_at_faults(self, task: TracedTask) -> None:
        said = self.events.open(task)
        if said:
            self._say(Puzzle(task.pid, 0, said))
        if self.events.failure:
            self.stop()

    def _gone(self, task: TracedTask, status: int) -> None:
        running = {other.pid for other in self._tasks.values()}
        if task.pid in running:
            return
        self._others.before_end(task)
        space = self._spaces.pop(task.pid, None)
        if space or task.pid in self._unseen:
            code = os.waitstatus_to_exitcode(status)
            said = f"killed by {ptrace.signal_name(-code)}" if code < 0 else f"exited {code}"
            self._say(ProcessEnded(task.pid, said))
        if space:
            space.close()
        waiting = {t.pid for t in self._tasks.values() if t.call and system_calls.waits(t.call)}
        self._zombies.ended(task.pid, running, waiting)

    def _forget(self, task: TracedTask) -> None:
        self._tasks.pop(task.tid, None)
        task.close_event()
