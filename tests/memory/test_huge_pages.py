"""Huge pages: 512 frames at once, split by one byte written after fork (facts S16 to S19, S22)."""

from __future__ import annotations

from memory_lab import NONE, RW, Lab, R, kinds, names, signals

from cowviz.memory import access
from cowviz.memory.events import FrameAllocated, PageMapped, PageReused
from cowviz.memory.frames import HUGE_PAGE_FRAMES
from cowviz.memory.machine import ZERO_PFN, Process, boot
from cowviz.memory.profile import LINUX
from cowviz.memory.rare import huge

A = 512 * 9  # a 2 MiB region begins here


def machine_with(frames: int = 2048, pages: int = HUGE_PAGE_FRAMES) -> Lab:
    lab = Lab(frames=frames)
    lab.start()
    lab.mmap(1, A, pages)
    lab.advise(1, A, pages, "hugepage")
    return lab


def frames_of(lab: Lab, pid: int) -> list[int]:
    return [pte.pfn for _, pte in lab.process(pid).table.items(A, A + HUGE_PAGE_FRAMES)]


def huge_pages(lab: Lab, *pids: int) -> list[int]:
    """How many each process has mapped as such (AnonHugePages in /proc/PID/smaps, in 2 MiB)."""
    return [_huge_pages(lab, lab.process(pid)) for pid in pids]


def _huge_pages(lab: Lab, process: Process) -> int:
    starts = {huge.first_of(vpn) for vpn, _ in process.table.items()}
    return sum(huge.is_whole(lab.machine, process, start) for start in starts)


def forked() -> Lab:
    lab = machine_with()
    lab.write(1, A + 5)
    lab.fork(1, 2)
    return lab


def test_what_was_only_read_is_in_the_childs_table_too():
    """do_huge_pmd_anonymous_page makes an anon_vma before it looks whether the fault only reads (Linux 6.18)."""
    lab = machine_with()
    lab.read(1, A + 5)
    lab.fork(1, 2)
    assert lab.cell(2, A + 7) == "Z"


