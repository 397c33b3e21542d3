"""Threads and vfork: several tasks, one page table, no copy-on-write among them (facts S05, S06)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from memory_lab import HEAP, RX, Lab, kinds, names, text

from cowviz.memory import measures
from cowviz.memory.calls.processes import ProgramRegion
from cowviz.memory.events import Exited
from cowviz.memory.invariants import violations
from cowviz.memory.machine import Counters, MisuseError, Section

CODE = [ProgramRegion(0x400, (text("main()"),), RX, Section.TEXT, "code")]


def two(how: str, *contents: str | None) -> Lab:
    lab = Lab()
    lab.start(*contents)
    assert names(lab.call(how, 1, 2, "P2")) == ["Cloned"]
    return lab


def test_a_threads_write_is_the_processs_too():
    lab = two("thread", "x", None)
    frame = lab.pfn(1, HEAP)
    assert kinds(lab.write(2, HEAP, "y", pages=2)) == ["DEMAND_ZERO"]
    assert lab.pfn(1, HEAP) == lab.pfn(2, HEAP) == frame
    assert lab.content(1, HEAP) == text("y")
    assert lab.machine.frames.get(frame).mapcount == 1
    assert kinds(lab.write(1, HEAP, "z", pages=2)) == []
    assert (lab.counters(1), lab.counters(2)) == (Counters(), Counters(minor=1))


def test_a_vfork_child_writes_into_its_parents_page():
    lab = two("vfork", "42")
    assert names(lab.write(2, HEAP, "55")) == ["Accessed"]
    lab.exit(2)
    assert lab.content(1, HEAP) == text("55")
    assert lab.cells(1, HEAP, 1) == "f0E"
    assert kinds(lab.write(1, HEAP)) == []


def test_the_parent_of_a_vfork_child_waits():
    lab = two("vfork", "x")
    with pytest.raises(MisuseError, match="P1 waits until its vfork child P2 execs or exits"):
        lab.read(1, HEAP)


@pytest.mark.parametrize("end", ["exit", "exec"])
def test_the_parent_of_a_vfork_child_goes_on_when_it_execs_or_exits(end):
    lab = two("vfork", "x")
    if end == "exit":
        lab.exit(2)
    else:
        lab.call("exec_", 2, "ls", CODE)
        assert lab.process(2).vma(HEAP) is None
    assert names(lab.write(1, HEAP)) == ["Accessed"]
    assert lab.machine.frames.get(lab.pfn(1, HEAP)).mapcount == 1
    lab.exit(1)


def test_all_of_an_address_space_is_shared():
    lab = two("thread", "x", "y")
    lab.mmap(2, 0x9000, 1)
    lab.call("munmap", 1, HEAP, 1)
    lab.advise(2, 0x9000, 1, "guard_install")
    lab.call("brk", 1, 5)
    for pid in (1, 2):
        assert [(vma.name, vma.pages) for vma in lab.process(pid).vmas] == [("heap", 5), ("map", 1)]
    assert lab.process(1).table is lab.process(2).table
    assert lab.process(1).guards == {0x9000}


def test_memory_is_counted_once_for_all_that_share_it():
    lab = two("thread", "x", "y")
    machine = lab.machine
    assert [measures.rss(lab.process(pid)) for pid in (1, 2)] == [2, 2]
    assert measures.pss(machine, lab.process(1)) == measures.uss(machine, lab.process(2)) == 2 * 4096


def test_fork_in_a_thread_makes_a_process_with_memory_of_its_own():
    lab = two("thread", "x")
    lab.fork(2, 3)
    assert lab.machine.frames.get(lab.pfn(1, HEAP)).mapcount == 2
    assert kinds(lab.write(1, HEAP)) == ["COW_COPY"]
    assert kinds(lab.write(2, HEAP)) == []
    assert kinds(lab.write(3, HEAP)) == ["COW_REUSE"]


def test_a_thread_ends_alone_and_a_process_with_its_threads():
    lab = two("thread", "x")
    lab.thread(2, 3)
    assert lab.exit(3) == [Exited(3, "exited 0", ())]
    assert lab.process(1).is_alive
    lab.thread(1, 4)
    assert [event.pid for event in lab.exit(1)] == [2, 4, 1]  # type: ignore[attr-defined]
    assert lab.events[-1] == Exited(1, "exited 0", (0,))


def test_a_signal_to_a_thread_ends_its_process():
    lab = two("thread", "x")
    assert [event.pid for event in lab.call("exit", 2, "killed by SIGSEGV")] == [2, 1]  # type: ignore[attr-defined]
    assert lab.machine.used_frames == 0


def test_exec_ends_the_other_threads():
    lab = two("thread", "x")
    with pytest.raises(MisuseError, match="P2 is a thread"):
        lab.call("exec_", 2, "ls", CODE)
    assert names(lab.call("exec_", 1, "ls", CODE)) == ["Exited", "Execed"]
    assert lab.process(2).status == "ended by exec"


def test_the_first_may_go_and_the_memory_stays_with_the_others():
    lab = two("vfork", "x")
    lab.machine = lab.machine.with_process(replace(lab.process(2), vforked=False))  # clone(CLONE_VM) alone
    lab.exit(1)
    assert lab.process(2).mm is None
    assert names(lab.write(2, HEAP)) == ["Accessed"]
    assert len(lab.exit(2)[0].freed) == 1  # type: ignore[attr-defined]


def test_out_of_memory_kills_all_that_share_the_largest():
    lab = Lab(frames=3)
    lab.start("a", "b")
    lab.thread(1, 2)
    lab.start("c", None, pid=3)
    events = lab.write(3, HEAP + 1)
    assert [event.pid for event in events if isinstance(event, Exited)] == [2, 1]
    assert lab.process(3).is_alive


def test_a_pid_is_taken_once():
    lab = two("thread", "x")
    with pytest.raises(MisuseError, match="a process 2 already"):
        lab.thread(1, 2)


def test_who_shares_sees_the_same_or_it_is_told():
    lab = two("thread", "x")
    alone = replace(lab.process(2), vmas=())
    machine = replace(lab.machine, processes={**lab.machine.processes, 2: alone})
    assert "P2 (2) and P1 share an address space, and it is not the same" in violations(machine)
    nobody = replace(machine, processes={2: replace(lab.process(2), mm=7)})
    assert "shares the address space of 7, which has none" in violations(nobody)[-1]
