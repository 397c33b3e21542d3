"""Whatever a machine can be in, a trace can tell, and read back to the same."""

from __future__ import annotations

import json

from memory_lab import HEAP, Lab

from cowviz.memory.invariants import violations
from cowviz.memory.machine import Machine
from cowviz.trace.json_delta import Budget, changed, difference


def machines() -> list[Machine]:
    """A machine on its way through swap, merging, pins, huge pages, threads and limits."""
    lab = Lab(frames=1200, swap_slots=8, heuristic=True)
    lab.start("same", "same", "a", "b", "c")
    found = [lab.machine]
    for call, *args in (
        ("madvise", 1, HEAP, 2, "mergeable"),
        ("ksm_scan",),
        ("madvise", 1, HEAP + 2, 2, "pageout"),
        ("pin", 1, HEAP + 4, 1),
        ("thread", 1, 2, "thread"),
        ("vfork", 2, 3, "child"),
        ("setrlimit", 3, 5000),
        ("exit", 3),
        ("fork", 1, 4, "other"),
        ("madvise", 1, HEAP, 2, "hugepage"),
        ("reclaim", 4),
        ("exit", 1),
    ):
        lab.call(call, *args)
        found.append(lab.machine)
    lab.mmap(4, 512 * 9, 512)
    lab.advise(4, 512 * 9, 512, "hugepage")
    lab.write(4, 512 * 9 + 1)
    lab.fork(4, 5)
    return [*found, lab.machine]


def test_machines_are_read_back_as_they_were():
    told = read = None
    for machine in machines():
        change = json.loads(json.dumps(difference(told, machine, Budget(1 << 20))))
        told, read = machine, changed(Machine, read, change, Budget(1 << 20))
        assert read == machine
        assert not violations(read)
