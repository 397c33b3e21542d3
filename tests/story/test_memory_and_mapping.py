"""Physical memory, and regions that come and go."""

from __future__ import annotations

import pytest
from story_lab import told

from cowviz.errors import CowvizError
from cowviz.memory.events import (
    Exited,
    FaultRaised,
    FileWritten,
    OutOfMemory,
    SignalSent,
)
from cowviz.memory.machine import MisuseError, Prot
from cowviz.memory.profile import LINUX
from cowviz.story.story import Story


def test_frames_come_in_the_order_given(story):
    story.memory(frames=4, order="CA")
    process = story.process("P", heap=["1", "2", "3", "4"])
    assert [page.frame for page in process.heap] == ["Frame C", "Frame A", "Frame B", "Frame D"]


def test_an_order_may_be_numbers(story):
    story.memory(frames=30, order=[29, 0])
    process = story.process("P", heap=["1", "2", "3"])
    assert [page.frame for page in process.heap] == ["Frame AD", "Frame A", "Frame B"]


@pytest.mark.parametrize(
    ("frames", "order"), [(3, "AA"), (3, "D"), (3, "a"), (3, [3]), (3, [-1]), (0, ""), (-1, ""), (2, [0, 0])]
)
def test_orders_that_cannot_be(story, frames, order):
    with pytest.raises(CowvizError, match=r"frames="):
        story.memory(frames, order)


def test_memory_comes_first(small):
    small.process("P", heap="x = 1")
    with pytest.raises(CowvizError, match=r"call story.memory\(\) before the first process"):
        small.memory(frames=4)


def test_memory_keeps_the_profile():
    story = Story(LINUX)
    story.memory(frames=3)
    assert story.machine.profile is LINUX


def test_memory_keeps_the_files():
    """A file may be put on the disk before the size of memory is said."""
    story = Story()
    story.file("data.txt", ["a"])
    story.memory(frames=3)
    process = story.process("P")
    process.mmap("data", 1, file="data.txt")
    assert process.read(process.data) == "a"


def test_out_of_memory_is_a_picture_and_no_crash(story):
    story.memory(frames=2)
    process = story.process("P", heap=3)
    process.write(process.heap[:2], "x = 1")
    story.say("Full.")
    process.write(process.heap[2], "x = 2")
    story.say("Killed.")
    step = told(story)[1]
    assert [type(e) for e in step.events if isinstance(e, OutOfMemory | Exited)] == [OutOfMemory, Exited]
    assert any(isinstance(s.events[-1], OutOfMemory) for s in step.snapshots[:-1])
    assert not process.is_alive
    assert story.machine.used_frames == 0


def test_out_of_memory_at_the_start(story):
    story.memory(frames=1)
    with pytest.raises(MisuseError) as caught:
        story.process("P", heap=["x = 1", "x = 2"])
    assert "\n" not in str(caught.value)


def test_malloc_extends_the_heap(small):
    process = small.process("P", heap="x = 1")
    buf = process.malloc("buf", 2)
    more = process.malloc("more", 1)
    assert buf.start == process.heap.start + 1
    assert more.start == buf.start + 2
    assert not buf[0].is_mapped
    process.write(buf[1], "b = 1")
    assert [page.is_mapped for page in process.buf] == [False, True]


def test_malloc_without_a_heap(small):
    process = small.process("P")
    assert len(process.malloc("arr", 2)) == 2


def test_mmap_finds_room(small):
    process = small.process("P")
    first, second = process.mmap("one", 2), process.mmap("two", 1, "r--")
    assert second.start >= first.start + 2
    assert [str(v.prot) for v in process.state.vmas] == ["rw-", "r--"]


def test_mmap_of_a_file(small):
    assert small.file("data.txt", ["a = 1", "", "c"]) == "data.txt"
    process = small.process("P")
    process.mmap("data", 3, "r--", file="data.txt")
    assert [process.read(page) for page in process.data] == ["a = 1", "0", "c"]
    assert process.state.counters.major == 3
    with pytest.raises(MisuseError, match=r"there is a file 'data.txt' already"):
        small.file("data.txt", ["z"])
    with pytest.raises(MisuseError, match=r"no file 'nofile'; there are: data\.txt"):
        process.mmap("other", 1, file="nofile")


def test_a_cached_file_is_no_major_fault(small):
    small.file("data.txt", ["a"], cached=True)
    process = small.process("P")
    process.mmap("data", 1, file="data.txt")
    process.read(process.data)
    assert (process.state.counters.minor, process.state.counters.major) == (1, 0)


def test_shared_memory(small):
    parent = small.process("Parent")
    ring = parent.mmap("ring", 1, shared=True)
    child = parent.fork("Child")
    child.write(child.ring, "n = 1")
    assert parent.read(ring) == "n = 1"
    assert child.copies == 0


def test_munmap(small):
    process = small.process("P", heap=["a", "b", "c"])
    process.munmap(process.heap[1])
    assert small.machine.used_frames == 2
    assert len(process.heap) == 3  # from its first page to its last
    process.read(process.heap[1])
    assert process.state.status == "killed by SIGSEGV"


def test_munmap_twice(small):
    process = small.process("P", heap="x = 1")
    heap = process.heap
    process.munmap(heap)
    with pytest.raises(MisuseError, match="P has no region at pages"):
        process.munmap(heap)


def test_mprotect(small):
    process = small.process("P", heap="x = 1")
    process.mprotect(process.heap, "r--")
    assert process.state.vmas[0].prot is Prot.R
    with pytest.raises(CowvizError, match="no protection 'rq'; write for example 'rw-'"):
        process.mprotect(process.heap, "rq")
    process.write(process.heap, "x = 2", fault="A fault.", signal="SIGSEGV.")
    assert process.state.status == "killed by SIGSEGV"
    assert [step.caption for step in told(small)] == ["A fault.", "SIGSEGV.", ""]


def test_sigsegv_kills(pair, small):
    parent, child = pair
    child.write(child.text, "oops")
    small.say("Dead.")
    events = told(small)[-1].events
    assert [type(e) for e in events] == [FaultRaised, SignalSent, Exited]
    assert child.state.status == "killed by SIGSEGV"
    assert child.faults == 0  # a fatal fault is not counted
    assert parent.is_alive


def test_a_dead_reader_reads_nothing(small):
    process = small.process("P", heap="x = 1")
    process.mprotect(process.heap, "none")
    assert process.read(process.heap) == ""


def test_sigbus_beyond_the_files_end(small):
    small.file("short", ["a"])
    process = small.process("P")
    process.mmap("data", 2, file="short")
    process.read(process.data[1])
    assert process.state.status == "killed by SIGBUS"


def test_save(pair, small):
    _, child = pair
    child.save(child.heap, "dump")
    child.save(child.text, "dump")
    small.say("Saved.")
    assert [e for e in told(small)[-1].events if isinstance(e, FileWritten)]
    assert [str(content[0]) for content in small.machine.files["dump"].contents] == ["x = 1", "main()"]
