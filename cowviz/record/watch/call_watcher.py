"""Watches the system calls of a traced program: there regions change, and the kernel itself touches pages."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from cowviz.linux.pagemap import PAGE
from cowviz.linux.ptrace import Call
from cowviz.record.observations import FileCut, Hinted, Marked
from cowviz.record.watch import system_calls
from cowviz.record.watch.looker import Looker
from cowviz.record.watch.traced_task import TracedTask
from cowviz.record.watch.watched_space import Space
from cowviz.record.watch.zombies import Zombies


@dataclass
class CallWatcher:
    """Says what system calls did, at their beginning and at their end."""

    looker: Looker
    zombies: Zombies
    spaces: Mapping[int, Space]
    calls_ptrace: bool = False  # in vain: a traced task has its tracer

    def at_call(self, task: TracedTask, call: Call, space: Space) -> None:
        """Say what a task does that is stopped where a call begins or ends."""
        if call.result is None:
            task.call, task.is_forking = call, system_calls.forks(call)
            self.looker.catch_up(space)
            text = system_calls.mark(task.tid, call)
            if text is not None:
                self.looker.say(Marked(space.pid, text))
            return
        begun, task.call, task.is_forking = task.call, None, False
        if begun is not None:
            self._done(task, space, begun, call.result)
        elif not system_calls.NAMES:
            self.looker.reread(space)
        self.looker.catch_up(space)

    def _done(self, task: TracedTask, space: Space, begun: Call, result: int) -> None:
        """A call has returned: tell what it did to regions, and look at the pages where it changed some."""
        for observation in system_calls.memory_made(begun, result, space.pid):
            self.looker.say(observation)
        if system_calls.changes_regions(begun):
            self.looker.reread(space, is_new=system_calls.replaces_regions(begun, result))
        self.calls_ptrace |= result < 0 and system_calls.NAMES.get(begun.number) == "ptrace"
        if system_calls.waits(begun):
            self.zombies.waited(task.pid, result)
        if (file := system_calls.file_changed(task.tid, begun, result)) is not None:
            self._file_changed(space.pid, file)
        if result == 0 and (advice := system_calls.hint(begun)):
            self.looker.say(Hinted(space.pid, begun.arguments[0] >> 12, -(-begun.arguments[1] >> 12), advice))
            space.may_merge |= advice == "mergeable"
        if system_calls.changes_pages(begun) or space.may_merge:
            self.looker.notice(space)

    def _file_changed(self, pid: int, file: os.stat_result) -> None:
        """Pages of a file may be gone, from every process that maps it."""
        mapping = [one for one in self.spaces.values() if any(line.inode == file.st_ino for line in one.maps)]
        if mapping:
            self.looker.say(FileCut(pid, file.st_ino, -(-file.st_size // PAGE)))
        for space in mapping:
            self.looker.notice(space)
