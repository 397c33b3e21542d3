"""Just so much, and one more: where limits, gaps and copies end."""

from __future__ import annotations

import pytest
from memory_lab import HEAP, NONE, RW, Lab, R, names, text

from cowviz.memory.address_space import SECTION_BASE, checked, find_gap
from cowviz.memory.calls import processes
from cowviz.memory.calls.processes import ProgramRegion
from cowviz.memory.events import Refused, RegionMapped, RegionUnmapped
from cowviz.memory.machine import Cell, File, MisuseError, Section

MAP, STACK = 0x1000, SECTION_BASE[Section.STACK] + 50


def test_a_limit_may_be_reached_and_not_passed():
    lab = Lab()
    lab.start("a")
    lab.call("setrlimit", 1, 4)
    assert names(lab.mmap(1, MAP, 3)) == ["RegionMapped"]
    assert names(lab.mmap(1, MAP + 8, 1)) == ["Refused"]


@pytest.mark.parametrize(("pages", "event"), [(14, "RegionMapped"), (15, "Refused")])
def test_all_memory_and_swap_may_be_promised_at_once_and_no_more(pages, event):
    lab = Lab(frames=10, swap_slots=4, heuristic=True)
    lab.start("a")
    assert names(lab.mmap(1, MAP, pages)) == [event]


def test_the_heap_says_what_it_gives_back():
    lab = Lab()
    lab.start("a")
    lab.call("brk", 1, 5)
    (event,) = lab.call("brk", 1, 2)
    assert event == RegionUnmapped(1, HEAP + 2, 3)


def test_a_gap_that_just_fits_is_taken():
    lab = Lab()
    base = find_gap(lab.process(lab.start("a")), 1)
    lab.mmap(1, base + 2, 1)
    assert find_gap(lab.process(1), 2) == base
    assert find_gap(lab.process(1), 3) == base + 3


def test_addresses_begin_with_0():
    assert checked(0, 1) == 0
    assert checked(2**36 - 1, 1) == 2**36 - 1
    for start, pages in ((-1, 1), (2**36 - 1, 2)):
        with pytest.raises(MisuseError, match="outside of the address space"):
            checked(start, pages)


def test_shared_memory_without_a_file_is_on_no_disk():
    lab = Lab()
    lab.start("a")
    lab.mmap(1, MAP, 1, shared=True)
    lab.write(1, MAP)
    assert (lab.counters(1).minor, lab.counters(1).major) == (1, 0)
    lab.call("munmap", 1, MAP, 1)
    assert lab.machine.files == {}


@pytest.mark.parametrize(
    ("touch", "more", "kept"), [(True, {}, True), (False, {}, False), (False, {"file": "f"}, True)]
)
def test_a_promise_is_kept_but_for_untouched_memory(touch, more, kept):
    """mm/mprotect.c gives back what was counted for memory that nobody has written to and that shows no file."""
    lab = Lab()
    lab.start("a")
    lab.machine = lab.checked = processes.add_file(lab.machine, File("f", (text("f"),)))
    lab.mmap(1, MAP, 1, RW, **more)
    if touch:
        lab.write(1, MAP)
    lab.call("mprotect", 1, MAP, 1, R)
    vma = lab.process(1).vma(MAP)
    assert vma is not None
    assert vma.accounted is kept


def test_a_debugger_writes_for_one_process_and_one_page():
    lab = Lab()
    lab.start("a", None)
    lab.fork(1, 2)
    lab.call("poke", 2, HEAP, Cell("", "breakpoint"))
    assert lab.content(1, HEAP) == text("a")
    assert lab.content(2, HEAP) == text("breakpoint")
    assert lab.process(2).pte(HEAP + 1) is None
    lab.call("poke", 2, HEAP + 1, Cell("", "breakpoint"))
    assert lab.content(2, HEAP + 1) == text("breakpoint")


def test_keeponfork_takes_wipeonfork_back():
    lab = Lab()
    lab.start("a")
    lab.advise(1, HEAP, 1, "wipeonfork")
    lab.advise(1, HEAP, 1, "keeponfork")
    lab.fork(1, 2)
    assert lab.content(2, HEAP) == text("a")


def test_a_child_has_the_guards_of_the_regions_that_it_has():
    lab = Lab()
    lab.start("a", "b")
    lab.mmap(1, MAP, 2)
    lab.advise(1, HEAP + 1, 1, "guard_install")
    lab.advise(1, MAP + 1, 1, "guard_install")
    lab.advise(1, MAP, 2, "dontfork")
    lab.fork(1, 2)
    assert lab.process(1).guards == {HEAP + 1, MAP + 1}
    assert lab.process(2).guards == {HEAP + 1}


def test_a_stack_that_grows_says_by_how_much():
    lab = Lab()
    lab.call("start", 1, "prog", [ProgramRegion(STACK, (text("s"),), RW, Section.STACK, "stack")])
    grown = [event for event in lab.write(1, STACK - 3) if isinstance(event, RegionMapped)]
    assert grown == [RegionMapped(1, STACK - 3, 3)]


@pytest.mark.parametrize(("prot", "error"), [(R, "madvise: EINVAL"), (NONE, "madvise: EINVAL")])
def test_memory_that_may_not_be_written_is_not_filled_for_writing(prot, error):
    lab = Lab()
    lab.start("a")
    lab.mmap(1, MAP, 1, prot)
    assert lab.advise(1, MAP, 1, "populate_write")[-1] == Refused(1, error)
