"""Runs a program and stops it after each of its page faults, by ptrace and perf's sigtrap.

Each fault stops its task with SIGTRAP, si_code TRAP_PERF, once the kernel has handled it; the page is looked at, the
signal is swallowed. System calls stop it too: there regions change, and there the kernel itself touches pages.
"""

from __future__ import annotations

import errno
import os
import signal
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from cowviz.linux import perf, ptrace
from cowviz.linux.ptrace import Call, Stop
from cowviz.record import launch, system_calls
from cowviz.record.observations import (
    Ended,
    Entries,
    Fact,
    Faulted,
    Forked,
    Hinted,
    Mapped,
    Marked,
    Moved,
    Noticed,
    Regions,
    Signalled,
    Started,
)
from cowviz.record.watched_space import Space, ZeroPage, process_of, program_of

_NO_ENTRIES: Entries = ()
_FATAL = (signal.SIGSEGV, signal.SIGBUS)


@dataclass(slots=True)
class _Task:
    """A thread under watch."""

    tid: int
    pid: int  # of its process
    space: Space | None = None  # what it runs in; that of its parent after vfork
    event: int | None = None  # file descriptor of its perf event
    call: Call | None = None  # the system call that it is in
    parent: int | None = None


@dataclass
class Tracer:
    """Watches a program and all that it starts; ``facts`` grows until the last task has ended, or ``stop``."""

    from_fork: bool = False  # look at nothing before the first fork
    most_faults: int = 1 << 20
    facts: list[Fact] = field(default_factory=list)
    faults: int = 0
    stopped: bool = False
    failure: OSError | None = None  # perf_event_open's, at the first exec

    def __post_init__(self) -> None:
        self._tasks: dict[int, _Task] = {}
        self._early: set[int] = set()  # new tasks that stopped before we heard of them
        self._spaces: dict[int, Space] = {}
        self._watching = not self.from_fork
        self._ring: perf.Ring | None = None  # where there is no sigtrap
        self._zero: ZeroPage = launch.zero_page()

    def run(self, command: Sequence[str], path: str) -> None:
        """Launch the program and watch it to its end; whatever happens, nothing of it is left."""
        pid, go = launch.waiting(command, path)
        self._tasks[pid] = _Task(pid, pid)
        try:
            try:
                ptrace.seize(pid)
                self._ring = _ring_for_want_of_sigtrap(pid)
                os.write(go, b"!")
            finally:
                os.close(go)
            while self._tasks:
                self._wait()
        finally:
            self.stop()
            while self._tasks:
                self._wait()
            for space in self._spaces.values():
                space.close()
            if self._ring:
                self._ring.close()

    @property
    def method(self) -> str:
        return "ptrace and a perf ring" if self._ring else "ptrace and perf sigtrap"

    def stop(self) -> None:
        """End the recording, and all that is recorded with it."""
        self.stopped = True
        for pid in {task.pid for task in self._tasks.values()}:
            if pid > 1:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)

    def _say(self, fact: Fact) -> None:
        if self._watching and not self.stopped:
            self.facts.append(fact)

    def _wait(self) -> None:
        try:
            tid, status = os.waitpid(-1, ptrace.WALL)
        except ChildProcessError:
            self._tasks.clear()
            return
        task = self._tasks.get(tid)
        if not os.WIFSTOPPED(status):
            self._early.discard(tid)
            if task:
                self._gone(task, status)
        elif task is None:
            self._early.add(tid)
        else:
            with suppress(ProcessLookupError):  # killed while it was stopped; the next wait tells of it
                self._stopped(task, Stop.of(status))

    def _stopped(self, task: _Task, stop: Stop) -> None:
        """Find out why the task has stopped, and let it go on."""
        delivered = 0
        self._read_ring()
        if stop.event == ptrace.EVENT_STOP and stop.signal in ptrace.STOPPING:
            ptrace.listen(task.tid)
            return
        if stop.signal == ptrace.SYSCALL_STOP:
            self._at_call(task)
        elif stop.event in (ptrace.EVENT_FORK, ptrace.EVENT_VFORK, ptrace.EVENT_CLONE):
            self._born(task, stop.event, ptrace.message(task.tid))
        elif stop.event == ptrace.EVENT_EXEC:
            self._execed(task)
        elif not stop.event:
            delivered = self._signalled(task, stop.signal)
        ptrace.resume(task.tid, delivered, to_next_call=self._watching)

    # Signals: page faults above all

    def _signalled(self, task: _Task, number: int) -> int:
        """The signal that is to be delivered; none for a page fault."""
        if number not in (signal.SIGTRAP, *_FATAL):
            return number
        code, address = ptrace.signal_info(task.tid)
        if number == signal.SIGTRAP:
            if code != ptrace.TRAP_PERF:
                return number
            if not self.stopped and task.space:
                self._faulted(task.space, address >> 12)
            return 0
        if code > 0 and task.space:
            self._say(Signalled(task.space.pid, signal.Signals(number).name, address >> 12))
        return number

    def _read_ring(self) -> None:
        """Before Linux 5.13: the faults since the last stop, of whoever took them."""
        for record in self._ring.records() if self._ring else ():
            task = self._tasks.get(record.tid)
            if record.what == "fault" and task and task.space and self._watching and not self.stopped:
                self._faulted(task.space, record.value >> 12)

    def _faulted(self, space: Space, vpn: int) -> None:
        line = space.line(vpn)
        if line is None:
            self._reread(space)
            line = space.line(vpn)
        major, around = False, _NO_ENTRIES
        if line and line.inode:
            around = tuple([entry for entry in space.around(vpn) if entry[0] != vpn])
            major = space.had_major_fault()
        raw = space.page(vpn)
        if line is None or not raw:
            return  # no memory there: a signal follows
        space.counted += 1
        self.faults += 1
        self._say(Faulted(space.pid, vpn, raw, around, major, late=self._ring is not None))
        if self.faults >= self.most_faults:
            self.stop()

    # System calls

    def _at_call(self, task: _Task) -> None:
        call, space = ptrace.call(task.tid), task.space
        if call is None or space is None:
            return
        if call.result is None:
            task.call = call
            self._catch_up(space)
            text = system_calls.mark(task.tid, call)
            if text is not None:
                self._say(Marked(space.pid, text))
            return
        begun, task.call = task.call, None
        name = system_calls.NAMES.get(begun.number) if begun else None
        if begun and name == "mremap" and 0 < call.result != begun.arguments[0]:
            old, pages = begun.arguments[0] >> 12, begun.arguments[1] >> 12
            self._say(Moved(space.pid, old, call.result >> 12, pages))
        if begun and name == "mmap" and begun.arguments[3] & system_calls.MAP_ANONYMOUS and call.result > 0:
            self._say(Mapped(space.pid, call.result >> 12, -(-begun.arguments[1] >> 12)))
        if name in system_calls.REGIONS or not system_calls.NAMES:
            self._reread(space)
        advice = system_calls.hint(begun) if begun and call.result == 0 else None
        if begun and advice:
            self._say(Hinted(space.pid, begun.arguments[0] >> 12, -(-begun.arguments[1] >> 12), advice))
            space.may_merge |= advice == "mergeable"
        if begun and (system_calls.changes_pages(begun) or space.may_merge):
            self._notice(space)
        self._catch_up(space)

    def _reread(self, space: Space) -> None:
        """Tell of regions that are others now, and of the pages that went with them."""
        if space.reread_maps():
            self._say(Regions(space.pid, space.maps))

    def _catch_up(self, space: Space) -> None:
        """Look through the pages where more faults were counted than have stopped the process."""
        counted = space.faults()
        if counted != space.counted:
            unseen, space.counted = max(counted - space.counted, 0), counted
            self._notice(space, unseen)
            self.faults += unseen

    def _notice(self, space: Space, faults: int = 0) -> None:
        entries = space.news()
        if entries:
            self._say(Noticed(space.pid, entries, faults))

    # Births and deaths

    def _born(self, task: _Task, event: int, tid: int) -> None:
        """A thread, or a process with memory of its own or, after vfork, its parent's."""
        pid = process_of(tid) or tid
        new = self._tasks[tid] = _Task(tid, pid, task.space, parent=task.pid)
        forked = event == ptrace.EVENT_FORK or (event == ptrace.EVENT_CLONE and pid != task.pid)
        if forked and task.space:
            if not self._watching:
                self._begin(task.space)
            self._catch_up(task.space)
            new.space = self._spaces[pid] = Space(pid, self._zero)
            new.space.reread_maps()
            self._say(Forked(task.space.pid, pid, new.space.news()))
            new.space.counted = new.space.faults()
        if self._watching:
            self._stop_at_faults(new)
        if tid in self._early:
            self._early.discard(tid)
            ptrace.resume(tid, to_next_call=self._watching)

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

    def _execed(self, task: _Task) -> None:
        """The task, now the only one of its process, runs another program."""
        for other in [t for t in self._tasks.values() if t.pid == task.pid and t is not task]:
            self._forget(other)
        old = self._spaces.get(task.pid)
        task.space = space = self._spaces[task.pid] = Space(task.pid, self._zero)
        if old:
            old.close()
        space.reread_maps()
        first = not self.facts
        self._say(Started(task.pid, program_of(task.pid), None if old or first else task.parent))
        self._say(Regions(task.pid, space.maps))
        self._say(Noticed(task.pid, space.news()))
        space.counted = space.faults()
        space.had_major_fault()
        if self._watching:
            self._stop_at_faults(task)

    def _stop_at_faults(self, task: _Task) -> None:
        if task.event is not None:
            os.close(task.event)
            task.event = None
        if self._ring:
            return
        try:
            task.event = perf.stop_at_faults(task.tid)
        except ProcessLookupError:
            pass
        except OSError as error:
            self.failure = error
            self.stop()

    def _gone(self, task: _Task, status: int) -> None:
        self._forget(task)
        if any(other.pid == task.pid for other in self._tasks.values()):
            return
        space = self._spaces.pop(task.pid, None)
        if space:
            code = os.waitstatus_to_exitcode(status)
            self._say(Ended(task.pid, f"killed by {signal.Signals(-code).name}" if code < 0 else f"exited {code}"))
            space.close()

    def _forget(self, task: _Task) -> None:
        self._tasks.pop(task.tid, None)
        if task.event is not None:
            os.close(task.event)


def _ring_for_want_of_sigtrap(pid: int) -> perf.Ring | None:
    """A ring of the process's faults and of all that it starts, where perf cannot stop it at each (before 5.13)."""
    try:
        os.close(perf.stop_at_faults(pid))
    except OSError as error:
        if error.errno == errno.EINVAL:
            return perf.Ring(pid, min(os.sched_getaffinity(0)))
    return None
