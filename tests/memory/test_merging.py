"""Regions that become alike are one again, where Linux says so; ``tests/verify/kernel_facts.json`` has its answers."""

from __future__ import annotations

from typing import Any

import pytest
from memory_lab import HEAP, NONE, RW, Lab, R

from cowviz.memory.calls import processes
from cowviz.memory.machine import Cell, File, Machine, MisuseError
from cowviz.memory.profile import LINUX, TEXTBOOK
from cowviz.trace.codec import dumps, loads
from cowviz.trace.model import Snapshot, Step, Trace

A = 0x9000


def regions(lab: Lab, pid: int = 1) -> list[tuple[int, int]]:
    """First page and length of each region of the mmap area, from A on."""
    return [(vma.start - A, vma.pages) for vma in lab.process(pid).vmas if vma.start >= A - 10]


def lab_with(pages: int = 4, profile=LINUX, **more: Any) -> Lab:
    lab = Lab(profile)
    lab.start()
    lab.mmap(1, A, pages, **more)
    return lab


def protect(lab: Lab, first: int, pages: int, prot, pid: int = 1) -> None:
    lab.call("mprotect", pid, A + first, pages, prot)


@pytest.mark.parametrize("profile", [LINUX, TEXTBOOK], ids=lambda profile: profile.name)
def test_what_was_cut_is_one_again(profile):
    lab = lab_with(profile=profile)
    protect(lab, 1, 1, R)
    assert regions(lab) == [(0, 1), (1, 1), (2, 2)]
    protect(lab, 1, 1, RW)
    assert regions(lab) == [(0, 4)]


def test_a_part_goes_over_to_the_neighbour():
    lab = lab_with()
    protect(lab, 0, 1, R)
    protect(lab, 1, 2, R)
    assert regions(lab) == [(0, 3), (3, 1)]
    protect(lab, 2, 1, RW)
    assert regions(lab) == [(0, 2), (2, 2)]


def test_one_call_over_many_regions():
    lab = lab_with(8)
    for page in (1, 3, 5):
        protect(lab, page, 1, R)
    protect(lab, 2, 5, R)
    assert regions(lab) == [(0, 1), (1, 6), (7, 1)]
    protect(lab, 0, 8, RW)
    assert regions(lab) == [(0, 8)]


def test_what_is_so_already_is_not_cut():
    lab = lab_with()
    protect(lab, 0, 2, R)
    protect(lab, 1, 2, R)
    assert regions(lab) == [(0, 3), (3, 1)]
    lab.advise(1, A + 1, 1, "dofork")
    assert regions(lab) == [(0, 3), (3, 1)]


def test_what_is_so_already_is_not_merged():
    lab = lab_with(prot=R)
    lab.call("mlock", 1, A, 1)
    lab.fork(1, 2)  # which takes the lock
    protect(lab, 0, 4, R, pid=2)
    assert regions(lab, 2) == [(0, 1), (1, 3)]


@pytest.mark.parametrize(("hint", "undone"), [("dontfork", "dofork"), ("wipeonfork", "keeponfork")])
def test_a_hint_taken_back(hint, undone):
    lab = lab_with()
    lab.advise(1, A + 1, 2, hint)
    assert regions(lab) == [(0, 1), (1, 2), (3, 1)]
    lab.advise(1, A, 4, undone)
    assert regions(lab) == [(0, 4)]


def test_nohugepage_is_a_flag_of_its_own():
    lab = lab_with()
    lab.advise(1, A, 1, "nohugepage")
    assert regions(lab) == [(0, 1), (1, 3)]
    lab.advise(1, A, 4, "hugepage")
    assert regions(lab) == [(0, 4)]


def test_locking_the_rest():
    lab = lab_with()
    lab.call("mlock", 1, A, 1)
    assert regions(lab) == [(0, 1), (1, 3)]
    lab.call("mlock", 1, A + 1, 3)
    assert regions(lab) == [(0, 4)]


def test_a_hole_that_is_mapped_again():
    lab = lab_with()
    lab.call("munmap", 1, A + 1, 2)
    lab.mmap(1, A + 1, 2)
    assert regions(lab) == [(0, 4)]


def test_regions_of_different_names_stay_apart():
    lab = lab_with()
    lab.call("mmap", 1, A + 4, 2, RW, "other")
    assert regions(lab) == [(0, 4), (4, 2)]


