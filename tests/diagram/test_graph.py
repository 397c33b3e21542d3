"""The graph has every page, frame and PTE in it, as single nodes or as runs; the same nodes all through a movie."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cowviz.diagram.graph import graph, nodes
from cowviz.diagram.things import FrameRange, PageRange
from cowviz.memory.machine import ZERO_PFN, FreeList
from cowviz.memory.profile import LINUX, TEXTBOOK
from cowviz.story.recording import record
from cowviz.trace.snapshot import Snapshot


def told(play, profile=TEXTBOOK):
    return record(play, name="lesson", title="Lesson", profile=profile)


def found(play, pages=8, frames=8, profile=TEXTBOOK):
    trace = told(play, profile)
    return trace, nodes(trace, lambda pid: pages, frames)


def bars(of, pid):
    """All the runs of a pid, whatever program it runs."""
    return [run for runs in of.pages.values() for run in runs if run.pid == pid]


def fork(story):
    story.memory(frames=4)
    parent = story.process("Parent", text="main()", heap="x = 1")
    child = parent.fork("Child")
    story.say("Forked.")
    child.write(child.heap, "x = 2")
    story.say("Copied.")


def test_pages_and_frames_that_fit_are_nodes_of_their_own():
    _, of = found(fork)
    assert bars(of, 1) == [PageRange(1, 0x400, 1), PageRange(1, 0x800, 1)]
    assert bars(of, 2) == [PageRange(2, 0x400, 1), PageRange(2, 0x800, 1)]
    assert of.frames == tuple(FrameRange(pfn, 1) for pfn in range(4))  # a small machine's free ones too


def test_ids_are_the_pages_own():
    assert PageRange(1, 0x400, 3).id == "page:1:400"
    assert FrameRange(12, 1).id == "frame:12"
    assert FrameRange(ZERO_PFN, 1).id == "frame:zero"


def test_edges_are_ptes():
    trace, of = found(fork)
    before, after = (graph(step.machine, of) for step in trace.steps)
    assert set(before.edges) == {
        ("page:1:400", "frame:0"),
        ("page:1:800", "frame:1"),
        ("page:2:400", "frame:0"),
        ("page:2:800", "frame:1"),
    }
    assert before.edges["page:2:800", "frame:1"] == {"ptes": 1, "writable": 0}
    assert after.edges["page:2:800", "frame:2"] == {"ptes": 1, "writable": 1}
    assert ("page:2:800", "frame:1") not in after.edges
    assert before.in_degree("frame:1") == 2
    assert before.out_degree("frame:1") == 0  # memory points nowhere


def test_every_node_is_in_the_graph_of_every_moment():
    trace, of = found(fork)
    for step in trace.steps:
        assert set(graph(step.machine, of)) >= {run.id for run in of.frames}


def test_the_dead_have_no_nodes():
    def play(story):
        fork(story)
        story.machine.process(2)
        parent = story.process("Other", heap="y = 1")
        parent.exit()
        story.say("Gone.")

    trace, of = found(play)
    assert not [name for name in graph(trace.steps[-1].machine, of) if name.startswith("page:3:")]


def test_what_shares_its_fate_is_one_run():
    def play(story):
        parent = story.process("Parent", heap=100)
        parent.write(parent.heap, "x = 1")
        child = parent.fork("Child")
        story.say("Forked.")
        child.write(child.heap[50:], "x = 2")
        story.say("Half of it is copied.")

    trace, of = found(play)
    assert [(run.start - 0x800, run.n) for run in bars(of, 1)] == [(0, 50), (50, 50)]
    assert bars(of, 2) == [PageRange(2, run.start, run.n) for run in bars(of, 1)]  # relatives' rows correspond
    assert of.frames == (FrameRange(0, 50), FrameRange(50, 50), FrameRange(100, 50))
    links = graph(trace.steps[-1].machine, of)
    assert links.edges["page:2:832", "frame:100"] == {"ptes": 50, "writable": 50}
    assert links.edges["page:1:832", "frame:50"] == {"ptes": 50, "writable": 0}


def test_the_zero_page_is_a_node_where_it_is_mapped():
    def play(story):
        process = story.process("Process", heap=2)
        process.read(process.heap)
        story.say("Read.")

    trace, of = found(play, profile=LINUX)
    assert of.frames == (FrameRange(ZERO_PFN, 1),)
    assert graph(trace.steps[0].machine, of).in_degree("frame:zero") == 2
    assert ZERO_PFN not in [run.start for run in found(fork)[1].frames]


def test_regions_are_never_joined():
    def play(story):
        process = story.process("Process", heap=30)
        process.malloc("arr", 30)
        story.say("Two regions, one behind the other.")

    _, of = found(play, pages=2)
    assert [(run.start - 0x800, run.n) for run in bars(of, 1)] == [(0, 30), (30, 30)]


@st.composite
def programs(draw):
    """How many pages, and which of them parent and child write in which order."""
    pages = draw(st.integers(1, 40))
    who = st.tuples(st.booleans(), st.integers(0, pages - 1))
    return pages, draw(st.lists(st.integers(0, pages - 1), max_size=8)), draw(st.lists(who, max_size=10))


@pytest.mark.parametrize("most", [1, 3, 8])
@given(program=programs())
def test_runs_are_a_partition_and_edges_lose_nothing(most, program):
    pages, first, later = program

    def play(story):
        parent = story.process("Parent", heap=pages)
        for i in first:
            parent.write(parent.heap[i], f"i = {i}")
        story.say("Before.")
        child = parent.fork("Child")
        for by_child, i in later:
            who = child if by_child else parent
            who.write(who.heap[i], f"j = {i}")
            story.say("Written.")

    trace, of = found(play, pages=most, frames=most)
    for pid in (1, 2):
        runs = bars(of, pid)
        assert [vpn for run in runs for vpn in range(run.start, run.start + run.n)] == [0x800 + i for i in range(pages)]
        assert len(runs) <= max(most, 1)
    starts = [run.start for run in of.frames]
    assert starts == sorted(starts)
    assert len(of.frames) <= most
    for step in trace.steps:
        links = graph(step.machine, of)
        assert sum(n for *_, n in links.edges(data="ptes")) == sum(len(p.table) for p in step.machine.living())
        covered = {pfn for run in of.frames for pfn in range(run.start, run.start + run.n)}
        assert {pfn for pfn, _ in step.machine.frames.items()} <= covered


def test_a_frame_beyond_a_small_memory_has_its_node_too():
    """A trace from outside may number its frames as it likes."""
    trace = told(fork)
    steps = [
        replace(
            step, snapshots=tuple(Snapshot(replace(s.machine, free=FreeList((7,))), s.events) for s in step.snapshots)
        )
        for step in trace.steps
    ]
    of = nodes(replace(trace, steps=tuple(steps)), lambda pid: 8, 8)
    assert [run.start for run in of.frames] == [0, 1, 2]
    assert graph(steps[-1].machine, of).edges
