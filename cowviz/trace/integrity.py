"""Whether a machine refers only to what it has; whether it is a true one, ``invariants`` tells.

Followed from snapshot to snapshot by what is different: a table is read once, however many snapshots have it.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import compress
from operator import ne
from typing import Any

from cowviz.memory.machine import ZERO_PFN, FreeList, Machine, Process
from cowviz.memory.profile import TEXTBOOK
from cowviz.memory.tables.frame_table import ONE
from cowviz.memory.tables.levels import BITS, FANOUT, KEYS, MASK
from cowviz.memory.tables.page_table import PageTable
from cowviz.memory.tables.pte import SHIFT
from cowviz.memory.tables.radix import Radix
from cowviz.trace.json_encode import MalformedError, short, within

_NOTHING: Radix[Any] = Radix()
_NO_TABLE = PageTable()


@dataclass(slots=True)
class References:
    """How many entries of page tables, and how many of the page cache, name each frame of a machine."""

    machine: Machine = field(default_factory=lambda: Machine(TEXTBOOK, FreeList(())))
    mapped: Counts = field(default_factory=lambda: Counts())
    cached: Counts = field(default_factory=lambda: Counts())
    swapped: Counter[int] = field(default_factory=Counter)  # entries of page tables that name each swap slot

    def follow(self, machine: Machine) -> None:
        """Go on to the next machine; MalformedError where it refers to what is not there."""
        before, self.machine = self.machine, machine
        kin = False  # whether who shares whose memory is another matter than before
        for pid, was, process in _changes(before.processes, machine.processes):
            with within(f"process {pid}"):
                self._entries(was.table if was else _NO_TABLE, process.table if process else _NO_TABLE)
                self._slots(was.swapped if was else _NOTHING, process.swapped if process else _NOTHING)
                if process and not (was and was.vmas is process.vmas and was.pid == process.pid):
                    _check(process, pid)
                    _check_shown(machine, process)
                kin = kin or not (was and process and was.mm == process.mm and was.thread_of == process.thread_of)
        if kin:
            _check_kin(machine)
        if before.files is not machine.files:
            _check_files(machine)
        for name, pages, pages_now in _changes(before.cache, machine.cache):
            with within(f"page cache of {short(name)}"):
                if pages_now is not None and name not in machine.files:
                    raise MalformedError("there is no such file")
                self._cached(pages or _NOTHING, pages_now or _NOTHING)
        self._frames(before)
        self._swap(before)
        if not 0 <= machine.free.used <= len(machine.free.order):
            raise MalformedError("more frames handed out than there are")

    def _frames(self, before: Machine) -> None:
        """Look at the frames that changed."""
        machine, frames = self.machine, self.machine.frames
        for number, was, now in before.frames.words.other_leaves(frames.words):
            if min(now) >= ONE:
                continue  # all in use and mapped, as most of a large memory
            for i in compress(range(FANOUT), map(ne, was, now)):
                pfn, word = number << BITS | i, now[i]
                if not word and (self.mapped.of(pfn) > 0 or self.cached.of(pfn) > 0):
                    raise MalformedError(f"frame {pfn} goes out of use, and is mapped or cached")
                if 0 < word < ONE and self.mapped.of(pfn) > 0:
                    raise MalformedError(f"frame {pfn} is mapped, and its map count is 0")
        for pfn, _, extra in before.frames.extras.differences(frames.extras):
            if extra is not None and extra.tag.slot is not None and extra.tag.slot not in machine.swap:
                raise MalformedError(f"frame {pfn} is also in swap slot {extra.tag.slot}, which is not in use")

    def _swap(self, before: Machine) -> None:
        """Look at the swap slots that changed."""
        for number, _, slot in before.swap.differences(self.machine.swap):
            if slot is None and self.swapped[number] > 0:
                raise MalformedError(f"swap slot {number} goes out of use, and a page is in it")
            if slot is not None and slot.pfn is not None and self.machine.frames.get(slot.pfn) is None:
                raise MalformedError(f"swap slot {number} is also in frame {slot.pfn}, which is not in use")

    def _slots(self, old: Radix[int], new: Radix[int]) -> None:
        """Count the swap slots that one table names."""
        for _, was, now in old.differences(new):
            if was is not None:
                self.swapped[was] -= 1
            if now is not None:
                self.swapped[now] += 1
                if self.machine.swap.get(now) is None:
                    raise MalformedError(f"a page is in swap slot {now}, which is not in use")

    def _entries(self, old: PageTable, new: PageTable) -> None:
        """Count what one page table names."""
        read = self.machine.frames.words.reader()
        for _, was, now in old.words.other_leaves(new.words):
            for before, after in compress(zip(was, now, strict=True), map(ne, was, now)):
                if before >> SHIFT == after >> SHIFT:
                    continue  # the same frame, or none, with other rights
                if before >> SHIFT:
                    self.mapped.add((before >> SHIFT) - 1, -1)
                if after >> SHIFT:
                    pfn = (after >> SHIFT) - 1
                    self.mapped.add(pfn, 1)
                    if (frame := read(pfn)) < ONE:
                        raise MalformedError(
                            f"frame {pfn} is mapped, and its map count is 0"
                            if frame
                            else f"a page maps frame {pfn}, which is not in use"
                        )

    def _cached(self, old: Radix[int], new: Radix[int]) -> None:
        """Count what one file's pages name in the page cache."""
        for _, was, now in old.differences(new):
            if was is not None:
                self.cached.add(was, -1)
            if now is not None:
                self.cached.add(now, 1)
                if now != ZERO_PFN and now not in self.machine.frames:
                    raise MalformedError(f"a page maps frame {now}, which is not in use")


