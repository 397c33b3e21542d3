"""Bugs in rules that random runs do not come to are found by the tests of those rules."""

from __future__ import annotations

from dataclasses import replace

import pytest
import test_heap_stack_sections
import test_huge_pages
import test_shared_spaces
import test_swap_ksm_pins

from cowviz.memory import frames, page_fault, resolvers
from cowviz.memory.calls import processes
from cowviz.memory.events import FaultKind
from cowviz.memory.machine import PLAIN, Machine, Prot
from cowviz.memory.rare import huge, ksm, limits, swap


def an_entry_in_swap_is_no_owner(patch):
    real = page_fault._write_protected

    def careless(machine, vma, pte):
        kind, frame = real(machine, vma, pte), machine.frames.get(pte.pfn)
        is_waited_for = frame is not None and frame.mapcount == 1 and frame.tag.slot is not None
        return FaultKind.COW_REUSE if is_waited_for else kind

    patch.setattr(page_fault, "_write_protected", careless)


def all_memory_merged(patch):
    real = ksm._candidates

    def candidates(machine):
        for process in machine.spaces():
            asked = tuple(replace(vma, mergeable=True) for vma in process.vmas)
            machine = machine.with_process(replace(process, vmas=asked))
        return real(machine)

    patch.setattr(ksm, "_candidates", candidates)


def whole_huge_page_copied(patch):
    """As before Linux 5.8: 2 MiB for one byte."""
    real = resolvers._cow_copy

    def copy(machine, fault):
        machine = yield from real(machine, fault)
        for vpn in range(fault.vpn + 1, (fault.vpn | 511) + 1):
            machine = yield from real(machine, replace(fault, vpn=vpn, pte=machine.process(fault.pid).pte(vpn)))
        return machine

    patch.setitem(resolvers.RESOLVERS, FaultKind.COW_COPY, copy)


# Rules that random programs do not come to: bugs in them, and the tests that must find them.
RARE = {
    "a_4_kib_piece_mapped_once_is_reused": (
        test_huge_pages,
        lambda patch: patch.setattr(huge, "is_folio_shared", lambda *_: False),
    ),
    "a_whole_huge_page_is_copied": (test_huge_pages, whole_huge_page_copied),
    "only_a_page_of_a_huge_page_is_taken_back": (
        test_huge_pages,
        lambda patch: patch.setattr(huge, "is_whole", lambda *_: False),
    ),
    "huge_pages_are_mapped_over_what_is_there": (
        test_huge_pages,
        lambda patch: patch.setattr(huge, "may_be_huge", lambda _, vma, __: vma.huge),
    ),
    "frames_of_a_huge_page_lie_anywhere": (
        test_huge_pages,
        lambda patch: patch.setattr(frames, "allocate_huge", lambda machine: None),
    ),
    "the_last_owner_of_a_merged_frame_reuses_it": (
        test_swap_ksm_pins,
        lambda patch: patch.setattr(ksm, "FrameTag", lambda ksm: PLAIN),
    ),
    "merged_frames_stay_writable": (
        test_swap_ksm_pins,
        lambda patch: patch.setattr(ksm, "WITHOUT_W", tuple(map(Prot, range(8)))),
    ),
    "all_memory_is_merged": (test_swap_ksm_pins, all_memory_merged),
    "an_entry_in_swap_is_no_owner": (test_swap_ksm_pins, an_entry_in_swap_is_no_owner),
    "pinned_pages_are_shared": (
        test_swap_ksm_pins,
        lambda patch: patch.setattr(processes.pins, "inherited", lambda process: []),
    ),
    "pinned_pages_are_write_protected": (
        test_swap_ksm_pins,
        lambda patch: patch.setattr(processes.pins, "kept", lambda process, protected: (protected, 0)),
    ),
    "pageout_takes_pinned_pages": (
        test_swap_ksm_pins,
        lambda patch: patch.setattr(swap, "_may_go", lambda frame: True),
    ),
    "overcommit_sums_up": (
        test_heap_stack_sections,
        lambda patch: patch.setattr(
            limits, "is_overcommitted", lambda machine, pages, vma: pages * 2 > machine.total_frames
        ),
    ),
    "a_limit_is_not_inherited": (
        test_heap_stack_sections,
        lambda patch: patch.setattr(
            processes, "_child", lambda *a, child=processes._child: replace(child(*a), limit=None)
        ),
    ),
    "data_is_private_from_the_start": (
        test_heap_stack_sections,
        lambda patch: patch.setattr(
            processes.ProgramRegion, "shows_file", property(lambda region: region.section.value in (".text", ".rodata"))
        ),
    ),
    "vfork_does_not_stop_the_parent": (
        test_shared_spaces,
        lambda patch: patch.setattr(Machine, "running", Machine.process),
    ),
}


@pytest.mark.parametrize("name", RARE)
def test_bug_in_a_rare_rule_is_caught(name, monkeypatch):
    module, spoil = RARE[name]
    tests = [
        test for word, test in vars(module).items() if word.startswith("test_") and not hasattr(test, "pytestmark")
    ]
    spoil(monkeypatch)
    assert any(fails(test) for test in tests)


def fails(test):
    try:
        test()
    except (AssertionError, pytest.fail.Exception):
        return True
    return False
