"""More machines of which one thing is wrong: swap, pins, huge pages, shared address spaces."""

from __future__ import annotations

from dataclasses import replace

from memory_lab import HEAP
from wrong_machines import BIG, SHARED, frame, process, slot, wrong

from cowviz.memory.machine import Cell, FrameTag
from cowviz.memory.tables.radix import Radix


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
