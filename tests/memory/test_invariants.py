"""Each invariant in its own words: what is spoilt is told exactly so, with its numbers, and nothing else is."""

from __future__ import annotations

from fractions import Fraction

import pytest
import wrong_rarities  # noqa: F401  # its machines are in WRONG then
from memory_lab import HEAP, RW, Lab, R, problems, text
from wrong_machines import BIG, MAP, SHARED, WRONG

from cowviz.memory import invariants
from cowviz.memory.calls import processes
from cowviz.memory.machine import File, Machine
from cowviz.memory.profile import LINUX, PROFILES, TEXTBOOK, Profile


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
