"""What the accent falls on, event by event; a later event takes the place of an earlier one."""

from __future__ import annotations

import pytest

from cowviz.diagram.emphasis import emphasis, is_same_kind, short_tag_words, tag_words, tag_words_for_all
from cowviz.memory import events as ev
from cowviz.memory.bulk_access import NO_ENTRY, BulkAccess, Numbers
from cowviz.memory.events import Access, FaultKind
from cowviz.memory.machine import ZERO_PFN, Prot
from cowviz.narration.emphasis import Called, CopyOf, Ended, Tag, TakenBack, Untouched

FAULT = ev.FaultRaised(2, 8, Access.WRITE, FaultKind.COW_COPY, present=True)
COPY = (ev.FrameAllocated(2, 3), ev.FrameCopied(2, 1, 3))
MAPPED = ev.PageMapped(2, 8, 3, 1, FaultKind.COW_COPY)
WRITTEN = ev.Accessed(2, 8, Access.WRITE)


def after(*events, latest=()):
    return emphasis(events, latest)


def test_nothing_happened():
    found = after()
    assert not (found.pages or found.frames or found.processes or found.arrows or found.travels or found.files)
    assert (found.fork, found.memory) == (None, None)


def test_a_fault_is_on_its_page():
    found = after(FAULT)
    assert found.pages == {(2, 8): Tag.WRITE_FAULT}
    assert found.arrows == {(2, 8)}
    assert found.frames == {}


def test_a_fault_without_a_pte_has_no_arrow():
    found = after(ev.FaultRaised(1, 8, Access.READ, FaultKind.DEMAND_ZERO, present=False))
    assert found.pages == {(1, 8): Tag.READ_FAULT}
    assert found.arrows == set()


def test_an_instruction_is_fetched():
    found = after(ev.FaultRaised(1, 8, Access.EXEC, FaultKind.SEGV_ACCERR, present=True))
    assert found.pages == {(1, 8): Tag.FETCH_FAULT}


def test_a_copy_travels_once():
    assert after(FAULT, *COPY, latest=COPY).travels == {3: 1}
    assert after(FAULT, *COPY, latest=()).travels == {}
    assert after(FAULT, *COPY).frames == {3: CopyOf(1)}


def test_a_resolved_fault_gives_the_accent_to_frame_and_arrow():
    found = after(FAULT, *COPY, MAPPED)
    assert found.pages == {}
    assert found.frames == {3: CopyOf(1)}
    assert found.arrows == {(2, 8)}
    assert after(FAULT, *COPY, MAPPED, WRITTEN) == found


def test_a_fault_of_an_earlier_step_is_not_forgotten():
    """Its caption cut the access in two: what goes through now did fault."""
    found = after(MAPPED, WRITTEN)
    assert found.pages == {}


def test_an_access_that_goes_through_is_said_to():
    assert after(WRITTEN).pages == {(2, 8): Tag.WRITE_WITHOUT_FAULT}
    assert after(ev.Accessed(2, 8, Access.READ)).pages == {(2, 8): Tag.READ_WITHOUT_FAULT}


def test_reuse_is_a_fault_and_no_copy():
    found = after(FAULT, ev.PageReused(2, 8, 1), WRITTEN)
    assert found.pages == {(2, 8): Tag.FAULT_WITHOUT_COPY}
    assert found.frames == {}


def test_first_touch_is_a_new_frame():
    kind = FaultKind.DEMAND_ZERO
    fault = ev.FaultRaised(1, 8, Access.WRITE, kind, present=False)
    found = after(fault, ev.FrameAllocated(1, 0), ev.PageMapped(1, 8, 0, None, kind))
    assert found.frames == {0: Tag.NEW_FRAME}
    assert after(fault, ev.FrameAllocated(1, 0)).frames == {0: Tag.ALLOCATED}


def test_the_zero_page_is_no_new_frame():
    assert after(ev.PageMapped(1, 8, ZERO_PFN, None, FaultKind.ZERO_PAGE)).frames == {}


def test_a_page_from_a_file():
    filled = ev.FrameFilled(1, 4, "data.txt", 0)
    mapped = ev.PageMapped(1, 8, 4, None, FaultKind.FILE_READ)
    assert list(after(filled).frames) == list(after(filled, mapped).frames) == [4]
    assert after(filled, mapped).frames[4]


def test_fork():
    found = after(ev.WriteProtected(1, 3), ev.Forked(1, 2, 5))
    assert found.fork == (1, 2)
    assert found.pages == {}


def test_exit_takes_the_accent_off_what_is_gone():
    found = after(FAULT, *COPY, MAPPED, WRITTEN, ev.Exited(2, "exited 0", (3,)))
    assert found.processes == {2: Ended("exited 0")}
    assert (found.pages, found.frames, found.arrows) == ({}, {}, set())


def test_exit_leaves_others_alone():
    found = after(ev.Accessed(1, 8, Access.READ), ev.Exited(2, "exited 0", ()))
    assert found.pages == {(1, 8): Tag.READ_WITHOUT_FAULT}


def test_out_of_memory_is_memorys():
    assert after(ev.OutOfMemory(1, 2)).memory == Tag.OUT_OF_MEMORY