class Counts:
    """How often each of many numbers was named: 8 bytes for each."""

    def __init__(self) -> None:
        self._leaves: dict[int, array[int]] = {}

    def of(self, number: int) -> int:
        """Return how often a number was named."""
        leaf = self._leaves.get(number >> BITS)
        return leaf[number & MASK] if leaf else 0

    def add(self, number: int, times: int) -> None:
        """Count a number so many times more."""
        leaf = self._leaves.get(number >> BITS)
        if leaf is None:
            leaf = self._leaves[number >> BITS] = array("q", bytes(8 * FANOUT))
        leaf[number & MASK] += times


def _changes(before: Mapping[Any, Any], now: Mapping[Any, Any]) -> Iterator[tuple[Any, Any, Any]]:
    """The keys whose value is not the one before, with both, or None."""
    if before is not now:
        for key in {**before, **now}:
            if before.get(key) is not now.get(key):
                yield key, before.get(key), now.get(key)


def _check(process: Process, pid: int) -> None:
    """Refuse one whose number is another one's, or whose regions are no regions."""
    if process.pid != pid:
        raise MalformedError(f"it calls itself {process.pid}")
    end = 0
    for vma in process.vmas:
        if not end <= vma.start < vma.end <= KEYS:
            raise MalformedError(f"region {short(vma.name)} has no pages, or lies over another")
        end = vma.end


def _check_kin(machine: Machine) -> None:
    """Refuse a process that shares the memory of one that has none of its own."""
    for pid, process in machine.processes.items():
        if process.mm is not None:
            owner = machine.processes.get(process.mm)
            if owner is None or owner.mm is not None:
                raise MalformedError(f"process {pid} shares process {process.mm}'s memory, which has none of its own")
        if process.thread_of is not None and process.thread_of not in machine.processes:
            raise MalformedError(f"process {pid} is a thread of process {process.thread_of}, which is not there")


def _check_files(machine: Machine) -> None:
    """Refuse a region of a file that is not there, and a file under another name."""
    for name, file in machine.files.items():
        if file.name != name:
            raise MalformedError(f"file {short(name)} calls itself {short(file.name)}")
    for name in machine.cache:
        if name not in machine.files:
            raise MalformedError(f"page cache of {short(name)}: there is no such file")
    for process in machine.processes.values():
        _check_shown(machine, process)


def _check_shown(machine: Machine, process: Process) -> None:
    """Refuse a region of a file that is not there."""
    for vma in process.vmas:
        if vma.file is not None and vma.file not in machine.files:
            raise MalformedError(f"region {short(vma.name)} of process {process.pid} shows no file: {short(vma.file)}")
