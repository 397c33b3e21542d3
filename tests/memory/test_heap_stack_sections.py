"""A program's own memory: sections of its file, heap, stack; and what the kernel refuses (S01, S03, S08-S11, S36)."""

from __future__ import annotations

import pytest
from memory_lab import HEAP, RW, RX, Lab, R, kinds, names, signals, text

from cowviz.memory import access
from cowviz.memory.calls.processes import SECTION_BASE, ProgramRegion
from cowviz.memory.events import Refused
from cowviz.memory.machine import MisuseError, Section

RODATA, DATA, BSS = (SECTION_BASE[section] for section in (Section.RODATA, Section.DATA, Section.BSS))
TEXT = SECTION_BASE[Section.TEXT]
PROGRAM = [
    ProgramRegion(TEXT, (text("main()"),), RX, Section.TEXT, ".text"),
    ProgramRegion(RODATA, (text("hello"),), R, Section.RODATA, ".rodata"),
    ProgramRegion(DATA, (text("x = 1"), text("y = 2")), RW, Section.DATA, ".data", untouched=True),
    ProgramRegion(BSS, (None,), RW, Section.BSS, ".bss"),
]


def test_sections_of_a_program():
    lab = Lab()
    lab.call("start", 1, "prog", PROGRAM)
    assert signals(lab.write(1, RODATA) + lab.write(1, TEXT)) == ["SIGSEGV"] * 2
    assert kinds(lab.read(1, RODATA) + lab.read(1, DATA)) == []
    assert lab.cells(1, DATA, 2) == "f2EF f3EF"
    assert kinds(lab.write(1, DATA)) == ["COW_COPY"]
    assert kinds(lab.write(1, DATA + 1)) == ["COW_COPY"]
    assert lab.cells(1, DATA, 2) == "f4E f5E"
    assert lab.machine.content(lab.machine.cache["prog"].get(2)) == text("x = 1"), "the file is as it was"  # type: ignore[arg-type]
    assert kinds(lab.read(1, BSS)) == ["ZERO_PAGE"]
    assert lab.cell(1, BSS) == "Z"
    assert kinds(lab.write(1, BSS)) == ["DEMAND_ZERO"]


def test_fork_copies_the_entries_of_data_and_bss_and_the_child_copies_what_it_writes():
    lab = Lab()
    lab.call("start", 1, "prog", PROGRAM)
    lab.write(1, DATA)
    lab.write(1, BSS)
    lab.fork(1, 2)
    assert [lab.process(2).pte(vpn) is not None for vpn in (TEXT, RODATA, DATA, BSS)] == [False, False, True, True]
    assert kinds(lab.write(2, DATA)) == ["COW_COPY"]
    assert lab.cell(1, DATA).endswith("E") and lab.cell(2, DATA).endswith("E")
    assert lab.pfn(1, DATA) != lab.pfn(2, DATA)
    assert kinds(lab.read(2, RODATA)) == ["FILE_MAPPED"]
    assert lab.pfn(1, RODATA) == lab.pfn(2, RODATA)


def test_the_stack_grows_page_by_page_and_stays():
    """132 kB of which the upper part was used; 40 calls of 4 KiB each; afterwards it is 172 kB."""
    lab, top = Lab(), SECTION_BASE[Section.STACK] + 100
    stack = (*[None] * 24, *[text("main")] * 9)
    lab.call("start", 1, "prog", [ProgramRegion(top - 33, stack, RW, Section.STACK, "stack")])
    calls = range(top - 4, top - 44, -1)
    assert len([kind for vpn in calls for kind in kinds(lab.write(1, vpn))]) == 34
    assert [kind for vpn in calls for kind in kinds(lab.write(1, vpn))] == []
    assert [vma.pages * 4 for vma in lab.process(1).vmas] == [172]


def test_malloc_takes_no_frames_and_free_gives_them_back():
    lab = Lab(frames=1100)
    lab.start()
    lab.mmap(1, 0x100000, 65536)  # malloc(256 MiB)
    assert lab.machine.used_frames == 0
    assert kinds(lab.bulk(access.write(lab.machine, 1, 0x100000, pages=1000))) == ["DEMAND_ZERO"] * 1000
    assert lab.machine.used_frames == 1000
    lab.call("munmap", 1, 0x100000, 65536)
    assert lab.machine.used_frames == 0