def test_a_signal_is_on_the_page_that_raised_it():
    fatal = ev.FaultRaised(1, 8, Access.WRITE, FaultKind.SEGV_ACCERR, present=True)
    assert after(fatal, ev.SignalSent(1, "SIGSEGV", 8)).pages == {(1, 8): Called("SIGSEGV")}


@pytest.mark.parametrize("pages", [1, 3])
def test_a_new_region(pages):
    assert after(ev.RegionMapped(1, 8, pages)).pages == {(1, 8 + i): Untouched(pages) for i in range(pages)}


def test_system_calls_on_regions():
    assert after(ev.ProtectionChanged(1, 8, 2, Prot.R)).pages == {
        (1, 8): Called("mprotect()"),
        (1, 9): Called("mprotect()"),
    }
    assert after(ev.RegionUnmapped(1, 8, 2)).processes == {1: Called("munmap()")}
    assert after(ev.Execed(1, "ls")).processes == {1: Called("exec()")}


@pytest.mark.parametrize("gone", [ev.RegionUnmapped(1, 8, 2), ev.Execed(1, "ls")])
def test_what_is_unmapped_in_the_same_step_is_forgotten(gone):
    """The picture at the step's end has no bar to put an outline around."""
    found = after(ev.RegionMapped(1, 8, 2), ev.Accessed(1, 9, Access.READ), gone)
    assert found.pages == {}
    assert found.arrows == set()


def test_a_file_is_written():
    found = after(ev.Accessed(2, 8, Access.READ), ev.FileWritten(2, 8, "dump.rdb"))
    assert found.files == {"dump.rdb"}
    assert found.pages == {}


def test_every_event_is_understood():
    """None raises, whatever it says; most say nothing."""
    some = {"pid": 1, "start": 8, "to": 16, "vpn": 8, "pages": 1, "pfn": 0, "source": 0, "target": 1, "old": None}
    words = {
        "advice": "dontneed",
        "file": "f",
        "program": "ls",
        "what": "w",
        "status": "exited 0",
        "signal": Called("SIGSEGV"),
        "vpns": Numbers([8]),
        "kinds": bytes([2]),
        "frames": Numbers([0]),
        "cells": (None,),
    }
    others = {
        "parent": 1,
        "child": 2,
        "victim": 1,
        "offset": 0,
        "slot": 0,
        "freed": (),
        "present": False,
        "prot": Prot.R,
    }
    enums = {"access": Access.READ, "kind": FaultKind.DEMAND_ZERO, "cell": None}
    values = {**some, **words, **others, **enums}
    for kind in ev.event_classes():
        values["old"] = Numbers([NO_ENTRY]) if kind is BulkAccess else None
        after(kind(**{name: values[name] for name in kind.__dataclass_fields__}))  # type: ignore[attr-defined]


def test_a_thread_and_a_vfork_child_come_by_clone():
    found = after(ev.Cloned(1, 2))
    assert (found.fork, found.fork_call) == ((1, 2), "clone()")
    assert after(ev.Forked(1, 2, 3)).fork_call == "fork()"


def test_the_arrows_of_what_goes_to_swap_turn():
    hint = ev.Advised(1, 8, 2, "pageout")
    assert after(hint).to_swap == set()
    found = after(hint, ev.PagedOut(1, 2))
    assert found.to_swap == {(1, 8), (1, 9)}
    assert found.processes == {1: Called("madvise(PAGEOUT)")}


def test_a_page_read_from_swap_says_so():
    assert after(ev.FrameSwappedIn(1, 3, 0)).frames == {3: Tag.FROM_SWAP}
    assert after(ev.FrameFilled(1, 3, "swap", 0)).frames == {3: Tag.IN_PAGE_CACHE}


def test_frames_taken_back_are_counted():
    assert after(ev.FramesReclaimed(1, (0, 1))).reclaimed == TakenBack(2)


def test_of_a_vast_region_some_pages_stand_for_all():
    found = after(ev.RegionMapped(1, 512, 1 << 36), ev.ProtectionChanged(1, 0, 1 << 36, Prot.R))
    assert 1_000 < len(found.pages) < 100_000
    assert len(after(ev.RegionMapped(1, 512, 10_000)).pages) == 10_000


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (Tag.WRITE_FAULT, "write fault"),
        (Called("munmap()"), "munmap()"),
        (CopyOf(1), "copy of Frame B"),
        (Ended("exited 0"), "exited 0"),
        (Untouched(1), "no frame yet"),
        (Untouched(3), "no frames yet"),
        (TakenBack(2), "2 frames taken back"),
    ],
)
def test_a_tag_is_put_into_words_last(kind, words):
    assert tag_words(kind) == tag_words_for_all(kind, 1) == words
    assert short_tag_words(kind) == ("copy of B" if words.startswith("copy") else "")


@pytest.mark.parametrize("tag", Tag)
def test_every_tag_has_words(tag):
    assert tag_words(tag)


def test_a_run_of_frames_says_how_many_there_are():
    tags = (CopyOf(1), Tag.NEW_FRAME, Tag.ALLOCATED, Tag.MERGED)
    assert [tag_words_for_all(tag, 3) for tag in tags] == ["3 copies", "3 new frames", "3 allocated", "merged"]
    assert is_same_kind(CopyOf(1), CopyOf(2)) and is_same_kind(Tag.MERGED, Tag.MERGED)
    assert not is_same_kind(CopyOf(1), Tag.MERGED) and not is_same_kind(Untouched(1), Untouched(2))
