"""Each invariant in its own words: what is spoilt is told exactly so, with its numbers, and nothing else is."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from memory_lab import HEAP, RW, RWX, Lab, R, problems, text

from cowviz.memory import invariants
from cowviz.memory.calls import processes
from cowviz.memory.machine import ZERO_PFN, Cell, File, FrameTag, Machine, Pte
from cowviz.memory.page_table import Radix
from cowviz.memory.profile import LINUX, PROFILES, TEXTBOOK, Profile

MAP, SHARED, BIG = 0x1000, 0x2000, 0x4000
WRONG = {}
UNKNOWN = "private, and its region does not know that it has a private page"


def wrong(*messages: str):
    """What the function spoils is told in these words."""

    def keep(fn):
        WRONG[fn.__name__] = messages, fn
        return fn

    return keep


@pytest.fixture(scope="module")
def machine() -> Machine:
    """Two processes with co-owned frames, a file mapped in both ways, pages in swap, a pin, a dead child.

    Frames 0 and 1 are co-owned, 2 is the parent's, 6 the child's and pinned; 3 caches slot 0, 4 and 5 the file.
    """
    lab = Lab(frames=16, swap_slots=4)
    lab.start("a", "b", "c", "d")
    lab.machine = lab.checked = processes.add_file(lab.machine, File("disk", (text("f"), text("g"))), cached=True)
    lab.mmap(1, MAP, 2, RW, file="disk")
    lab.mmap(1, SHARED, 2, RW, file="disk", shared=True)
    lab.read(1, MAP)
    lab.write(1, SHARED)
    lab.advise(1, HEAP + 3, 1, "pageout")
    lab.fork(1, 2)
    lab.fork(1, 3)
    lab.exit(3)
    lab.write(2, HEAP + 2)
    lab.call("pin", 2, HEAP + 2, 1)
    return lab.machine


def frame(machine: Machine, pfn: int, **changed: object) -> Machine:
    new = machine.frames.get(pfn)._replace(**changed)
    return replace(machine, frames=machine.frames.updated([(pfn, new)]))


def process(machine: Machine, pid: int, **changed: object) -> Machine:
    new = replace(machine.process(pid), **changed)
    return replace(machine, processes={**machine.processes, pid: new})


def entry(machine: Machine, pid: int, vpn: int, pte: Pte | None) -> Machine:
    return process(machine, pid, table=machine.process(pid).table.updated([(vpn, pte)]))


def region(machine: Machine, pid: int, start: int, **changed: object) -> Machine:
    vmas = [replace(vma, **changed) if vma.start == start else vma for vma in machine.process(pid).vmas]
    return process(machine, pid, vmas=tuple(vmas))


def slot(machine: Machine, **changed: object) -> Machine:
    return replace(machine, swap=machine.swap.updated([(0, machine.swap.get(0)._replace(**changed))]))


@wrong("frame 2 has mapcount 2, and 1 PTEs map it")
def a_map_count(machine):
    return frame(machine, 2, mapcount=2)


@wrong("frame 2 has mapcount 1, and 0 PTEs map it")
def an_entry_is_lost(machine):
    return entry(machine, 1, HEAP + 2, None)


@wrong("frame 9 is mapped and not in use", "frame 2 has mapcount 1, and 0 PTEs map it")
def a_free_frame_is_mapped(machine):
    return entry(machine, 1, HEAP + 2, Pte(9, R))


@wrong("frame 0 is said to be exclusive, and is not")
def a_co_owned_frame_is_exclusive(machine):
    return frame(machine, 0, exclusive=True)


@wrong("frame 5 is said to be exclusive, and is not")
def a_files_frame_is_exclusive(machine):
    return frame(machine, 5, exclusive=True)


@wrong("frame 3 is said to be exclusive, and is not")
def a_swapped_frame_is_exclusive(machine):
    return frame(machine, 3, exclusive=True)


@wrong("frame 2 is said to be exclusive, and is not")
def a_merged_frame_is_exclusive(machine):
    return frame(machine, 2, exclusive=True, tag=FrameTag(ksm=True))


@wrong("the free list names a frame twice", "7 frames used + 10 free are not all 16")
def a_frame_is_freed_twice(machine):
    return replace(machine, free=replace(machine.free, freed=Radix.of([(0, 15)])))


@wrong("7 frames used + 10 free are not all 16", "frame 6 is both free and in use")
def a_frame_in_use_is_freed(machine):
    return replace(machine, free=replace(machine.free, used=6))


@wrong("7 frames used + 8 free are not all 16")
def a_frame_is_lost(machine):
    return replace(machine, free=replace(machine.free, used=8))


@wrong(
    "page 1 of disk is cached in frame 9, which does not know of it",
    "frame 5 says that the page cache holds it, and the page cache does not",
)
def the_cache_names_another_frame(machine):
    return replace(machine, cache={"disk": machine.cache["disk"].updated([(1, 9)])})


@wrong(
    "frame 5 says that the page cache holds it, and the page cache does not",
    "the page cache holds 2 frames, and counts others",
)
def the_cache_forgets_a_frame(machine):
    return replace(machine, cache={"disk": machine.cache["disk"].updated([(1, None)])})


@wrong("page 1 of disk is cached, and the file does not have it")
def a_file_is_shorter_than_its_cache(machine):
    return replace(machine, files={"disk": replace(machine.files["disk"], contents=(text("f"),))})


@wrong(
    "page 0 of disk is cached, and the file does not have it", "page 1 of disk is cached, and the file does not have it"
)
def a_file_is_gone(machine):
    return replace(machine, files={})


@wrong("P3 (3) is dead and maps memory")
def the_dead_have_regions(machine):
    return process(machine, 3, vmas=machine.process(2).vmas[1:])


@wrong("P2 (2) has regions that overlap, are empty or out of order")
def regions_overlap(machine):
    return region(machine, 2, MAP, end=SHARED + 1)


@wrong(
    "P1 (1) has regions that overlap, are empty or out of order", "P1 (1) has resident pages outside of all its regions"
)
def a_region_is_empty(machine):
    return region(machine, 1, SHARED, end=SHARED)


@wrong("P2 (2) has an anon_vma for a region that never had a private page")
def a_region_without_private_pages_is_forked(machine):
    return region(machine, 2, MAP, forked=True)


@wrong("P2 (2) has an anon_vma for a region that never had a private page")
def a_region_without_private_pages_has_an_anon_vma(machine):
    return region(machine, 2, MAP, anon_vma=1)


@wrong("P1 (1) has resident pages outside of all its regions")
def a_page_lies_outside(machine):
    return region(machine, 1, MAP, end=MAP + 1)


@wrong("P2 (2), page 0x802 of heap: its PTE allows rwx, its region only rw-")
def an_entry_allows_too_much(machine):
    return entry(machine, 2, HEAP + 2, Pte(6, RWX))


@wrong("P2 (2), page 0x802 is a guard and mapped")
def a_guard_is_mapped(machine):
    return process(machine, 2, guards=frozenset({HEAP + 2}))


@wrong("P2 (2), page 0x802 of heap: dirty, and its region is private: nothing asks")
def a_private_entry_is_dirty(machine):
    return entry(machine, 2, HEAP + 2, Pte(6, RW, True))


@wrong("P2 (2), page 0x1000 of map: the zero page is writable, or stands for a file's page")
def the_zero_page_stands_for_a_file(machine):
    return entry(machine, 2, MAP, Pte(ZERO_PFN, R))


@wrong(
    "P2 (2), page 0x2001 of map: MAP_SHARED, and frame 4 is not the file's own",
    "frame 4 has mapcount 2, and 3 PTEs map it",
)
def shared_memory_shows_another_page(machine):
    return entry(machine, 2, SHARED + 1, Pte(4, R))


@wrong(
    "P1 (1), page 0x800 of heap: writable, and frame 0 has 2 owners",
    "P1 (1), page 0x800 of heap: writable, and frame 0 was never taken for this process alone",
)
def a_co_owned_frame_is_writable(machine):
    return entry(machine, 1, HEAP, Pte(0, RW))


@wrong("P1 (1), page 0x802 of heap: writable, and frame 2 was never taken for this process alone")
def a_frame_is_writable_before_its_fault(machine):
    return entry(machine, 1, HEAP + 2, Pte(2, RW))


@wrong(
    "P1 (1), page 0x1001 of map: shows ('disk', 0), not its own file's page",
    "frame 4 has mapcount 2, and 3 PTEs map it",
    "frame 5 has mapcount 1, and 0 PTEs map it",
)
def private_memory_shows_another_page(machine):
    return entry(machine, 1, MAP + 1, Pte(4, R))


@wrong(
    *(f"P1 (1), page {vpn:#x} of heap: {UNKNOWN}" for vpn in (0x800, 0x801, 0x802)),
    "P1 (1) has page 0x803 in swap, where it has no private memory",
)
def a_region_knows_of_no_private_page(machine):
    return region(machine, 1, HEAP, has_private=False)


@wrong("swap slot 0 has 3 entries, and 2 name it")
def a_slots_count(machine):
    return slot(machine, entries=3)


@wrong("swap slot 1 has None entries, and 1 name it", "swap slot 0 has 2 entries, and 1 name it")
def a_free_slot_is_named(machine):
    return process(machine, 2, swapped=Radix.of([(HEAP + 3, 1)]))


@wrong("swap slot 0 is said to be exclusive, and is not")
def a_co_owned_slot_is_exclusive(machine):
    return slot(machine, exclusive=True)


@wrong(
    "swap slot 0 is cached in frame 6, which does not know of it",
    "frame 3 says that it caches swap slot 0, which does not know of it",
)
def a_slot_names_another_frame(machine):
    return slot(machine, pfn=6)


@wrong("frame 3 and swap slot 0 do not hold the same")
def a_slot_holds_something_else(machine):
    return slot(machine, content=(Cell("", "other"),))


@wrong("frame 3 and swap slot 0 do not hold the same")
def a_frame_in_the_swap_cache_holds_something_else(machine):
    return frame(machine, 3, content=(Cell("", "other"),))


@wrong("frame 2 says that it caches swap slot 3, which does not know of it")
def a_frame_names_a_free_slot(machine):
    return frame(machine, 2, tag=FrameTag(slot=3))


@wrong("1 of 0 swap slots are in use")
def there_are_fewer_slots(machine):
    return replace(machine, swap_slots=0)


@wrong("P2 (2) has page 0x803 in swap, and something else there too")
def a_page_in_swap_is_a_guard(machine):
    return process(machine, 2, guards=frozenset({HEAP + 3}))


@wrong("P1 (1) has page 0x2001 in swap, where it has no private memory", "swap slot 0 has 2 entries, and 3 name it")
def shared_memory_is_in_swap(machine):
    return process(machine, 1, swapped=Radix.of([(HEAP + 3, 0), (SHARED + 1, 0)]))


@wrong("P1 (1) has pinned page 0x802, and not its frame for itself")
def a_pinned_frame_may_be_co_owned(machine):
    return process(machine, 1, pins=frozenset({HEAP + 2}))


@wrong("P1 (1) has pinned page 0x4000, and not its frame for itself")
def a_pinned_page_is_not_mapped(machine):
    return process(machine, 1, pins=frozenset({BIG}))


@wrong("frame 3 is special in two ways")
def a_frame_in_swap_is_merged(machine):
    return frame(machine, 3, tag=FrameTag(slot=0, ksm=True))


@wrong("frame 3 is special in two ways", "huge page 0 has 1 frames")
def a_frame_in_swap_is_of_a_huge_page(machine):
    return frame(machine, 3, tag=FrameTag(slot=0, folio=0))


@wrong("frame 5 is special in two ways")
def a_files_frame_is_merged(machine):
    return frame(machine, 5, tag=FrameTag(ksm=True))


@wrong("huge page 0 has 1 frames")
def a_huge_page_of_one_frame(machine):
    return frame(machine, 2, tag=FrameTag(folio=0))


@wrong("frame 2 is far from its huge page 512", "huge page 512 has 0 frames")
def a_huge_page_begins_elsewhere(machine):
    return frame(machine, 2, tag=FrameTag(folio=512))


@wrong("P2 (2) shares the address space of 2, which has none")
def a_process_shares_with_itself(machine):
    return process(machine, 2, mm=2)


@wrong("P3 (3) shares the address space of 1, which has none")
def the_dead_share(machine):
    return process(machine, 3, mm=1)


def test_nothing_is_wrong(machine):
    assert problems(None, machine) == []


def test_a_wrong_sum_of_pss_is_told(machine, monkeypatch):
    monkeypatch.setattr(invariants, "pss", lambda _, process: Fraction(process.pid))
    assert invariants.violations(machine) == ["the sum of PSS is 6 bytes, and 6 frames are mapped"]


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_told_with_its_numbers(name, machine):
    """By a check of everything; a check of what changed finds something too (``problems``)."""
    messages, spoil = WRONG[name]
    assert sorted(problems(machine, spoil(machine))) == sorted(messages)


def test_the_profiles_are_what_the_documents_say():
    """The lecture's picture maps a page a fault, as textbooks draw it; Linux maps a window of 64 KiB."""
    assert Profile("textbook", fork_copies_all=True, zero_page=False, fault_around=1) == TEXTBOOK
    assert Profile("linux", fork_copies_all=False, zero_page=True, fault_around=16) == LINUX
    assert PROFILES == {"textbook": TEXTBOOK, "linux": LINUX}


@pytest.mark.parametrize(("profile", "mapped"), [(TEXTBOOK, 1), (LINUX, 16)])
def test_a_read_fault_of_a_cached_file_maps_so_many_pages(profile, mapped):
    lab = Lab(profile, frames=64)
    file = File("big", tuple(text(str(number)) for number in range(40)))
    lab.machine = lab.checked = processes.add_file(lab.machine, file, cached=True)
    lab.start("x")
    lab.mmap(1, BIG, 40, R, file="big")
    lab.read(1, BIG + 17)
    assert len(list(lab.process(1).table.items(BIG, BIG + 40))) == mapped
    assert lab.faults(1) == 1
