"""Machines of which one thing is wrong, each with what the invariants must say of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from memory_lab import HEAP, RW, RWX, R, text

from cowviz.memory.machine import ZERO_PFN, FrameTag, Machine, Pte
from cowviz.memory.tables.radix import Radix

MAP, SHARED, BIG = 0x1000, 0x2000, 0x4000
WRONG = {}
UNKNOWN = "private, and its region does not know that it has a private page"


def wrong(*messages: str):
    """What the function spoils is told in these words."""

    def keep(fn):
        WRONG[fn.__name__] = messages, fn
        return fn

    return keep


def frame(machine: Machine, pfn: int, **changed: Any) -> Machine:
    new = machine.frames.get(pfn)._replace(**changed)
    return replace(machine, frames=machine.frames.updated([(pfn, new)]))


def process(machine: Machine, pid: int, **changed: Any) -> Machine:
    new = replace(machine.process(pid), **changed)
    return replace(machine, processes={**machine.processes, pid: new})


def entry(machine: Machine, pid: int, vpn: int, pte: Pte | None) -> Machine:
    return process(machine, pid, table=machine.process(pid).table.updated([(vpn, pte)]))


def region(machine: Machine, pid: int, start: int, **changed: Any) -> Machine:
    vmas = [replace(vma, **changed) if vma.start == start else vma for vma in machine.process(pid).vmas]
    return process(machine, pid, vmas=tuple(vmas))


def slot(machine: Machine, **changed: Any) -> Machine:
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
