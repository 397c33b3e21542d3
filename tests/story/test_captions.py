"""Captions: where a step ends, what a picture pauses at, and the lines of code beside it."""

from __future__ import annotations

import pytest
from story_lab import told

from cowviz.errors import CowvizError
from cowviz.memory.events import (
    Accessed,
    FaultRaised,
    FrameCopied,
)
from cowviz.narration.event_rows import moments


def names(step):
    return [type(event).__name__ for event in step.events]


def test_a_caption_ends_a_step(pair, small):
    _, child = pair
    child.write(child.heap, "x = 2")
    small.say("  Two   words\n and more ")
    steps = told(small)
    assert [step.caption for step in steps] == ["Forked.", "Two words\nand more"]
    assert names(steps[1]) == ["FaultRaised", "FrameAllocated", "FrameCopied", "PageMapped", "Accessed"]
    assert steps[1].machine is small.machine


def test_captions_at_moments_cut_the_access(pair, small):
    _, child = pair
    child.write(child.heap, "x = 2", fault="F.", allocate="A.", copy="C.", remap="R.")
    small.say("Done.")
    steps = told(small)[1:]
    assert [step.caption for step in steps] == ["F.", "A.", "C.", "R.", "Done."]
    assert [names(step) for step in steps] == [
        ["FaultRaised"],
        ["FrameAllocated"],
        ["FrameCopied"],
        ["PageMapped"],
        ["Accessed"],
    ]


@pytest.mark.parametrize("moment", ["fault", "reuse", "access"])
def test_captions_of_a_reuse(pair, small, moment):
    parent, child = pair
    child.exit()
    parent.write(parent.heap, "x = 2", **{moment: "Now."})
    assert set(moments()[moment].events) & {type(event) for event in told(small)[1].events}


def test_captions_of_fork_and_exit(small):
    parent = small.process("Parent", heap="x = 1")
    child = parent.fork("Child", protect="Write-protected.", fork="Forked.")
    child.exit(3, exit="Gone.")
    assert [step.caption for step in told(small)] == ["Write-protected.", "Forked.", "Gone."]
    assert child.state.status == "exited 3"


def test_within_a_step_the_picture_pauses(pair, small):
    _, child = pair
    child.write(child.heap, "x = 2")
    small.say("All at once.")
    step = told(small)[1]
    assert [type(s.events[-1]) for s in step.snapshots] == [FaultRaised, FrameCopied, Accessed]


def test_an_unknown_moment(pair):
    _, child = pair
    with pytest.raises(CowvizError, match="no moment 'falt'; did you mean fault"):
        child.write(child.heap, "x = 2", falt="F.")
    assert child.faults == 0  # nothing was done


def test_a_caption_that_is_never_shown(pair):
    _, child = pair
    with pytest.raises(CowvizError, match=r'nothing was copied, so copy="C\." was never shown'):
        child.read(child.heap, copy="C.")


def test_captions_need_a_single_page(small):
    process = small.process("P", heap=2)
    with pytest.raises(CowvizError, match=r"a moment needs one page, and heap\[0\.\.1\] has 2: say heap\[0\]"):
        process.write(process.heap, "x = 1", fault="F.")


def test_what_is_not_told_becomes_a_step_without_words(pair, small):
    _, child = pair
    child.write(child.heap, "x = 2")
    steps = told(small)
    assert [step.caption for step in steps] == ["Forked.", ""]
    assert isinstance(steps[1].events[-1], Accessed)


def test_nothing_happens_between_two_captions(small):
    small.process("P", heap="x = 1")
    small.say("One.")
    small.say("Two.")
    one, two = told(small)
    assert two.machine is one.machine
    assert two.events == ()


def test_a_story_that_tells_nothing(story):
    with pytest.raises(CowvizError, match=r"lesson: play\(story\) makes no step: call story\.process"):
        story.trace("lesson", "Lesson", "")


def test_lines_of_code(small):
    small.code("""
        int x = 1;
        if (fork() == 0)
            x = 42;
    """)
    process = small.process("P", heap="x = 1")
    small.say("One.")
    small.say("Two.", line=1)
    small.say("Three.", line="x = 42")
    small.at(2)
    small.say("Four.")
    process.write(process.heap, "x = 2")
    small.say("Five.")
    trace = small.trace("lesson", "Lesson", "")
    assert trace.code == ("int x = 1;", "if (fork() == 0)", "    x = 42;")
    assert [step.line for step in trace.steps] == [None, 1, 3, 2, 2]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (0, "no line 0 of the code; it has 2 lines"),
        (3, "no line 3 of the code; it has 2 lines"),
        (-1, "no line -1 of the code"),
        ("nowhere", "no line of the code contains 'nowhere'"),
    ],
)
def test_lines_that_are_not_there(small, line, message):
    small.code("one\ntwo")
    with pytest.raises(CowvizError, match=message):
        small.at(line)
    small.process("P", heap="x = 1")
    with pytest.raises(CowvizError, match=message):
        small.say("Here.", line=line)
