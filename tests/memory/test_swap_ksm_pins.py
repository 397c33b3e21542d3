"""Frames that the kernel takes, merges or must leave alone: swap, KSM, pinned pages (facts S15, S26, S33)."""

from __future__ import annotations

import pytest
from memory_lab import HEAP, RW, Lab, R, kinds, names, renumbered, text

from cowviz.memory.calls.processes import add_file
from cowviz.memory.events import FramesReclaimed, PagedOut, PagesMerged, Refused
from cowviz.memory.machine import File, MisuseError


def swapped(*contents: str, frames: int = 64) -> Lab:
    lab = Lab(frames=frames, swap_slots=8)
    lab.start(*contents)
    lab.advise(1, HEAP, len(contents), "pageout")
    return lab


def test_paged_out_touched_again_and_written():
    lab = Lab(swap_slots=64)
    lab.start(*"abcd")
    before = lab.cells(1, HEAP, 4)
    assert lab.advise(1, HEAP, 4, "pageout")[-1] == PagedOut(1, 4)
    assert lab.cells(1, HEAP, 4) == "S S S S"
    assert kinds(lab.read(1, HEAP)) == ["SWAP_CACHED"]
    assert (lab.counters(1).major, lab.counters(1).minor) == (0, 1)
    assert lab.cells(1, HEAP, 4) == f"{before.split()[0]} S S S", "the same frame: it was still in the swap cache"
    assert kinds(lab.write(1, HEAP)) == []
    assert lab.cells(1, HEAP, 4) == "f0E S S S"


def test_a_frame_that_was_needed_elsewhere_is_read_back():
    lab = swapped("a", "b")
    assert lab.machine.used_frames == 2
    assert lab.call("reclaim", 1) == [FramesReclaimed(1, (0, 1))]
    assert lab.machine.used_frames == 0
    assert names(lab.read(1, HEAP)) == ["FaultRaised", "FrameSwappedIn", "PageMapped", "Accessed"]
    assert (kinds(lab.events), lab.counters(1).major) == (["SWAP_IN"], 1)
    assert lab.content(1, HEAP) == text("a")
    assert kinds(lab.write(1, HEAP)) == []
    assert lab.call("reclaim", 1) == []


def test_memory_pressure_takes_swap_cache_before_it_kills():
    lab = swapped("a", "b", frames=3)
    lab.start(None, None, pid=2)
    assert names(lab.write(2, HEAP, pages=2)).count("FramesReclaimed") == 1
    assert lab.process(1).is_alive
    assert kinds(lab.read(1, HEAP + 1)) == ["SWAP_IN"]


def test_without_swap_pageout_does_nothing():
    lab = Lab()
    lab.start("a")
    assert names(lab.advise(1, HEAP, 1, "pageout")) == ["Advised"]
    assert lab.cell(1, HEAP) == "f0E"


def test_swap_may_be_too_small():
    lab = Lab(swap_slots=2)
    lab.start(*"abc")
    lab.advise(1, HEAP, 3, "pageout")
    assert lab.cells(1, HEAP, 3) == "S S f2E"
    lab.read(1, HEAP)
    lab.advise(1, HEAP + 2, 1, "pageout")
    assert lab.cells(1, HEAP, 3) == "f0E S S", "the slot is free again"


def test_co_owned_pages_and_files_stay():
    lab = Lab(swap_slots=8)
    lab.start("a", "b")
    lab.fork(1, 2)
    lab.write(1, HEAP)
    lab.advise(1, HEAP, 2, "pageout")
    assert lab.cells(1, HEAP, 2) == "S f1"


def test_fork_copies_swap_entries_and_each_is_an_owner():
    lab = swapped("a")
    lab.fork(1, 2)
    assert (lab.cell(1, HEAP), lab.cell(2, HEAP)) == ("S", "S")
    assert lab.machine.swap.get(0).entries == 2
    events = lab.write(1, HEAP, "new")
    assert kinds(events) == ["SWAP_CACHED"]
    assert names(events)[1:] == ["PageMapped", "FrameAllocated", "FrameCopied", "PageMapped", "Accessed"]
    assert (lab.counters(1).minor, lab.counters(1).copies) == (1, 1)
    assert lab.content(1, HEAP) == text("new")
    assert kinds(lab.write(2, HEAP)) == ["SWAP_CACHED"]
    assert (lab.counters(2).copies, lab.machine.used_frames, len(lab.machine.swap)) == (0, 2, 0)


def test_who_reads_a_co_owned_page_in_has_it_with_the_others():
    lab = swapped("a")
    lab.fork(1, 2)
    for pid in (1, 2):
        lab.read(pid, HEAP)
    assert renumbered(f"{lab.cell(1, HEAP)} {lab.cell(2, HEAP)}") == "f0 f0"
    assert kinds(lab.write(1, HEAP)) == ["COW_COPY"]
    assert kinds(lab.write(2, HEAP)) == ["COW_REUSE"]


def test_a_swap_entry_that_waits_makes_a_writer_copy():
    lab = swapped("a")
    lab.fork(1, 2)
    lab.read(1, HEAP)
    assert lab.cell(1, HEAP) == "f0E", "mapped once, and yet not its own"
    assert kinds(lab.write(1, HEAP)) == ["COW_COPY"]
    lab.exit(2)
    assert (lab.machine.used_frames, len(lab.machine.swap)) == (1, 0)


