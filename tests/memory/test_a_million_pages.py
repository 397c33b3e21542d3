"""The simulator is itself copy-on-write: at a million pages too, what did not change is shared."""

from __future__ import annotations

import pytest

from cowviz.memory import access, syscalls
from cowviz.memory.machine import Cell, Prot, Section, boot
from cowviz.memory.page_table import FANOUT
from cowviz.memory.profile import LINUX
from cowviz.memory.syscalls import SECTION_BASE, Region

PAGES = 1 << 20
HEAP = SECTION_BASE[Section.HEAP]


def last(changes):
    machine = None
    for change in changes:
        machine = change.machine
    return machine


@pytest.mark.slow
def test_fork_shares_every_leaf_and_a_write_copies_one():
    heap = Region(HEAP, ((Cell("", "data"),),) * PAGES, Prot.parse("rw"), Section.HEAP, "heap")
    machine = last(syscalls.start(boot(LINUX, PAGES + 1), 1, "redis", [heap]))
    forked = last(syscalls.fork(machine, 1, 2, "bgsave"))
    parent = forked.process(1).table
    assert forked.process(2).table is parent
    vpn = HEAP + PAGES // 2
    written = last(access.write(forked, 1, vpn, Cell("", "new")))
    assert written.process(2).table is parent
    assert written.used_frames == PAGES + 1
    changed = [
        at for at in range(HEAP, HEAP + PAGES, FANOUT) if written.process(1).table.leaf(at) is not parent.leaf(at)
    ]
    assert changed == [vpn // FANOUT * FANOUT]
    assert sum(written.frames.leaf(at) is not forked.frames.leaf(at) for at in range(0, PAGES, FANOUT)) == 1
