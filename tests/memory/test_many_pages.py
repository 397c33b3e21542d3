"""Many pages at once give the machine, and the events, that they give one by one."""

from __future__ import annotations

import random

import pytest
from memory_lab import HEAP, RW, Lab, R, problems
from sample import first

from cowviz.memory import access, many_pages
from cowviz.memory.bulk_access import BulkAccess, Numbers, all_detailed
from cowviz.memory.calls import processes
from cowviz.memory.changes import Changes
from cowviz.memory.events import Access, Event
from cowviz.memory.machine import Cell, File, Machine
from cowviz.memory.profile import LINUX, TEXTBOOK
from cowviz.memory.tables.frame_table import FrameTable
from cowviz.memory.tables.words import Editor

A, PAGES = 0x10000, 40
CELLS = ((None,), (Cell("x", "1"),), (Cell("", "all"), Cell("y", "2")))


def ended(changes: Changes) -> tuple[Machine, list[Event]]:
    """The last machine of an operation, and all that happened; each machine is a true one."""
    events, before = [], None
    while True:
        try:
            change = next(changes)
        except StopIteration as end:
            machine: Machine = end.value
            assert problems(None, machine) == []
            return machine, events
        assert problems(before, change.machine) == [], change.event
        before = change.machine
        events.append(change.event)


def both_ways(
    machine: Machine, pid: int, vpns: list[int] | range, kind: Access, cells: tuple[Cell | None, ...]
) -> Machine:
    """The machine after the accesses, which is the same in both ways."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(access, "MANY", 1)
        at_once, bulks = ended(access.touch(machine, pid, vpns, kind, cells))
        patch.setattr(access, "MANY", 1 << 40)
        one_by_one, events = ended(access.touch(machine, pid, vpns, kind, cells))
    assert list(all_detailed(bulks)) == events
    assert at_once == one_by_one
    return at_once


def prepared(chance: random.Random) -> Machine:
    """A machine of two processes, with regions of many kinds, some of it in swap, few frames left."""
    lab = Lab(chance.choice([LINUX, TEXTBOOK]), frames=chance.choice([60, 150, 300]), swap_slots=20)
    lab.start("a", None, "c")
    lab.machine = processes.add_file(lab.machine, File("f", ((Cell("", "f"),),) * 8))
    lab.mmap(1, A, PAGES)
    lab.call("mprotect", 1, A + 30, 5, R)
    lab.call("mmap", 1, A + PAGES, 8, RW, "file", file="f")
    lab.call("mmap", 1, A + PAGES + 8, 4, RW, "ours", shared=True)
    for _ in range(chance.randrange(6)):
        vpn, pages = A + chance.randrange(30), chance.randrange(1, 8)
        match chance.randrange(6):
            case 0:
                lab.run(access.write(lab.machine, 1, vpn, Cell("z", str(pages)), pages))
            case 1:
                lab.call("madvise", 1, vpn, pages, chance.choice(["dontneed", "pageout", "guard_install", "mergeable"]))
            case 2 if len(lab.machine.processes) < 3:
                lab.fork(1, 1 + len(lab.machine.processes))
            case 3:
                lab.run(access.read(lab.machine, 1, vpn, pages))
            case 4:
                lab.run(processes.ksm_scan(lab.machine))
    return lab.machine


@pytest.mark.parametrize("seed", first(60, range(500)))
def test_at_once_and_one_by_one(seed: int) -> None:
    chance = random.Random(seed)
    machine = prepared(chance)
    for _ in range(4):
        alive = [process.pid for process in machine.living()]
        if not alive:
            return
        start = chance.choice([A, A, A, HEAP, A + 28, A + PAGES - 4])
        pages = chance.randrange(1, PAGES)
        vpns = (
            range(start, start + pages)
            if chance.random() < 0.5
            else [start + chance.randrange(pages) for _ in range(pages)]
        )
        kind = chance.choice([Access.WRITE, Access.WRITE, Access.READ, Access.EXEC])
        cells = chance.choice(CELLS) if kind is Access.WRITE else (None,)
        machine = both_ways(machine, chance.choice(alive), vpns, kind, cells)


def test_a_batch_is_one_event_and_one_change() -> None:
    lab = Lab(frames=600)
    lab.start()
    lab.mmap(1, A, 512)
    changes = list(access.write(lab.machine, 1, A, pages=512))
    assert [type(change.event) for change in changes] == [BulkAccess]
    event = changes[0].event
    assert isinstance(event, BulkAccess)
    assert (event.pages, event.faults, event.vpns[0], event.vpns[-1]) == (512, 512, A, A + 511)


BUGS = {
    "a copy leaves the source's count": lambda patch: patch.setattr(many_pages, "ONE", many_pages.ONE * 2),
    "a copy keeps no contents": lambda patch: patch.setattr(many_pages._Batch, "_content", lambda batch, pfn: ()),
    "guards and swap are forgotten": lambda patch: patch.setattr(many_pages._Batch, "_is_elsewhere", lambda *a: False),
    "no anon_vma": lambda patch: patch.setattr(many_pages._Batch, "_make_private", lambda *a: None),
    "faults are not counted": lambda patch: patch.setattr(
        many_pages._Batch, "_counters", lambda batch: batch.machine.process(batch.pid).counters
    ),
    "files' regions are taken for anonymous ones": lambda patch: patch.setattr(
        many_pages._Batch, "_region", lambda b, vpn: next((v for v in b.vmas if v.start <= vpn < v.end), None)
    ),
    "frames are handed out again": lambda patch: patch.setattr(
        many_pages.frames, "without_next", lambda free, count: free
    ),
    "tables forget what they had": lambda patch: patch.setattr(Editor, "frozen", lambda editor: editor._table),
    "what stands aside is lost": lambda patch: patch.setattr(
        FrameTable, "with_words", lambda table, editor, extras: FrameTable(editor.frozen(), table.extras)
    ),
}


@pytest.mark.parametrize("bug", BUGS)
def test_a_bug_of_the_batch_is_found(bug: str, monkeypatch: pytest.MonkeyPatch) -> None:
    machines = [(seed, prepared(random.Random(seed))) for seed in range(40)]
    BUGS[bug](monkeypatch)
    with pytest.raises((AssertionError, LookupError, ValueError)):
        writes_to_all(machines)


def writes_to_all(machines: list[tuple[int, Machine]]) -> None:
    for seed, machine in machines:
        chance = random.Random(seed)
        alive = [process.pid for process in machine.living()]
        for vpns in (range(A, A + PAGES), [A + chance.randrange(PAGES + 8) for _ in range(60)]):
            both_ways(machine, chance.choice(alive), vpns, Access.WRITE, CELLS[seed % 3])


def test_numbers_are_a_sequence_that_nobody_changes() -> None:
    numbers = Numbers([3, -1, 1 << 60])
    assert list(numbers) == [3, -1, 1 << 60] == list(numbers[:])
    assert (numbers[1], len(numbers), numbers == Numbers((3, -1, 1 << 60)), numbers == [3, -1, 1 << 60]) == (
        -1,
        3,
        True,
        False,
    )
    assert hash(numbers) == hash(Numbers([3, -1, 1 << 60]))
