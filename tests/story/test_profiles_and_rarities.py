"""Profiles, checks, recording; threads, swap, KSM, huge and pinned pages."""

from __future__ import annotations

import pytest

from cowviz.errors import CowvizError
from cowviz.memory.events import (
    Forked,
    PageMapped,
)
from cowviz.memory.machine import MisuseError
from cowviz.memory.profile import LINUX
from cowviz.story.recording import record
from cowviz.story.story import Story


def test_a_read_maps_the_zero_page_as_on_linux():
    story = Story(LINUX, check=True)
    story.memory(frames=2)
    process = story.process("P", heap=1)
    assert process.read(process.heap) == "0"
    assert process.heap.frame == "Zero page"
    assert process.rss == 0


def test_check_holds_the_invariants_against_every_change(monkeypatch):
    from cowviz.memory import frames

    monkeypatch.setattr(frames, "mapped", lambda machine, pfns: machine)  # fork forgets to count

    def play(story):
        story.memory(frames=2)
        story.process("P", heap="x = 1").fork("C")
        story.say("Forked.")

    assert record(play, name="n", title="t").steps
    with pytest.raises(AssertionError, match="after Forked"):
        record(play, name="n", title="t", check=True)


def test_record(small):
    def play(story):
        parent = story.process("P", heap="x = 1")
        parent.fork("C")
        story.say("Forked.")

    trace = record(play, name="lesson", title="Lesson", doc="Doc.", profile=LINUX)
    assert (trace.name, trace.title, trace.doc) == ("lesson", "Lesson", "Doc.")
    assert trace.steps[0].machine.profile is LINUX
    assert isinstance(trace.steps[0].events[-1], Forked)
    assert not any(isinstance(event, PageMapped) for event in trace.steps[0].events)


def test_errors_of_play_pass_through():
    def play(story):
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        record(play, name="n", title="t")


def test_a_verb_with_a_typo(pair):
    parent, _ = pair
    with pytest.raises(CowvizError, match=r"Parent has no 'wriet'; did you mean write\?"):
        parent.wriet(parent.heap, "x = 2")


def test_a_thread_shares_all_memory_and_has_its_own_counters(small):
    process = small.process("P", heap=["x = 1", None])
    thread = process.thread("T", clone="A thread: nothing is copied.")
    thread.write(thread.heap[1], "y = 2")
    assert (process.heap[1].content, process.heap[1].frame) == ("y = 2", thread.heap[1].frame)
    assert (process.faults, thread.faults, process.copies) == (0, 1, 0)


def test_a_vfork_child_borrows_memory_until_exec(small):
    parent = small.process("P", heap="x = 1")
    child = parent.vfork("C")
    with pytest.raises(MisuseError, match="waits until its vfork child"):
        parent.read(parent.heap)
    child.write(child.heap, "x = 2")
    child.exec("ls", heap="l = 1")
    assert parent.heap.content == "x = 2"
    assert child.heap.content == "l = 1"


def test_out_to_swap_and_back_by_a_major_fault(story):
    story.memory(frames=1, swap=1)
    process = story.process("P", heap=["x = 1", None])
    process.madvise(process.heap[0], "pageout", pageout="Out.")
    page = process.heap[0]
    assert (page.frame, page.content, page.is_swapped, page.is_mapped) == ("in swap", "x = 1", True, False)
    story.reclaim(reclaim="The frame is free.")
    process.read(page, fault="Touched.", fill="Read back.")
    assert (process.major_faults, page.content, page.is_swapped) == (1, "x = 1", False)


def test_equal_pages_are_merged(small):
    process = small.process("P", heap=["same", "same"])
    process.madvise(process.heap, "MERGEABLE")
    small.ksm(merge="They are one.")
    assert process.heap[0].frame == process.heap[1].frame
    process.write(process.heap[0], "other")
    assert process.copies == 1


def test_a_huge_page_is_mapped_by_one_fault_and_split_by_one_byte(story):
    story.memory(frames=2048)
    process = story.process("P")
    buf = process.mmap("buf", 512)
    process.madvise(buf, "HUGEPAGE")
    process.write(buf[5])
    assert (process.faults, process.rss, buf[0].is_huge) == (1, 512, True)
    child = process.fork("C")
    child.write(child.buf[5], split="Split.")
    assert (child.copies, child.buf[0].is_huge, buf[0].is_huge) == (1, False, True)


def test_fork_copies_a_pinned_page(small):
    process = small.process("P", heap="x = 1")
    process.pin(process.heap)
    child = process.fork("C", copy="At once.")
    assert child.heap.frame != process.heap.frame
    process.unpin(process.heap)
    assert process.fork("D").heap.frame == process.heap.frame


def test_what_the_kernel_refuses_is_a_region_without_pages(story):
    story.memory(frames=4, overcommit="heuristic")
    process = story.process("P", heap="x = 1")
    assert not process.malloc("big", pages=5)
    process.limit(3)
    refused = process.mmap("more", 3)
    assert not refused
    with pytest.raises(CowvizError, match=r"more\[0\] is outside P's more: the kernel refused its mmap()"):
        process.read(refused[0])
    process.limit(None)
    assert process.mmap("less", 4)


def test_a_fork_that_is_refused_gives_a_child_that_was_never_born(story):
    story.memory(frames=1)
    process = story.process("P", heap="x = 1")
    process.pin(process.heap)
    child = process.fork("C", refuse="ENOMEM: no frame for the pinned page.")
    assert not child.is_alive
    with pytest.raises(CowvizError, match="the kernel refused the fork"):
        child.read(process.heap)


@pytest.mark.parametrize(
    ("call", "problem"),
    [
        (lambda story: story.memory(frames=2, swap=-1), "swap=-1"),
        (lambda story: story.memory(frames=2, overcommit="never"), "overcommit 'never'"),
        (lambda story: story.reclaim(), "needs a living process"),
        (lambda story: (p := story.process("P", heap=1)).madvise(p.heap, "PAGEOOT"), "advice 'PAGEOOT'.*PAGEOUT"),
    ],
)
def test_wrong_use_of_the_rarer_things_names_its_cure(story, call, problem):
    with pytest.raises(CowvizError, match=problem):
        call(story)


def test_fault_around_leaves_a_page_in_swap_alone() -> None:
    """Its entry names a slot, so that it is no empty one (mm/filemap.c: filemap_map_pages)."""

    def play(story: Story) -> None:
        story.memory(64, swap=8)
        file = story.file("f", 17, cached=True)
        p = story.process("P", heap="x = 1")
        mapped = p.mmap("m", 17, file=file)
        p.write(mapped[3], "a = 1")
        p.madvise(mapped[3], "pageout")
        p.read(mapped[4])
        assert p.rss == 1 + 15
        assert p.read(mapped[3]) == "a = 1"
        story.say("Read.")

    record(play, name="x", title="X", profile=LINUX, check=True)
