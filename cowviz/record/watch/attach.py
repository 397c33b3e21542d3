"""Watches a process that runs already, and touches it in no way: if we die it does not notice.

Faults come through a ring buffer that the kernel fills; where perf is not allowed, pagemap alone is looked at again and
again. Either way a page is looked at some time after its fault.
"""

from __future__ import annotations

import os
import time
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path

from cowviz.errors import CowvizError, MissingTool
from cowviz.linux.pagemap import FILE, MAPPED_ONCE, PRESENT
from cowviz.linux.perf import Record, Ring
from cowviz.record.observations import (
    Faulted,
    ForkSeen,
    Noticed,
    Observation,
    PagemapEntries,
    ProcessEnded,
    Regions,
    Started,
)
from cowviz.record.watch import launch
from cowviz.record.watch.watched_space import Space, program_of

EVERY = 0.005  # seconds between two looks


@dataclass
class Watcher:
    """Looks at a process and its children until it ends, time is up, or ``stop``."""

    most_faults: int
    seconds: float | None = None
    facts: list[Observation] = field(default_factory=list)
    faults: int = 0
    is_time_up: bool = False
    lost: int = 0  # records for which the ring had no room
    method: str = ""

    def __post_init__(self) -> None:
        self._zero = launch.zero_page()
        self._spaces: dict[int, Space] = {}
        self._gone: set[int] = set()  # children that had ended when we heard of them
        self._rings: list[Ring] = []
        self._stopped = False

    def stop(self) -> None:
        self._stopped = True

    def run(self, pid: int) -> None:
        """Watch the process. Raises MissingTool where its memory may not be looked at, CowvizError for no process."""
        try:
            space = Space(pid, self._zero)
        except FileNotFoundError:
            raise CowvizError(f"no process {pid}") from None
        except PermissionError:
            raise MissingTool(f"you may not watch process {pid}: record as its user, or as root") from None
        with ExitStack() as open_ones:
            open_ones.callback(self._close)
            self._open_rings(pid, open_ones)
            self._spaces[pid] = space
            self._begin(space, program_of(pid), is_running=True)
            self._watch()

    def _watch(self) -> None:
        end = time.monotonic() + self.seconds if self.seconds else None
        while self._spaces and not self._stopped and (end is None or time.monotonic() < end):
            time.sleep(EVERY)
            self._look()
        self.is_time_up = bool(self._spaces) and not self._stopped

    def _close(self) -> None:
        for space in self._spaces.values():
            space.close()

    def _open_rings(self, pid: int, open_ones: ExitStack) -> None:
        """One a thread and processor, as the kernel wants it for events that are inherited."""
        try:
            for tid in [int(name) for name in os.listdir(f"/proc/{pid}/task")]:  # noqa: PTH208
                for cpu in sorted(os.sched_getaffinity(0)):
                    ring = Ring(tid, cpu)
                    open_ones.callback(ring.close)
                    self._rings.append(ring)
        except OSError:
            self._rings = []
        self.method = "a passive perf ring" if self._rings else "pagemap snapshots"

    def _begin(self, space: Space, program: str, is_running: bool = False) -> None:
        self.facts.append(Started(space.pid, program, is_running=is_running))
        space.reread_maps()
        self.facts.append(Regions(space.pid, space.maps))
        self.facts.append(Noticed(space.pid, space.news(), is_first=is_running))
        space.counted = space.faults()

    def _look(self) -> None:
        records = sorted((r for ring in self._rings for r in ring.records()), key=lambda record: record.time)
        for record in records:
            self._take(record)
        for space in list(self._spaces.values()):
            if not self._rings:
                self._compare(space)
            if not _is_running(space.pid) and (not self._rings or not records):
                self._ended(space.pid)
        if self.faults >= self.most_faults:
            self._stopped = True

    def _take(self, record: Record) -> None:
        space = self._spaces.get(record.pid)
        match record.what:
            case "fault" if space:
                self._fault(space, record.value >> 12)
            case "fault" if record.pid in self._gone:  # it ended before we could look
                self.faults += 1
                self.facts.append(Faulted(record.pid, record.value >> 12, PRESENT | MAPPED_ONCE, late=True))
            case "fork" if record.pid != record.value and record.value in self._spaces:
                self._forked(self._spaces[record.value], record.pid)
            case "exec" if space:
                self._execed(record.pid)
            case "exit" if record.pid == record.tid:
                self._ended(record.pid)
            case "lost":
                self.lost += record.value

    def _execed(self, pid: int) -> None:
        self._spaces.pop(pid).close()
        with suppress(OSError):  # it has ended already
            self._spaces[pid] = Space(pid, self._zero)
            self._begin(self._spaces[pid], program_of(pid))

    def _fault(self, space: Space, vpn: int) -> None:
        if space.line(vpn) is None:
            self._reread(space)
        line = space.line(vpn)
        around = tuple([e for e in space.around(vpn) if e[0] != vpn]) if line and line.inode else ()
        raw = space.page(vpn) or PRESENT  # given back since
        if line:
            self.faults += 1
            self.facts.append(Faulted(space.pid, vpn, raw, around, late=True))

    def _reread(self, space: Space) -> None:
        if space.reread_maps():
            self.facts.append(Regions(space.pid, space.maps))

    def _compare(self, space: Space) -> None:
        """Without a ring: what is new since the last look, and how many faults were counted meanwhile."""
        for child in _children(space.pid):
            if child not in self._spaces:
                self._forked(space, child)
        self._reread(space)
        counted, entries = space.faults(), space.news()
        if entries:
            self.facts.append(Noticed(space.pid, entries, counted - space.counted))
        self.faults += max(counted - space.counted, 0)
        space.counted = counted

    def _forked(self, parent: Space, child: int) -> None:
        entries: PagemapEntries = ()
        try:
            space = Space(child, self._zero)
        except OSError:  # it has ended already
            entries = tuple([(vpn, raw) for vpn, raw in parent.known() if raw & PRESENT and not raw & FILE])
            self.facts.append(ForkSeen(parent.pid, child, entries, late=True))
            self._gone.add(child)
            return
        self._spaces[child] = space
        space.reread_maps()
        self.facts.append(ForkSeen(parent.pid, child, space.news(), late=True))
        space.counted = space.faults()

    def _ended(self, pid: int) -> None:
        space = self._spaces.pop(pid, None)
        if space:
            space.close()
        if space or pid in self._gone:
            self._gone.discard(pid)
            self.facts.append(ProcessEnded(pid, "exited"))


def _children(pid: int) -> list[int]:
    try:
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def _is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False
