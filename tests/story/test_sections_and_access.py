"""A story's sections, what is read and written in them, and who counts it."""

from __future__ import annotations

import pytest
from story_lab import told

from cowviz.errors import CowvizError
from cowviz.memory.machine import MisuseError


def test_sections_in_one_call(small):
    small.memory(frames=12)
    process = small.process(
        "P", stack="s = 1", heap=["x = 1", None, ""], bss=2, rodata='"hello"', text="main()", data="d = 1"
    )
    assert [(v.name, v.pages, str(v.prot)) for v in process.state.vmas] == [
        (".text", 1, "r-x"),
        (".rodata", 1, "r--"),
        (".data", 1, "rw-"),
        (".bss", 2, "rw-"),
        ("heap", 3, "rw-"),
        ("stack", 1, "rw-"),
    ]
    assert (process.faults, process.copies, process.rss) == (0, 0, 6)
    assert [page.is_mapped for page in process.heap] == [True, False, True]
    assert [page.content for page in process.heap] == ["x = 1", "0", "0"]
    assert not any(page.is_mapped for page in process.bss)
    assert process.rodata.content == '"hello"'


def test_a_region_is_an_attribute_with_or_without_its_dot(pair):
    parent, _ = pair
    assert parent.text == parent.region(".text") == parent.region("text")


@pytest.mark.parametrize(
    ("sections", "message"),
    [
        ({"haep": "x = 1"}, "no section 'haep'; did you mean heap"),
        ({"heap": []}, "section heap has no pages; leave it out, or give it one"),
        ({"heap": 0}, "section heap has no pages"),
    ],
)
def test_sections_that_cannot_be(small, sections, message):
    with pytest.raises(CowvizError, match=message):
        small.process("P", **sections)


def test_two_instances_of_a_program_share_its_text(small):
    first = small.process("P", text="main()", data="d = 1")
    second = small.process("P", text="main()", data="d = 1")
    assert first.text.frame == second.text.frame
    assert first.data.frame != second.data.frame
    with pytest.raises(MisuseError, match="other contents"):
        small.process("P", text="other()")


def test_read_returns_the_content(pair):
    parent, child = pair
    assert child.read(child.heap) == "x = 1"
    assert parent.read(parent.text) == "main()"
    assert (child.faults, parent.faults) == (0, 0)


def test_read_of_an_untouched_page(small):
    process = small.process("P", heap=1)
    assert process.read(process.heap) == "0"
    assert process.faults == 1


def test_a_variable_keeps_its_neighbours_and_text_replaces_all(small):
    process = small.process("P", heap="x = 1")
    process.write(process.heap, "y = 2")
    assert process.heap.content == "x = 1, y = 2"
    process.write(process.heap, "x = 3")
    assert process.heap.content == "x = 3, y = 2"
    process.write(process.heap, "nonsense")
    assert process.heap.content == "nonsense"
    process.write(process.heap)
    assert process.heap.content == "nonsense"


def test_write_to_many_pages(small):
    process = small.process("P", heap=3)
    process.write(process.heap, "x = 1")
    assert [page.content for page in process.heap] == ["x = 1"] * 3
    assert process.faults == 3
    small.say("Three.")
    assert len(told(small)[0].snapshots) == 1  # one picture for all of it


def test_execute(small):
    process = small.process("P", text="main()", heap="x = 1")
    process.execute(process.text)
    assert process.is_alive
    process.execute(process.heap)
    assert process.state.status == "killed by SIGSEGV"


def test_counters_and_shares(pair):
    parent, child = pair
    child.write(child.heap, "x = 2")
    assert (child.faults, child.copies, child.reuses, child.copied_bytes) == (1, 1, 0, 4096)
    parent.write(parent.heap, "x = 3")
    assert (parent.faults, parent.copies, parent.reuses, parent.copied_bytes) == (1, 0, 1, 0)
    assert (parent.rss, parent.pss, parent.uss) == (2, 1.5, 1)
