"""What was measured of whole systems of pages: files, map counts, many pages at once (S12, S13, S24 to S38)."""

from __future__ import annotations

from fractions import Fraction

import pytest
from memory_lab import HEAP, RX, Lab, R, kinds, names, renumbered, signals, text

from cowviz.memory import access, measures
from cowviz.memory.calls import processes
from cowviz.memory.calls.processes import ProgramRegion
from cowviz.memory.events import Forked
from cowviz.memory.machine import Cell, File, MisuseError, Section

A = 0x100000


def with_file(pages: int, *, cached: bool = True, write_notify: bool = False, frames: int = 600) -> Lab:
    lab = Lab(frames=frames)
    file = File("f", ((),) * pages, on_disk=True, write_notify=write_notify)
    lab.machine = processes.add_file(lab.machine, file, cached=cached)
    lab.start()
    return lab


def test_reading_and_then_writing_1000_untouched_pages():
    lab = Lab(frames=1000)
    lab.start()
    lab.mmap(1, A, 1000)
    assert kinds(lab.bulk(access.read(lab.machine, 1, A, 1000))) == ["ZERO_PAGE"] * 1000
    assert (measures.rss(lab.process(1)), lab.machine.used_frames) == (0, 0)
    assert kinds(lab.bulk(access.write(lab.machine, 1, A, pages=1000))) == ["DEMAND_ZERO"] * 1000
    assert measures.rss(lab.process(1)) * 4 == 4000


def test_a_map_count_is_the_number_of_sharers():
    lab = Lab()
    lab.start(*"abcd")
    counts = []
    for step in (lambda: lab.fork(1, 2), lambda: lab.fork(1, 3), lambda: lab.call("munmap", 2, HEAP, 4)):
        step()
        counts.append([lab.machine.frames.get(lab.pfn(1, HEAP + i)).mapcount for i in range(4)])
    assert counts == [[2] * 4, [3] * 4, [2] * 4]


def test_fork_halves_pss_and_each_copy_gives_both_sides_a_page_back():
    lab = Lab()
    lab.start(*"abcdefgh")
    lab.fork(1, 2)
    page = 4096
    assert [measures.pss(lab.machine, lab.process(pid)) for pid in (1, 2)] == [4 * page] * 2
    assert [measures.uss(lab.machine, lab.process(pid)) for pid in (1, 2)] == [0, 0]
    lab.write(2, HEAP, pages=3)
    for pid in (1, 2):
        process = lab.process(pid)
        assert measures.rss(process) == 8
        assert measures.uss(lab.machine, process) == 3 * page
        assert measures.pss(lab.machine, process) == Fraction(5 * page, 2) + 3 * page


@pytest.mark.parametrize("pages", [10, 100, 500])
def test_fork_copies_an_entry_for_each_resident_page_and_none_of_shared_memory(pages):
    lab = Lab(frames=1100)
    lab.start()
    lab.mmap(1, A, pages)
    lab.mmap(1, A + 1024, pages, shared=True)
    for start in (A, A + 1024):
        lab.bulk(access.write(lab.machine, 1, start, pages=pages))
    assert lab.call("fork", 1, 2, "child")[-1] == Forked(1, 2, pages)


def test_256_pages_of_text_take_16_faults_in_each_process():
    lab = with_file(256)
    lab.mmap(1, A, 256, prot=R, file="f")
    assert kinds(lab.bulk(access.read(lab.machine, 1, A, 256))) == ["FILE_MAPPED"] * 16
    lab.fork(1, 2)
    assert len(lab.process(2).table) == 0
    assert kinds(lab.bulk(access.read(lab.machine, 2, A, 256))) == ["FILE_MAPPED"] * 16
    assert list(lab.process(1).table.items()) == list(lab.process(2).table.items())


@pytest.mark.parametrize("write_notify", [True, False], ids=["ext4", "tmpfs"])
def test_a_write_to_a_page_that_was_mapped_around(write_notify):
    lab = with_file(64, write_notify=write_notify)
    lab.mmap(1, A, 64, file="f", shared=True)
    assert kinds(lab.read(1, A + 21)) == ["FILE_MAPPED"]
    assert list(lab.process(1).table) == list(range(A + 16, A + 32))
    assert len(kinds(lab.write(1, A + 22))) == write_notify


def test_a_cold_page_of_a_file_is_a_major_fault():
    lab = with_file(64, cached=False)
    lab.mmap(1, A, 64, file="f")
    lab.read(1, A + 20)
    assert (lab.counters(1).major, lab.counters(1).minor) == (1, 0)


def test_a_debugger_writes_into_rodata_and_the_process_still_may_not():
    lab = Lab()
    rodata = ProgramRegion(0x500, (text("hello"), None), R, Section.RODATA, ".rodata")
    lab.call("start", 1, "prog", [rodata])
    before = lab.cell(1, 0x500)
    assert names(lab.call("poke", 1, 0x500, Cell("", "HELLO")))[-1] == "Accessed"
    assert renumbered(f"{before} {lab.cell(1, 0x500)}") == "f0EF f1E"
    assert (lab.content(1, 0x500), lab.machine.files["prog"].contents[0]) == (text("HELLO"), text("hello"))
    assert signals(lab.write(1, 0x500)) == ["SIGSEGV"]
    assert "FrameCopied" not in names(lab.call("poke", 1, 0x500, Cell("", "again")))
    lab.fork(1, 2)
    assert "FrameCopied" in names(lab.call("poke", 2, 0x500, Cell("", "mine")))
    assert lab.content(1, 0x500) == text("again")
    lab.exit(1)
    assert kinds(lab.read(2, 0x500)) == []


def test_a_breakpoint_is_a_private_copy_of_text():
    lab = Lab()
    code = ProgramRegion(0x400, (text("main()"),), RX, Section.TEXT, ".text")
    for pid in (1, 2):
        lab.call("start", pid, "prog", [code])
    lab.call("poke", 1, 0x400, Cell("", "int3"))
    assert (lab.content(1, 0x400), lab.content(2, 0x400)) == (text("int3"), text("main()"))
    assert str(lab.pte(1, 0x400).prot) == "r-x"


def test_a_debugger_reaches_untouched_memory_and_nothing_that_is_not_there():
    lab = Lab(frames=2)
    lab.start(None)
    lab.call("poke", 1, HEAP, Cell("x", "1"))
    assert (lab.cell(1, HEAP), kinds(lab.write(1, HEAP))) == ("f0E", [])
    lab.mmap(1, A, 1, shared=True)
    for vpn in (A, 0x9000):
        with pytest.raises(MisuseError, match="has no private memory"):
            lab.call("poke", 1, vpn, Cell("x", "1"))
    lab.start("full", pid=2)
    lab.fork(2, 3)
    with pytest.raises(MisuseError, match="no frame is free"):
        lab.call("poke", 3, HEAP, Cell("x", "1"))
