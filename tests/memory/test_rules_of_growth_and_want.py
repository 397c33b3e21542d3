"""Growing stacks, fault-around, want of memory, several pages at once."""

from __future__ import annotations

from memory_lab import HEAP, NONE, RW, RX, Lab, kinds, names, signals, text
from rules_lab import both

from cowviz.memory import access
from cowviz.memory.calls import processes
from cowviz.memory.calls.processes import ProgramRegion
from cowviz.memory.events import Exited
from cowviz.memory.machine import File, Section


@both
def test_the_stack_grows_at_a_touch_below_it(profile):
    lab = Lab(profile)
    stack = ProgramRegion(0x7FF00, (text("main"),), RW, Section.STACK, "stack")
    lab.run(processes.start(lab.machine, 1, "P", [stack]))
    assert names(lab.write(1, 0x7FEFE)) == ["FaultRaised", "RegionMapped", "FrameAllocated", "PageMapped", "Accessed"]
    assert lab.process(1).vma(0x7FEFE) == lab.process(1).vma(0x7FF00)
    assert kinds(lab.read(1, 0x7FEFF)) == ["ZERO_PAGE" if profile.zero_page else "DEMAND_ZERO"]
    assert kinds(lab.read(1, 0x7FEFD)) == ["STACK_GROWTH"]
    assert kinds(lab.write(1, 0x7FF01 - 2049)) == ["SEGV_MAPERR"], "more than 8 MiB"
    lab.mmap(1, 0x7FD00, 1)
    assert kinds(lab.write(1, 0x7FCFF)) == ["SEGV_MAPERR"], "a region lies between"
    assert kinds(lab.write(1, 0x7FD01 + 255)) == ["SEGV_MAPERR"], "too near to a region"
    assert kinds(lab.write(1, 0x7FD01 + 256)) == ["STACK_GROWTH"]


def test_fault_around_maps_from_the_start_of_the_region():
    lab = Lab()
    lab.machine = processes.add_file(lab.machine, File("f", (text("a"),) * 40), cached=True)
    lab.start()
    lab.mmap(1, 0x1005, 30, file="f", pgoff=2)
    lab.read(1, 0x1007)
    assert list(lab.process(1).table) == list(range(0x1005, 0x1015))
    lab.read(1, 0x1016)
    assert list(lab.process(1).table) == list(range(0x1005, 0x1020))


def test_fault_around_keeps_what_is_mapped_and_reads_nothing_in():
    lab = Lab()
    lab.machine = processes.add_file(lab.machine, File("f", tuple(text(str(i)) for i in range(8))))
    lab.start()
    lab.mmap(1, 0x1000, 8, file="f")
    lab.write(1, 0x1001, "mine")
    lab.read(1, 0x1003)
    assert list(lab.process(1).table) == [0x1001, 0x1003]
    assert lab.content(1, 0x1001) == text("mine")


def test_two_runs_of_one_program_share_its_text():
    lab = Lab()
    code = [ProgramRegion(0x400, (text("main()"),), RX, Section.TEXT, "code", "sh")]
    for pid in (1, 2):
        lab.run(processes.start(lab.machine, pid, f"P{pid}", code))
    assert lab.pfn(1, 0x400) == lab.pfn(2, 0x400)
    lab.exit(1)
    lab.exit(2)
    assert lab.machine.used_frames == 1, "the page cache keeps it"


def test_out_of_memory_kills_the_largest_and_goes_on():
    lab = Lab(frames=4)
    lab.start("a", None)
    lab.start("b", "c", "d", pid=2)
    events = lab.write(1, HEAP + 1)
    assert names(events) == ["FaultRaised", "OutOfMemory", "Exited", "FrameAllocated", "PageMapped", "Accessed"]
    assert [event.pid for event in events if isinstance(event, Exited)] == [2]
    assert lab.process(2).status == "killed by SIGKILL (out of memory)"
    assert lab.faults(1) == 1


def test_out_of_memory_kills_the_one_who_asked_on_a_tie():
    lab = Lab(frames=2)
    lab.start("a")
    lab.start("b", None, pid=2)
    assert names(lab.write(2, HEAP + 1)) == ["FaultRaised", "OutOfMemory", "Exited"]
    assert lab.process(1).is_alive
    assert not lab.process(2).is_alive


def test_out_of_memory_may_turn_a_copy_into_a_reuse():
    lab = Lab(frames=2)
    lab.start("a", None)
    lab.fork(1, 2)
    lab.write(2, HEAP + 1)
    assert names(lab.write(1, HEAP)) == ["FaultRaised", "OutOfMemory", "Exited", "PageReused", "Accessed"]


def test_freed_frames_come_back_last_in_first_out_then_the_order_goes_on():
    lab = Lab()
    lab.start("a", "b")
    lab.start("c", pid=2)
    lab.exit(1)
    lab.start("d", "e", "f", pid=3)
    assert [lab.pfn(3, HEAP + i) for i in range(3)] == [1, 0, 3]


def test_write_file_appends_what_the_page_holds():
    lab = Lab()
    lab.start("x", None)
    for vpn in (HEAP, HEAP + 1):
        lab.run(access.write_file(lab.machine, 1, vpn, "dump.rdb"))
    assert lab.machine.files["dump.rdb"].contents == (text("x"), ())
    assert signals(lab.run(access.write_file(lab.machine, 1, 0, "dump.rdb"))) == ["SIGSEGV"]
    assert len(lab.machine.files["dump.rdb"].contents) == 2


def test_several_pages_at_once_stop_at_the_first_fatal_fault():
    lab = Lab()
    lab.start(None, None)
    assert kinds(lab.write(1, HEAP, pages=4)) == ["DEMAND_ZERO", "DEMAND_ZERO", "SEGV_MAPERR"]


def test_prot_none_keeps_the_frame():
    lab = Lab()
    lab.start("x")
    lab.run(processes.mprotect(lab.machine, 1, HEAP, 1, NONE))
    assert signals(lab.read(1, HEAP)) == ["SIGSEGV"]
    lab.run(processes.mprotect(lab.machine, 1, HEAP, 1, RW))
    assert names(lab.read(1, HEAP)) == ["Accessed"]