def test_a_file_must_go_on():
    lab = Lab()
    lab.start()
    lab.machine = processes.add_file(lab.machine, File("f", ((),) * 9))
    lab.mmap(1, A, 2, file="f", pgoff=1)
    lab.mmap(1, A + 2, 2, file="f", pgoff=3)
    lab.mmap(1, A + 4, 2, file="f", pgoff=6)
    assert regions(lab) == [(0, 4), (4, 2)]
    assert [vma.pgoff for vma in lab.process(1).vmas] == [1, 6]


def test_private_pages_are_known_by_where_they_were():
    lab = lab_with()
    lab.write(1, A + 3)
    lab.call("munmap", 1, A + 2, 1)
    lab.call("mremap", 1, A + 3, 1, A + 2)
    assert regions(lab) == [(0, 2), (2, 1)]
    lab.call("mremap", 1, A + 2, 1, A - 2)
    protect(lab, -2, 1, R)
    lab.call("mremap", 1, A - 2, 1, A + 2)
    protect(lab, 2, 1, RW)
    assert regions(lab) == [(0, 2), (2, 1)]


def test_private_pages_that_come_home():
    lab = lab_with()
    lab.write(1, A + 3)
    lab.call("mremap", 1, A + 3, 1, A + 8)
    lab.call("mremap", 1, A + 8, 1, A + 3)
    assert regions(lab) == [(0, 4)]


def test_untouched_pages_are_at_home_anywhere():
    lab = lab_with()
    lab.call("munmap", 1, A + 2, 1)
    lab.call("mremap", 1, A + 3, 1, A + 2)
    assert regions(lab) == [(0, 3)]


def test_parts_of_what_was_moved():
    lab = lab_with()
    lab.write(1, A)
    lab.call("mremap", 1, A, 4, A + 8)
    protect(lab, 9, 1, R)
    assert regions(lab) == [(8, 1), (9, 1), (10, 2)]
    protect(lab, 9, 1, RW)
    assert regions(lab) == [(8, 4)]


def test_the_heap_of_a_child_is_two_regions_when_it_grows():
    lab = Lab()
    lab.start("a")
    lab.fork(1, 2)
    lab.call("brk", 1, 3)
    lab.call("brk", 2, 3)
    assert [(vma.start, vma.pages) for vma in lab.process(1).vmas] == [(HEAP, 3)]
    child = [(vma.start, vma.pages, vma.name) for vma in lab.process(2).vmas]
    assert child == [(HEAP, 1, "heap"), (HEAP + 1, 2, "heap")]


def test_who_may_be_private_is_either():
    lab = lab_with(profile=LINUX)
    protect(lab, 0, 1, NONE)
    lab.write(1, A + 1)
    protect(lab, 0, 1, RW)
    lab.read(1, A)
    lab.fork(1, 2)
    assert lab.cells(2, A, 2) == lab.cells(1, A, 2) and lab.cell(2, A) == "Z"


def test_an_overlap_is_refused():
    lab = lab_with()
    with pytest.raises(MisuseError, match="overlap"):
        lab.mmap(1, A + 3, 2)


def recorded(machine: Machine) -> Trace:
    return Trace("t", "t", "", (Step("s", (Snapshot(machine),)),))


def test_a_trace_tells_all_of_it():
    lab = lab_with()
    lab.machine = processes.add_file(lab.machine, File("ext4", ((),) * 2, write_notify=True), cached=True)
    lab.mmap(1, A + 8, 2, file="ext4", shared=True)
    lab.write(1, A + 8)
    lab.advise(1, A + 3, 1, "guard_install")
    lab.write(1, A)
    lab.call("mremap", 1, A, 1, A + 20)
    lab.fork(1, 2)
    trace = recorded(lab.machine)
    assert lab.pte(1, A + 8).dirty and any(vma.forked for vma in lab.process(2).vmas)
    assert loads(dumps(trace)) == trace


def test_a_store_marks_only_entries_that_are_asked_about():
    lab = lab_with(shared=True)
    lab.write(1, A)
    assert not lab.pte(1, A).dirty
    assert lab.machine.content(lab.pfn(1, A)) == (Cell("", "w"),)
