"""Children that have ended, until their parent has waited for them."""

from __future__ import annotations

from collections.abc import Callable, Container
from dataclasses import dataclass, field
from pathlib import Path

from cowviz.record.observations import Observation, Reaped


@dataclass
class Zombies:
    """The processes that have ended and are still in the process table."""

    say: Callable[[Observation], None]
    parents: dict[int, int] = field(default_factory=dict)  # of every process that was born here
    _ended: set[int] = field(default_factory=set)

    def ended(self, pid: int, running: Container[int], waiting: Container[int]) -> None:
        """Take note of a process's end; ``running`` are those that go on, ``waiting`` those in a call that waits.

        Who has no parent left is taken by the system. The child of one that ignores SIGCHLD is gone at once, though
        nobody waits for it.
        """
        self._ended.add(pid)
        parent = self.parents.get(pid, 0)
        orphans = [child for child in self._ended if self.parents.get(child) == pid]
        is_gone = parent not in running or (parent not in waiting and not _exists(pid))
        for child in [*orphans, pid] if is_gone else orphans:
            self._gone(child, None)

    def waited(self, parent: int, result: int) -> None:
        """Take note of a process that comes back from a call that waits: whom it waited for is no zombie any more.

        Which call it was, and what it asked for (WNOHANG, WNOWAIT, a stopped child), is not looked at.
        """
        for child in [child for child in self._ended if self.parents.get(child) == parent or child == result]:
            if not _exists(child):
                self._gone(child, parent if result >= 0 else None)  # ECHILD: SIGCHLD is ignored

    def _gone(self, child: int, parent: int | None) -> None:
        self._ended.discard(child)
        self.say(Reaped(child, parent))


def _exists(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()
