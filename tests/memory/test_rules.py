"""The rules of copy-on-write, one by one, in both profiles."""

from __future__ import annotations

from fractions import Fraction

import pytest
from memory_lab import HEAP, RW, RX, Lab, R, kinds, names, signals, text
from rules_lab import both

from cowviz.memory import access, measures
from cowviz.memory.calls import processes
from cowviz.memory.calls.processes import SECTION_BASE, ProgramRegion
from cowviz.memory.events import Access, FaultKind, FrameCopied, PageMapped, Severity
from cowviz.memory.machine import PAGE_SIZE, ZERO_PFN, Cell, Counters, File, Prot, Pte, Section
from cowviz.memory.page_fault import classify
from cowviz.memory.profile import LINUX, TEXTBOOK


@both
def test_a_cow_break_is_three_sentences(profile):
    lab = Lab(profile)
    lab.fork(lab.start("x"), 2)
    old = lab.pfn(2, HEAP)
    assert names(lab.write(2, HEAP)) == ["FaultRaised", "FrameAllocated", "FrameCopied", "PageMapped", "Accessed"]
    new = lab.pfn(2, HEAP)
    assert FrameCopied(2, old, new) in lab.events
    assert PageMapped(2, HEAP, new, old, FaultKind.COW_COPY) in lab.events
    assert lab.counters(2) == Counters(minor=1, copies=1, copied_bytes=PAGE_SIZE)


def test_a_fault_is_counted_when_it_is_raised_and_a_copy_when_it_is_made():
    lab = Lab()
    lab.fork(lab.start("x"), 2)
    seen = {
        type(change.event).__name__: change.machine.process(2).counters
        for change in access.write(lab.machine, 2, HEAP, Cell("", "y"))
    }
    assert (seen["FaultRaised"].minor, seen["FaultRaised"].copies) == (1, 0)
    assert (seen["FrameAllocated"].copies, seen["FrameCopied"].copies) == (0, 1)


@both
def test_rule_1_the_region_forbids_or_the_pte_asks(profile):
    lab = Lab(profile)
    lab.start("x", prot=R)
    assert classify(lab.machine, 1, HEAP, Access.WRITE) is FaultKind.SEGV_ACCERR
    assert signals(lab.write(1, HEAP)) == ["SIGSEGV"]
    assert lab.process(1).is_alive
    assert lab.faults(1) == 0
    lab.start("x", pid=2)
    lab.fork(2, 3)
    assert lab.process(3).is_cow(HEAP)
    assert not lab.process(1).is_cow(HEAP)


@both
def test_rule_2_fork_write_protects_both_and_regions_keep_rw(profile):
    lab = Lab(profile)
    lab.start("x", "y", None)
    events = lab.run(processes.fork(lab.machine, 1, 2, "child"))
    assert names(events) == ["WriteProtected", "Forked"]
    assert [event.pages for event in events] == [2, 2]  # type: ignore[attr-defined]
    for pid in (1, 2):
        assert lab.pte(pid, HEAP).prot == R
        assert lab.process(pid).vma(HEAP).prot == RW
    assert lab.process(1).table is lab.process(2).table


def test_fork_with_nothing_to_protect_says_only_that_it_forked():
    lab = Lab()
    lab.start()
    assert names(lab.run(processes.fork(lab.machine, 1, 2, "child"))) == ["Forked"]


@both
@pytest.mark.parametrize("writer", [1, 2])
def test_rule_3_the_writer_gets_the_copy(profile, writer):
    lab = Lab(profile)
    lab.fork(lab.start("x"), 2)
    other, original = 3 - writer, lab.pfn(1, HEAP)
    lab.write(writer, HEAP, "new")
    assert lab.pfn(other, HEAP) == original != lab.pfn(writer, HEAP)
    assert (lab.content(other, HEAP), lab.content(writer, HEAP)) == (text("x"), text("new"))


@both
def test_rule_3_n_owners_who_all_write_make_n_minus_1_copies_and_one_reuse(profile):
    lab = Lab(profile)
    lab.start("x")
    for child in (2, 3, 4):
        lab.fork(child - 1, child)
    for pid in (3, 1, 4, 2):
        lab.write(pid, HEAP)
    assert [lab.counters(pid).copies for pid in (1, 2, 3, 4)] == [1, 0, 1, 1]
    assert [lab.counters(pid).reuses for pid in (1, 2, 3, 4)] == [0, 1, 0, 0]


@both
def test_rule_4_the_last_owner_faults_once_and_keeps_its_frame(profile):
    lab = Lab(profile)
    lab.fork(lab.start("x"), 2)
    frame = lab.pfn(1, HEAP)
    lab.write(2, HEAP)
    assert names(lab.write(1, HEAP)) == ["FaultRaised", "PageReused", "Accessed"]
    assert names(lab.write(1, HEAP)) == ["Accessed"]
    assert lab.pfn(1, HEAP) == frame
    assert lab.counters(1) == Counters(minor=1, reuses=1)


@both
@pytest.mark.parametrize("end", ["exit", "exec", "munmap"])
def test_rule_5_an_owner_goes_and_the_other_still_faults_once(profile, end):
    lab = Lab(profile)
    lab.fork(lab.start("x"), 2)
    lab.run(
        {
            "exit": lambda: processes.exit(lab.machine, 2),
            "exec": lambda: processes.exec_(lab.machine, 2, "ls", []),
            "munmap": lambda: processes.munmap(lab.machine, 2, HEAP, 1),
        }[end]()
    )
    assert lab.machine.frames.get(lab.pfn(1, HEAP)).mapcount == 1
    assert kinds(lab.write(1, HEAP)) == ["COW_REUSE"]


