"""Huge pages, merging, pins, swap, threads in any order: the invariants hold, and everybody reads what it must.

What a page must hold is all that is said here; who owns what with whom, ``test_random_operations`` says of the rest.
"""

from __future__ import annotations

import random

import pytest
from memory_lab import RW, Lab, R, leaks, text

from cowviz.memory import access
from cowviz.memory.calls import processes
from cowviz.memory.changes import Changes
from cowviz.memory.events import Refused
from cowviz.memory.machine import Cell, Content
from cowviz.memory.profile import LINUX, TEXTBOOK

BASE, PAGES = 512 * 9 - 4, 520  # 2 MiB, and a few pages on both sides
VALUES = ("a", "b", "c")  # few, so that there is something to merge
ADVICE = ("hugepage", "nohugepage", "mergeable", "pageout", "pageout", "dontneed", "populate_write")

OPERATIONS = (
    ("write",) * 6 + ("advise",) * 5 + ("fork", "fork", "thread", "exit", "pin", "scan", "poke", "reclaim", "protect")
)


class Rarities:
    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        profile = self.chance.choice((LINUX, TEXTBOOK))
        self.lab = Lab(profile, frames=self.chance.choice((1400, 2600)), swap_slots=40)
        self.lab.start()
        self.lab.mmap(1, BASE, PAGES)
        self.lab.advise(1, BASE, PAGES, "hugepage")
        self.holds: dict[int, dict[int, Content]] = {1: {}}

    def run(self, changes: Changes) -> bool:
        """Whether it was done; who died of it has nothing to hold any more."""
        events = self.lab.bulk(changes)
        assert not leaks(self.lab.machine)
        for pid in [pid for pid in self.holds if not self.lab.process(pid).is_alive]:
            del self.holds[pid]
        return not any(isinstance(event, Refused) for event in events)

    def call(self, name: str, *args: object) -> bool:
        return self.run(getattr(processes, name)(self.lab.machine, *args))

    def step(self) -> None:
        chance = self.chance
        pid = chance.choice(list(self.holds))
        start = BASE + chance.choice((chance.randrange(12), chance.randrange(PAGES)))
        pages = min(chance.choice((1, 2, 600)), BASE + PAGES - start)
        getattr(self, f"do_{chance.choice(OPERATIONS)}")(pid, start, pages)

    def do_write(self, pid: int, start: int, pages: int) -> None:
        value, few = self.chance.choice(VALUES), min(pages, 2)
        self.run(access.write(self.lab.machine, pid, start, Cell("", value), few))
        if pid in self.holds:
            self.holds[pid] |= dict.fromkeys(range(start, start + few), text(value))

    def do_advise(self, pid: int, start: int, pages: int) -> None:
        advice = self.chance.choice(ADVICE)
        self.call("madvise", pid, start, pages, advice)
        if advice == "dontneed":
            for vpn in range(start, start + pages):
                self.holds[pid].pop(vpn, None)

    def do_fork(self, pid: int, start: int, pages: int) -> None:
        child = len(self.lab.machine.processes) + 1
        if len(self.holds) < 4 and self.call("fork", pid, child, "child"):
            self.holds[child] = dict(self.holds[pid])

    def do_thread(self, pid: int, start: int, pages: int) -> None:
        child = len(self.lab.machine.processes) + 1
        if len(self.holds) < 4:
            self.call("thread", pid, child, "thread")
            self.holds[child] = self.holds[pid]

    def do_exit(self, pid: int, start: int, pages: int) -> None:
        leaders = {p.pid for p in self.lab.machine.living() if p.thread_of is None}
        if leaders != {pid}:
            self.call("exit", pid)

    def do_pin(self, pid: int, start: int, pages: int) -> None:
        self.call(self.chance.choice(("pin", "pin", "unpin")), pid, start, min(pages, 2))

    def do_scan(self, pid: int, start: int, pages: int) -> None:
        self.call("ksm_scan")

    def do_poke(self, pid: int, start: int, pages: int) -> None:
        if len(self.lab.machine.free) > 1:
            self.call("poke", pid, start, Cell("", "a"))
            self.holds[pid][start] = text("a")

    def do_reclaim(self, pid: int, start: int, pages: int) -> None:
        self.call("reclaim", pid)

    def do_protect(self, pid: int, start: int, pages: int) -> None:
        for prot in (R, RW):
            self.call("mprotect", pid, start, pages, prot)

    def compare(self) -> None:
        machine = self.lab.machine
        for pid, holds in self.holds.items():
            process = machine.process(pid)
            for vpn, pte in process.table.items():
                assert machine.content(pte.pfn) == holds.get(vpn, ()), f"{pid} reads {vpn:#x} wrong"
            for vpn, number in process.swapped.items():
                assert machine.swap.get(number).content == holds.get(vpn, ()), f"{pid} has {vpn:#x} wrong in swap"
            for vpn, content in holds.items():
                assert vpn in process.table or vpn in process.swapped or content == (), f"{pid} lost {vpn:#x}"


@pytest.mark.parametrize("seed", range(12))
def test_everybody_reads_its_own(seed):
    rarities = Rarities(seed)
    for _ in range(40):
        if rarities.holds:
            rarities.step()
            rarities.compare()
