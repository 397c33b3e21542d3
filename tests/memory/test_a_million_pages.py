"""The simulator is itself copy-on-write: at a million pages too, what did not change is shared."""

from __future__ import annotations

import pytest

from cowviz.memory import access
from cowviz.memory.calls import processes
from cowviz.memory.calls.processes import SECTION_BASE, ProgramRegion
from cowviz.memory.machine import Cell, Prot, Section, boot
from cowviz.memory.profile import LINUX
from cowviz.memory.tables.levels import FANOUT, leaf_of

PAGES = 1 << 20
HEAP = SECTION_BASE[Section.HEAP]


def last(changes):
    machine = None
    for change in changes:
        machine = change.machine
    return machine


def other_leaves(old, new):
    """The numbers of the leaves that two tables do not share."""
    return [
        n for n in range((HEAP + PAGES) // FANOUT) if leaf_of(old.words._root, n) is not leaf_of(new.words._root, n)
    ]


@pytest.mark.slow
def test_fork_shares_every_leaf_and_a_write_copies_one():
    heap = ProgramRegion(HEAP, ((Cell("", "data"),),) * PAGES, Prot.parse("rw"), Section.HEAP, "heap")
    machine = last(processes.start(boot(LINUX, PAGES + 1), 1, "redis", [heap]))
    forked = last(processes.fork(machine, 1, 2, "bgsave"))
    parent = forked.process(1).table
    assert forked.process(2).table is parent
    vpn = HEAP + PAGES // 2
    written = last(access.write(forked, 1, vpn, Cell("", "new")))
    assert written.process(2).table is parent
    assert written.used_frames == PAGES + 1
    assert other_leaves(parent, written.process(1).table) == [vpn // FANOUT]
    assert other_leaves(forked.frames, written.frames) == [PAGES // 2 // FANOUT, PAGES // FANOUT]
    assert [key for key, _, _ in parent.differences(written.process(1).table)] == [vpn]
