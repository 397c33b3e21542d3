"""Questions are made from the trace, one a step at most, and their answers are what the simulator did."""

from __future__ import annotations

import pytest

from cowviz.memory.profile import LINUX
from cowviz.narration.questions import questions
from cowviz.story.loader import bundled, load_scenario
from cowviz.story.recording import record
from cowviz.story.story import Story

SCENARIOS = sorted(path.stem for path in bundled().glob("[!_]*.py"))


def answers(play, **how) -> list[tuple[int, str, str]]:
    asked = questions(record(play, name="t", title="t", **how))
    return [(q.step, q.text, q.choices[q.answer]) for q in asked]


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_lesson_has_fair_questions(name):
    trace = load_scenario(name).record()
    asked = questions(trace)
    assert asked
    assert [q.step for q in asked] == sorted({q.step for q in asked})
    for q in asked:
        assert 2 <= q.step <= len(trace.steps)
        assert 2 <= len(q.choices) == len(set(q.choices)) <= 4
        assert 0 <= q.answer < len(q.choices)
        assert q.text.endswith("?")
        assert q.why.endswith(".")


def test_the_main_lesson_is_asked_about():
    asked = {q.step: q.choices[q.answer] for q in questions(load_scenario("fork_cow").record())}
    assert asked == {
        3: "none",
        4: "no fault: the access goes through",
        5: "a fault, and a frame is copied",
        7: "Frame D",
        8: "a fault, and nothing is copied",
    }


def test_a_forbidden_write_and_an_exit():
    def play(story: Story) -> None:
        parent = story.process("Parent", rodata="r", heap="x = 1")
        child = parent.fork("Child")
        story.say("One.")
        child.write(child.rodata, "r = 2")
        story.say("Two.")
        parent.exit()
        story.say("Three.")

    assert answers(play) == [
        (2, "Child writes to .rodata. What happens?", "SIGSEGV: the region forbids it"),
        (3, "Parent ends. How many frames become free?", "1"),  # the page cache keeps .rodata,
    ]


def test_a_private_page_of_a_file_is_copied_though_nobody_forked():
    def play(story: Story) -> None:
        story.file("data", ["a = 1"])
        process = story.process("P")
        process.mmap("data", 1, file="data")
        story.say("Mapped.")
        process.write(process.data, "a = 2")
        story.say("Written.")

    assert answers(play, profile=LINUX) == [(2, "P writes to data. What happens?", "a fault, and a frame is copied")]


def test_nothing_is_asked_of_many_pages_or_of_what_is_plain():
    def play(story: Story) -> None:
        process = story.process("P", heap=["x = 1", "x = 2"])
        story.say("Two pages.")
        process.write(process.heap, "x = 3")
        story.say("Both.")
        process.write(process.heap[0], "x = 4")
        story.say("One: nobody else has it.")

    assert answers(play) == []