def test_rule_5_protection_given_back_does_not_hide_that_the_frame_was_co_owned():
    lab = Lab()
    lab.fork(lab.start("x"), 2)
    lab.exit(2)
    for prot in (R, RW):
        lab.run(processes.mprotect(lab.machine, 1, HEAP, 1, prot))
    assert kinds(lab.write(1, HEAP)) == ["COW_REUSE"]
    for prot in (R, RW):
        lab.run(processes.mprotect(lab.machine, 1, HEAP, 1, prot))
    assert kinds(lab.write(1, HEAP)) == []


def test_rule_6_untouched_memory_read_under_linux():
    lab = Lab()
    lab.start(None)
    assert kinds(lab.read(1, HEAP)) == ["ZERO_PAGE"]
    assert lab.pte(1, HEAP) == Pte(ZERO_PFN, R)
    assert lab.machine.used_frames == 0
    assert kinds(lab.write(1, HEAP)) == ["DEMAND_ZERO"]
    assert lab.counters(1) == Counters(minor=2)


def test_rule_6_untouched_memory_read_in_the_textbook():
    lab = Lab(TEXTBOOK)
    lab.start(None)
    assert kinds(lab.read(1, HEAP)) == ["DEMAND_ZERO"]
    assert kinds(lab.write(1, HEAP)) == []


@both
def test_rule_6_reading_never_copies(profile):
    lab = Lab(profile)
    lab.fork(lab.start("x"), 2)
    assert names(lab.read(2, HEAP)) == ["Accessed"]


@both
def test_rule_7_shared_memory_is_never_copied(profile):
    lab = Lab(profile)
    lab.start()
    start = processes.find_gap(lab.process(1), 1)
    lab.mmap(1, start, 1, shared=True)
    lab.write(1, start, "x")
    lab.fork(1, 2)
    assert (lab.process(2).pte(start) is None) == (profile is LINUX)
    lab.write(2, start, "y")
    assert lab.content(1, start) == text("y")
    assert lab.pfn(1, start) == lab.pfn(2, start)
    lab.exit(1)
    assert lab.machine.files
    lab.exit(2)
    assert (lab.machine.used_frames, lab.machine.files) == (0, {})


def test_rule_7_a_file_region_without_private_pages_is_not_in_the_childs_table():
    lab = Lab()
    lab.machine = processes.add_file(lab.machine, File("f", (text("a"), text("b"))))
    lab.start()
    lab.mmap(1, 0x1000, 2, file="f")
    lab.read(1, 0x1000)
    lab.fork(1, 2)
    assert len(lab.process(2).table) == 0
    lab.write(1, 0x1001)
    lab.fork(1, 3)
    assert len(lab.process(3).table) == 2


@both
def test_rule_8_a_private_file_page_is_cow_without_a_fork(profile):
    lab = Lab(profile)
    lab.machine = processes.add_file(lab.machine, File("f", (text("a"), text("b"))))
    lab.start()
    lab.mmap(1, 0x1000, 2, file="f")
    first = lab.write(1, 0x1000)
    assert (kinds(first), names(first)[1:3]) == (["FILE_READ"], ["FrameAllocated", "FrameFilled"][::-1])
    assert lab.counters(1) == Counters(major=1, copies=1, copied_bytes=PAGE_SIZE)
    assert kinds(lab.read(1, 0x1001)) == ["FILE_READ"]
    assert kinds(lab.write(1, 0x1001)) == ["COW_COPY"]
    assert lab.machine.content(lab.machine.cache["f"].get(0)) == text("a")  # type: ignore[arg-type]


@both
def test_rule_9_the_kernel_and_text_break_cow_too(profile):
    lab = Lab(profile)
    code = ProgramRegion(SECTION_BASE[Section.TEXT], (text("main()"),), RX, Section.TEXT, "code")
    lab.run(processes.start(lab.machine, 1, "vi", [code, ProgramRegion(HEAP, (text("x"),), RW, Section.HEAP, "heap")]))
    lab.fork(1, 2)
    assert kinds(lab.run(access.write(lab.machine, 2, HEAP, Cell("", "read")))) == ["COW_COPY"]
    assert kinds(lab.run(access.execute(lab.machine, 2, code.start))) == (["FILE_MAPPED"] if profile is LINUX else [])
    lab.run(processes.mprotect(lab.machine, 2, code.start, 1, Prot.parse("rwx")))
    assert kinds(lab.write(2, code.start, "int3")) == ["COW_COPY"]
    assert lab.content(1, code.start) == text("main()")


def test_rule_10_minor_faults_alone_do_not_tell_a_copy():
    assert {kind.severity for kind in FaultKind if kind.name.startswith(("COW", "DEMAND", "ZERO"))} == {Severity.MINOR}


def test_rule_11_rss_pss_and_uss():
    lab = Lab()
    lab.start("a", "b", None)
    lab.read(1, HEAP + 2)
    for child in (2, 3):
        lab.fork(1, child)
    lab.write(3, HEAP)
    process, page = lab.process(1), PAGE_SIZE
    assert measures.rss(process) == 2
    assert measures.pss(lab.machine, process) == Fraction(page, 2) + Fraction(page, 3)
    assert measures.uss(lab.machine, process) == 0
    assert measures.uss(lab.machine, lab.process(3)) == page


@both
def test_rule_16_neighbours_move_along(profile):
    lab = Lab(profile)
    lab.start("x")
    for name in ("x", "y"):
        lab.run(access.write(lab.machine, 1, HEAP, Cell(name, "1")))
    lab.fork(1, 2)
    lab.run(access.write(lab.machine, 2, HEAP, Cell("x", "2")))
    assert lab.content(2, HEAP) == (Cell("x", "2"), Cell("y", "1"))
    assert lab.content(1, HEAP) == (Cell("x", "1"), Cell("y", "1"))