@pytest.mark.parametrize("end", ["munmap", "exit", "dontneed"])
def test_slots_are_free_again(end):
    lab = swapped("a", "b")
    if end == "exit":
        lab.exit(1)
    elif end == "munmap":
        lab.call("munmap", 1, HEAP, 2)
    else:
        lab.advise(1, HEAP, 2, "dontneed")
        assert kinds(lab.read(1, HEAP)) == ["ZERO_PAGE"]
    assert (lab.machine.used_frames, len(lab.machine.swap)) == (0, 0)


def test_swapped_pages_move_and_keep_to_their_region():
    lab = swapped("a", "b")
    lab.call("mremap", 1, HEAP, 1, 0x9000)
    assert lab.cell(1, 0x9000) == "S"
    lab.call("mprotect", 1, 0x9000, 1, R)
    lab.read(1, 0x9000)
    assert lab.pte(1, 0x9000).prot == R
    assert lab.content(1, 0x9000) == text("a")


def merged(count: int = 4) -> Lab:
    lab = Lab()
    lab.start(*["same"] * count)
    lab.advise(1, HEAP, count, "mergeable")
    assert lab.call("ksm_scan")[0] == PagesMerged(1, count, (0, *range(2, count)))
    return lab


def test_equal_pages_are_merged_and_a_writer_gets_a_copy():
    lab = merged()
    assert lab.cells(1, HEAP, 4) == "f1K f1K f1K f1K"
    assert lab.machine.frames.get(1).mapcount == 4
    assert kinds(lab.read(1, HEAP, 4)) == []
    assert kinds(lab.write(1, HEAP)) == ["COW_COPY"]
    assert renumbered(lab.cells(1, HEAP, 4)) == "f0E f1K f1K f1K"
    assert kinds(lab.write(1, HEAP)) == []
    assert lab.call("ksm_scan") == []


def test_the_last_owner_of_a_merged_frame_copies_too():
    lab = merged(2)
    assert kinds(lab.write(1, HEAP, "a") + lab.write(1, HEAP + 1, "b")) == ["COW_COPY"] * 2
    assert lab.machine.used_frames == 2


def test_merged_frames_are_joined_by_more_and_stay_read_only():
    lab = merged(3)
    lab.write(1, HEAP, "other")
    lab.write(1, HEAP, "same")
    assert lab.call("ksm_scan") == [PagesMerged(1, 3, (lab.events[-1].freed))]  # type: ignore[attr-defined]
    lab.call("mprotect", 1, HEAP, 3, R)
    lab.call("mprotect", 1, HEAP, 3, RW)
    lab.fork(1, 2)
    lab.exit(1)
    assert kinds(lab.write(2, HEAP)) == ["COW_COPY"]


def test_only_regions_that_asked_are_merged_and_no_files():
    lab = Lab()
    lab.machine = add_file(lab.machine, File("f", (text("same"),)), cached=True)
    lab.start("same", "same", pid=1)
    lab.mmap(1, 0x9000, 1, file="f")
    lab.read(1, 0x9000)
    lab.advise(1, 0x9000, 1, "mergeable")
    lab.advise(1, HEAP, 1, "mergeable")
    assert lab.call("ksm_scan") == []
    lab.start("same", pid=2)
    lab.advise(2, HEAP, 1, "mergeable")
    assert names(lab.call("ksm_scan")) == ["PagesMerged"]
    assert lab.pfn(1, HEAP) == lab.pfn(2, HEAP) != lab.pfn(1, HEAP + 1)


def test_a_pinned_page_is_copied_for_the_child_at_fork():
    lab = Lab()
    lab.start("dma", "x")
    lab.call("pin", 1, HEAP, 1)
    assert names(lab.call("fork", 1, 2, "child")) == ["WriteProtected", "FrameAllocated", "FrameCopied", "Forked"]
    cells = f"{lab.cells(1, HEAP, 2)} {lab.cells(2, HEAP, 2)}"
    assert renumbered(cells) == "f0E f1 f2E f1"
    assert lab.content(2, HEAP) == text("dma")
    assert [kinds(lab.write(1, vpn)) for vpn in (HEAP, HEAP + 1)] == [[], ["COW_COPY"]]
    assert kinds(lab.write(2, HEAP)) == []


def test_a_pin_lasts_until_it_is_undone_or_the_page_goes():
    lab = Lab(swap_slots=4)
    lab.start("a", "b", None)
    lab.call("pin", 1, HEAP, 3)
    assert kinds(lab.events) == ["DEMAND_ZERO"]
    lab.advise(1, HEAP, 3, "pageout")
    assert lab.cells(1, HEAP, 3) == "f0E f1E f2E"
    lab.call("unpin", 1, HEAP, 1)
    lab.call("munmap", 1, HEAP + 1, 1)
    lab.call("mremap", 1, HEAP + 2, 1, 0x9000)
    assert lab.process(1).pins == {0x9000}
    lab.fork(1, 2)
    assert lab.process(2).pins == frozenset()
    assert kinds(lab.write(1, HEAP) + lab.write(1, 0x9000)) == ["COW_COPY"]
    lab.mmap(1, 0xA000, 1, prot=R)
    with pytest.raises(MisuseError, match="private writable"):
        lab.call("pin", 1, 0xA000, 1)


def test_fork_is_refused_where_pinned_pages_cannot_be_copied():
    lab = Lab(frames=2)
    lab.start("a", "b")
    lab.call("pin", 1, HEAP, 1)
    assert lab.call("fork", 1, 2, "child") == [Refused(1, "fork: ENOMEM")]
    lab.call("unpin", 1, HEAP, 1)
    assert lab.fork(1, 2) == 2
