"""A check of what changed says what a check of everything says, of whatever may be wrong.

``memory_lab`` compares the two after every change of every other test as well, the mutants' included.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace

from memory_lab import HEAP, Lab, R, problems
from memory_oracle import Oracle
from random_runs import run_of

from cowviz.memory import invariants
from cowviz.memory.calls import processes
from cowviz.memory.invariants_incremental import violations_since
from cowviz.memory.machine import Cell, Frame, FrameTag, Machine, Prot, Pte, Slot
from cowviz.memory.tables.frame_table import FrameTable
from cowviz.memory.tables.page_table import PageTable
from cowviz.memory.tables.radix import Radix
from cowviz.memory.tables.words import WordTable

SPOILS = {}


def spoil(fn):
    SPOILS[fn.__name__] = fn
    return fn


def one_of(chance: random.Random, items: Mapping):
    return chance.choice(list(items.items()))


def with_table(machine: Machine, pid: int, table: PageTable) -> Machine:
    return machine.with_process(replace(machine.process(pid), table=table))


def some_pfn(machine: Machine, chance: random.Random) -> int:
    return chance.choice([*machine.frames, *machine.free.order[:20], -1, machine.total_frames])


@spoil
def an_entry(machine, chance):
    pid, process = one_of(chance, machine.processes)
    vpn = chance.choice([*process.table, HEAP + 7, 5])
    pte = Pte(some_pfn(machine, chance), Prot(chance.randrange(8)), chance.random() < 0.2)
    return with_table(machine, pid, process.table.updated([(vpn, chance.choice([pte, None]))]))


@spoil
def entries_rights(machine, chance):
    pid, process = one_of(chance, machine.processes)
    prot = Prot(chance.randrange(8))
    return with_table(machine, pid, process.table.map_values(lambda pte: Pte(pte.pfn, prot)))


@spoil
def an_entrys_dirty_bit(machine, chance):
    pid, process = one_of(chance, machine.processes)
    vpn = chance.choice([*process.table, 5])
    table = process.table.map_values(lambda pte: pte._replace(dirty=not pte.dirty), vpn, vpn + 1)
    return with_table(machine, pid, table)


@spoil
def a_frame(machine, chance):
    pfn = chance.choice([*machine.frames, 1])
    old = machine.frames.get(pfn) or Frame((), 1)
    other = machine.frames.get(chance.choice([*machine.frames, 1])) or old
    new = chance.choice(
        [
            old._replace(mapcount=max(0, old.mapcount + chance.choice([-1, 1]))),
            old._replace(exclusive=not old.exclusive),
            old._replace(cached_page=chance.choice([other.cached_page, None, ("disk", 3), ("nix", 0)])),
            old._replace(content=()),
            old._replace(tag=FrameTag(*chance.choice([(pfn % 3, None, False), (None, 0, False), (None, None, True)]))),
            None,
            other,
        ]
    )
    return replace(machine, frames=machine.frames.updated([(pfn, new)]))


@spoil
def the_free_list(machine, chance):
    free = machine.free
    position = chance.randrange(len(free.freed) + 1)
    freed = free.freed.updated([(position, chance.choice([some_pfn(machine, chance), None]))])
    return replace(machine, free=replace(free, freed=freed))


@spoil
def what_was_handed_out(machine, chance):
    used = min(max(machine.free.used + chance.choice([-1, 1]), 0), machine.total_frames)
    return replace(machine, free=replace(machine.free, used=used))


@spoil
def the_page_cache(machine, chance):
    name = chance.choice(["disk", "ext4", "nix"])
    pages = machine.cache.get(name, Radix())
    pages = pages.updated([(chance.randrange(8), chance.choice([some_pfn(machine, chance), None]))])
    return replace(machine, cache=chance.choice([{**machine.cache, name: pages}, {}]))


@spoil
def a_file(machine, chance):
    name, file = one_of(chance, machine.files)
    files = {key: value for key, value in machine.files.items() if key != name}
    short = {**files, name: replace(file, contents=file.contents[:1])}
    return replace(machine, files=chance.choice([files, short]))


@spoil
def a_region(machine, chance):
    living = [process for process in machine.processes.values() if process.vmas]
    if not living:
        return machine
    process = chance.choice(living)
    i = chance.randrange(len(process.vmas))
    vma = process.vmas[i]
    new = chance.choice(
        [
            (),
            (vma, vma),
            (replace(vma, prot=Prot(chance.randrange(8))),),
            (replace(vma, start=vma.start + 1),),
            (replace(vma, end=vma.end - 1),),
            (replace(vma, pgoff=vma.pgoff + 1),),
            (replace(vma, shared=not vma.shared),),
            (replace(vma, has_private=not vma.has_private),),
            (replace(vma, anon_vma=1, forked=True),),
        ]
    )
    return machine.with_process(replace(process, vmas=(*process.vmas[:i], *new, *process.vmas[i + 1 :])))


@spoil
def a_process(machine, chance):
    pid, process = one_of(chance, machine.processes)
    others = {key: other for key, other in machine.processes.items() if key != pid}
    return chance.choice(
        [
            machine.with_process(replace(process, status="killed")),
            machine.with_process(replace(process, guards=frozenset(process.table))),
            machine.with_process(replace(process, pid=99)),
            replace(machine, processes=others or machine.processes),
        ]
    )


@spoil
def a_slot(machine, chance):
    number = chance.choice([*machine.swap, 0, 12])
    old = machine.swap.get(number) or Slot((), 1)
    new = chance.choice(
        [
            None,
            old._replace(entries=old.entries + 1),
            old._replace(pfn=some_pfn(machine, chance)),
            old._replace(content=(Cell("", "other"),)),
            old._replace(exclusive=True, entries=2),
        ]
    )
    return replace(machine, swap=machine.swap.updated([(number, new)]))


@spoil
def a_swap_entry(machine, chance):
    _, process = one_of(chance, machine.processes)
    vpn = chance.choice([*process.swapped, *process.table, HEAP + 1, 5])
    number = chance.choice([*machine.swap, 3, None])
    return machine.with_process(replace(process, swapped=process.swapped.updated([(vpn, number)])))


@spoil
def a_pin(machine, chance):
    _, process = one_of(chance, machine.processes)
    return machine.with_process(replace(process, pins=frozenset([chance.choice([*process.table, HEAP, 5])])))


@spoil
def who_shares(machine, chance):
    pid, process = one_of(chance, machine.processes)
    other, _ = one_of(chance, machine.processes)
    new = replace(process, mm=chance.choice([None, other, 99]))
    return replace(machine, processes={**machine.processes, pid: new})


@spoil
def a_count(machine, chance):
    def miscounted(tree):
        if isinstance(tree, FrameTable | PageTable):
            return replace(tree, words=WordTable(tree.words._root, len(tree) + 1))
        return Radix(tree._root, tree._count + 1)

    pid, process = one_of(chance, machine.processes)
    name = chance.choice(list(machine.cache))
    return chance.choice(
        [
            replace(machine, frames=miscounted(machine.frames)),
            replace(machine, free=replace(machine.free, freed=miscounted(machine.free.freed))),
            with_table(machine, pid, miscounted(process.table)),
            replace(machine, cache={**machine.cache, name: miscounted(machine.cache[name])}),
        ]
    )


def after_a_run(seed: int) -> tuple[Machine, Machine]:
    """Two good machines of one run, the second some operations after the first."""
    profile, frames, todo = run_of(seed)
    oracle = Oracle(profile, frames)
    middle = oracle.lab.machine
    for number, operation in enumerate(todo[: seed % len(todo)]):
        oracle.apply(*operation)
        if number % 5 == 0:
            middle = oracle.lab.machine
    return middle, oracle.lab.machine


def test_both_find_the_same_machines_wrong():
    wrong = dict.fromkeys(SPOILS, 0)
    for seed in range(40):
        chance = random.Random(seed)
        before, machine = after_a_run(seed)
        for name, change in SPOILS.items():
            for _ in range(6):
                spoilt = change(machine, chance)
                if name != "a_count" and chance.random() < 0.3:  # two mistakes may hide each other
                    spoilt = SPOILS[chance.choice([key for key in SPOILS if key != "a_count"])](spoilt, chance)
                wrong[name] += bool(problems(machine, spoilt))
                problems(before, spoilt)
    assert min(wrong.values()) > 80, wrong


def test_nobody_has_looked_yet():
    lab = Lab()
    lab.start("a")
    assert violations_since(None, lab.machine) == []
    wrong = replace(lab.machine, frames=FrameTable())
    assert violations_since(None, wrong) == invariants.violations(wrong) != []


def test_only_what_changed_is_read(monkeypatch):
    lab, read = Lab(), []
    lab.start("a", "b")
    lab.start("c", "d", pid=2)
    before = lab.machine
    lab.write(1, HEAP)
    lab.run(processes.mprotect(lab.machine, 1, HEAP + 1, 1, R))
    monkeypatch.setattr(
        "cowviz.memory.invariants_incremental.wrong_process", lambda _, process: read.append(process.pid) or []
    )
    monkeypatch.setattr(
        "cowviz.memory.invariants_incremental.wrong_page", lambda _, process, *__: read.append(process.pid) or []
    )
    assert violations_since(before, lab.machine) == []
    assert read == [1]