def test_one_fault_maps_512_frames_that_lie_next_to_one_another():
    lab = machine_with()
    events = lab.write(1, A + 5)
    assert kinds(events) == ["DEMAND_ZERO"]
    assert FrameAllocated(1, 0, HUGE_PAGE_FRAMES) in events
    assert PageMapped(1, A + 5, 5, None, events[0].kind, HUGE_PAGE_FRAMES) in events  # type: ignore[attr-defined]
    assert frames_of(lab, 1) == list(range(HUGE_PAGE_FRAMES))
    assert huge_pages(lab, 1) == [1]
    assert kinds(lab.write(1, A, pages=HUGE_PAGE_FRAMES // 4)) == []
    assert lab.counters(1).minor == 1
    lab.exit(1)
    assert lab.machine.used_frames == 0


def test_one_byte_written_after_fork_copies_4_kib_and_splits_the_writers_mapping():
    lab = forked()
    assert huge_pages(lab, 1, 2) == [1, 1]
    assert not any(frame.exclusive for _, frame in lab.machine.frames.items())
    events = lab.write(2, A + 5)
    assert names(events) == ["FaultRaised", "MappingSplit", "FrameAllocated", "FrameCopied", "PageMapped", "Accessed"]
    assert sum(a != b for a, b in zip(frames_of(lab, 1), frames_of(lab, 2), strict=True)) == 1
    assert huge_pages(lab, 1, 2) == [1, 0]
    assert [lab.cell(2, A + i) for i in (5, 6)] == ["f512E", "f6"]


def test_then_the_other_copies_too_for_the_huge_page_is_still_shared():
    lab = forked()
    lab.write(2, A + 5)
    assert lab.cell(1, A + 5) == "f5E"
    assert kinds(lab.write(1, A + 5)) == ["COW_COPY"]
    assert lab.pfn(1, A + 5) == 513
    assert huge_pages(lab, 1, 2) == [0, 0]
    assert lab.machine.used_frames == HUGE_PAGE_FRAMES + 2, "a frame of a huge page is not free before all of it is"


def test_writing_all_of_it_copies_all_that_is_left():
    lab = forked()
    lab.write(2, A + 5)
    lab.write(1, A + 5)
    assert kinds(lab.bulk(access.write(lab.machine, 2, A, pages=HUGE_PAGE_FRAMES))) == ["COW_COPY"] * 511
    assert not set(frames_of(lab, 1)) & set(frames_of(lab, 2))
    assert kinds(lab.write(1, A + 6)) == ["COW_REUSE"], "no other address space maps any of it now"
    lab.exit(1)
    lab.exit(2)
    assert lab.machine.used_frames == 0


def test_the_last_owner_of_a_whole_huge_page_takes_it_back_with_one_fault():
    lab = forked()
    lab.exit(2)
    assert lab.write(1, A + 5)[1] == PageReused(1, A + 5, 5, HUGE_PAGE_FRAMES)
    assert kinds(lab.write(1, A, pages=100)) == []
    assert huge_pages(lab, 1) == [1]


def test_read_first_maps_the_huge_zero_page_and_a_write_then_a_huge_page():
    lab = machine_with()
    assert kinds(lab.read(1, A + 7)) == ["ZERO_PAGE"]
    assert frames_of(lab, 1) == [ZERO_PFN] * HUGE_PAGE_FRAMES
    assert lab.machine.used_frames == 0
    assert kinds(lab.read(1, A, 100)) == []
    assert kinds(lab.write(1, A + 9)) == ["DEMAND_ZERO"]
    assert frames_of(lab, 1) == list(range(HUGE_PAGE_FRAMES))


def test_what_is_not_2_mib_of_untouched_memory_gets_ordinary_pages():
    lab = machine_with(pages=HUGE_PAGE_FRAMES + 100)
    lab.write(1, A + HUGE_PAGE_FRAMES)
    assert len(lab.process(1).table) == 1, "beyond the last whole 2 MiB"
    lab.advise(1, A + 3, 1, "guard_install")
    lab.write(1, A)
    assert len(lab.process(1).table) == 2
    other = machine_with()
    other.advise(1, A, HUGE_PAGE_FRAMES, "nohugepage")
    other.write(1, A)
    other.advise(1, A, HUGE_PAGE_FRAMES, "hugepage")
    other.write(1, A + 1)
    assert len(other.process(1).table) == 2, "a page was there already"


def test_where_no_512_frames_lie_together_it_is_an_ordinary_page():
    lab = machine_with(frames=600)
    lab.start("a", pid=2)
    lab.write(1, A)
    assert (frames_of(lab, 1), lab.machine.used_frames) == ([1], 2)
    tiny = machine_with(frames=600)
    tiny.machine = tiny.machine.__class__(LINUX, boot(LINUX, order=tuple(range(599, -1, -1))).free)
    tiny.start()
    tiny.mmap(1, A, HUGE_PAGE_FRAMES)
    tiny.advise(1, A, HUGE_PAGE_FRAMES, "hugepage")
    tiny.write(1, A)
    assert frames_of(tiny, 1) == [599]


def test_the_run_of_frames_is_aligned_and_comes_again():
    lab = machine_with(frames=1100)
    lab.start("a", pid=2)
    for _ in range(2):
        lab.write(1, A)
        assert frames_of(lab, 1) == list(range(512, 1024))
        lab.start("b", pid=len(lab.machine.processes) + 1)
        lab.advise(1, A, HUGE_PAGE_FRAMES, "dontneed")
    assert lab.machine.used_frames == 3


def test_a_part_that_is_given_back_is_free_when_memory_is_needed():
    lab = machine_with(frames=514)
    lab.write(1, A)
    lab.call("munmap", 1, A, 500)
    assert lab.machine.used_frames == HUGE_PAGE_FRAMES
    lab.start(*[None] * 8, pid=2)
    assert names(lab.write(2, 0x800, pages=8)).count("FramesReclaimed") == 1
    assert lab.machine.used_frames == 12 + 8
    assert kinds(lab.write(1, A + 510)) == []


def test_rights_and_pageout_split_it_like_any_memory():
    lab = Lab(frames=1024, swap_slots=4)
    lab.start()
    lab.mmap(1, A, HUGE_PAGE_FRAMES)
    lab.advise(1, A, HUGE_PAGE_FRAMES, "hugepage")
    lab.write(1, A)
    lab.call("mprotect", 1, A, 1, R)
    assert huge_pages(lab, 1) == [0]
    lab.call("mprotect", 1, A + 1, 1, NONE)
    assert signals(lab.write(1, A)) == ["SIGSEGV"]
    lab.call("mprotect", 1, A, 2, RW)
    assert (huge_pages(lab, 1), kinds(lab.write(1, A, pages=2))) == ([0], [])
    lab.advise(1, A, 2, "pageout")
    assert lab.cells(1, A, 3) == "S S Z"  # what of a split huge page holds zeroes is the zero page
    assert kinds(lab.write(1, A, pages=3)) == ["SWAP_CACHED", "SWAP_CACHED", "DEMAND_ZERO"]