def test_a_small_malloc_comes_from_the_heap():
    lab = Lab()
    lab.start("used", None)
    assert lab.write(1, HEAP) and lab.faults(1) == 0


def test_brk_moves_the_end_of_the_heap():
    lab = Lab()
    lab.start()
    assert names(lab.call("brk", 1, 4)) == ["RegionMapped"]
    assert (lab.process(1).vma(HEAP).pages, lab.machine.used_frames) == (4, 0)
    lab.write(1, HEAP, pages=4)
    lab.call("brk", 1, 6)
    assert [vma.pages for vma in lab.process(1).vmas] == [6], "one region that grows"
    assert names(lab.call("brk", 1, 1)) == ["RegionUnmapped"]
    assert lab.machine.used_frames == 1
    assert signals(lab.write(1, HEAP + 1)) == ["SIGSEGV"]
    assert lab.call("brk", 1, 1) == []
    lab.call("brk", 1, 0)
    assert lab.process(1).vmas == ()
    with pytest.raises(MisuseError, match="no -1 pages"):
        lab.call("brk", 1, -1)


def test_brk_leaves_other_regions_and_a_protected_heap_alone():
    lab = Lab()
    lab.start("x")
    lab.call("mprotect", 1, HEAP, 1, R)
    lab.call("brk", 1, 3)
    assert [(str(vma.prot), vma.pages) for vma in lab.process(1).vmas] == [("r--", 1), ("rw-", 2)]
    lab.mmap(1, HEAP + 5, 1)
    assert lab.call("brk", 1, 6) == [Refused(1, "brk: ENOMEM")]
    assert names(lab.call("brk", 1, 5)) == ["RegionMapped"]


def test_a_limit_is_one_of_addresses_not_of_frames():
    lab = Lab()
    lab.start("x")
    lab.call("setrlimit", 1, 16384)
    assert lab.mmap(1, 0x100000, 32768) == [Refused(1, "mmap: ENOMEM")]
    assert lab.mmap(1, 0x100000, 32768, shared=True) == [Refused(1, "mmap: ENOMEM")]
    assert lab.machine.files == {}
    assert names(lab.mmap(1, 0x100000, 4096)) == ["RegionMapped"]
    lab.fork(1, 2)
    assert lab.call("brk", 2, 16384 - 4096 + 1) == [Refused(2, "brk: ENOMEM")]
    lab.call("setrlimit", 2, None)
    assert names(lab.mmap(2, 0x200000, 32768)) == ["RegionMapped"]


def test_overcommit_refuses_only_what_alone_is_more_than_all_memory():
    lab = Lab(frames=100, heuristic=True)
    lab.start()
    assert lab.mmap(1, 0x100000, 200) == [Refused(1, "mmap: ENOMEM")]
    assert names(lab.mmap(1, 0x110000, 200, noreserve=True)) == ["RegionMapped"]
    assert names(lab.mmap(1, 0x120000, 200, prot=R)) == ["RegionMapped"]
    for start in (0x130000, 0x140000):
        assert names(lab.mmap(1, start, 90)) == ["RegionMapped"]
    assert lab.machine.used_frames == 0
    assert names(Lab.mmap(started(Lab(frames=100)), 1, 0x100000, 200)) == ["RegionMapped"], "mode 1 promises all"


def started(lab: Lab) -> Lab:
    lab.start()
    return lab


def test_overcommit_judges_each_region_by_itself_at_fork():
    lab = started(Lab(frames=100, heuristic=True))
    for start in (0x130000, 0x140000):
        lab.mmap(1, start, 90)
    lab.fork(1, 2)
    assert lab.process(2).is_alive
    merged = started(Lab(frames=100, heuristic=True))
    for pages in (90, 180):
        merged.call("brk", 1, pages)
    assert merged.call("fork", 1, 2, "child") == [Refused(1, "fork: ENOMEM")]
    assert 2 not in merged.machine.processes
