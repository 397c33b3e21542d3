"""The simulator does what a real kernel did: the facts of ``kernel_facts.txt``, with profile LINUX."""

from __future__ import annotations

from pathlib import Path

import pytest
from memory_lab import Lab, renumbered, signals

from cowviz.memory import access
from cowviz.memory.calls import processes
from cowviz.memory.machine import Cell, File, Prot

TEXT = (Path(__file__).parent / "kernel_facts.txt").read_text(encoding="utf-8")
FACTS = [block.strip().split("\n") for block in TEXT.split("\n\n") if not block.startswith("#")]
BASE = {"A": 0x100000, "B": 0x101000}  # aligned, so that fault-around's window begins with the region


class Run(Lab):
    """Does the steps of one fact."""

    def __init__(self) -> None:
        super().__init__()
        self.pids = {"P0": self.start()}

    def step(self, line: str) -> str:
        """The faults of one operation, or its signal."""
        who, verb, *words = line.split()
        before = self.all_faults()
        events = self.run(getattr(self, f"call_{verb}", self.call_range(verb))(self.pids[who], *words))
        sent = signals(events)
        return sent[0].removeprefix("SIG") if sent else str(self.all_faults() - before)

    def all_faults(self) -> int:
        return sum(process.counters.faults for process in self.machine.processes.values())

    def call_mmap(self, pid, region, pages, kind, prot, populate=""):
        file, _, shared = kind.partition("-")
        if file != "anon" and file not in self.machine.files:
            ext4 = file == "ext4"
            new = File(file, ((),) * int(pages), on_disk=ext4, write_notify=ext4)
            self.machine = processes.add_file(self.machine, new, cached=ext4)
        more = {"shared": shared == "shared", "populate": bool(populate)}
        name = None if file == "anon" else file
        return processes.mmap(self.machine, pid, BASE[region], int(pages), Prot.parse(prot), region, file=name, **more)

    def call_fork(self, pid, child):
        self.pids[child] = len(self.pids) + 1
        return processes.fork(self.machine, pid, self.pids[child], child)

    def call_exit(self, pid):
        return processes.exit(self.machine, pid)

    def call_ftruncate(self, pid, file, pages):
        return processes.ftruncate(self.machine, pid, file, int(pages))

    def call_range(self, verb):
        """An operation on pages of a region: ``A 0+2``, and what else it needs."""

        def call(pid, region, span, *more):
            first, _, pages = span.partition("+")
            start, pages = BASE[region] + int(first), int(pages or 1)
            if verb == "read":
                return access.read(self.machine, pid, start, pages)
            if verb in ("write", "kernel_write"):  # the simulator knows no difference
                return access.write(self.machine, pid, start, Cell("", "w"), pages)
            last = [Prot.parse(word) if verb == "mprotect" else BASE.get(word, word) for word in more]
            return getattr(processes, verb)(self.machine, pid, start, pages, *last)

        return call


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact[0].replace(" ", "-"))
def test_kernel_fact(fact):
    run, want, have = Run(), "", ""
    for line in fact[1:]:
        if " = " in line:
            step, _, faults = line.partition(" = ")
            assert run.step(step) == faults, line
        else:
            where, _, cells = line.partition(": ")
            who, _, region = where.strip().partition(".")
            want += f"{cells}\n"
            have += run.cells(run.pids[who], BASE[region], len(cells.split())) + "\n"
    assert renumbered(have) == renumbered(want)
