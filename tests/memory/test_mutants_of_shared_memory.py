"""As ``test_mutants``, of what more than one process, or swap, KSM and huge pages have to do with."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest
import test_heap_stack_sections
import test_huge_pages
import test_shared_spaces
import test_swap_ksm_pins
from memory_oracle import check
from random_runs import run_of

from cowviz.memory import address_space, frames, page_fault, resolvers
from cowviz.memory.calls import processes
from cowviz.memory.events import FaultKind
from cowviz.memory.machine import PLAIN, Machine, Prot
from cowviz.memory.rare import huge, ksm, limits, swap
from cowviz.memory.tables.radix import Radix

RUNS = 200
MUTANTS = {}


def mutant(fn):
    MUTANTS[fn.__name__] = fn
    return fn


@mutant
def threads_have_page_tables_of_their_own(patch):
    patch.setattr(Machine, "with_process", lambda m, p: replace(m, processes={**m.processes, p.pid: p}))


@mutant
def the_process_ends_and_its_threads_do_not(patch):
    patch.setattr(processes, "tasks", lambda machine, process: [process])


@mutant
def the_first_to_go_takes_the_shared_memory_along(patch):
    patch.setattr(Machine, "sharers", lambda machine, process: [])


@mutant
def fork_forgets_the_owners_in_swap(patch):
    patch.setattr(processes, "swap", SimpleNamespace(shared=lambda machine, slots: machine))


@mutant
def fork_leaves_swap_entries_out(patch):
    real = processes._child
    patch.setattr(processes, "_child", lambda *a: replace(real(*a), swapped=Radix()))


@mutant
def swap_loses_what_pages_held(patch):
    real = swap.brought_in

    def brought_in(machine, number):
        machine, pfn = real(machine, number)
        return frames.with_content(machine, pfn, ()), pfn

    patch.setattr(swap, "brought_in", brought_in)


@mutant
def swapped_pages_come_back_as_the_writers_own(patch):
    patch.setattr(swap, "is_sole", lambda machine, pfn: True)


@mutant
def swapped_pages_come_back_read_only(patch):
    real = swap.slot_of
    patch.setattr(swap, "slot_of", lambda machine, number: real(machine, number)._replace(exclusive=False))


@mutant
def munmap_leaves_the_swap_slots(patch):
    patch.setattr(address_space, "swap", SimpleNamespace(dropped=lambda machine, slots: (machine, ())))


@mutant
def mremap_leaves_pages_in_swap_behind(patch):
    real = processes.mremap

    def forgetful(machine, pid, *where):
        swapped = machine.process(pid).swapped
        machine = yield from real(machine, pid, *where)
        return machine.with_process(replace(machine.process(pid), swapped=swapped))

    patch.setattr(processes, "mremap", forgetful)


def check_all(runs):
    for seed in range(runs):
        check(*run_of(seed))


@pytest.mark.parametrize("name", MUTANTS)
def test_mutant_is_caught(name, monkeypatch):
    MUTANTS[name](monkeypatch)
    with pytest.raises(AssertionError):
        check_all(RUNS)


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
