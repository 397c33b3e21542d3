"""Alternate texts: what is on screen and what has changed, from the trace alone."""

from __future__ import annotations

import pytest

from cowviz.movie import load, run
from cowviz.narration.alt_text import alt_text, before_after_text
from cowviz.story.loader import bundled

NAMES = sorted(path.stem for path in bundled().glob("[!_]*.*"))


@pytest.mark.parametrize("name", NAMES)
def test_one_or_two_sentences_of_a_readable_length(name):
    for step in load(name).steps:
        assert step.alt_text.endswith(".")
        assert 1 <= step.alt_text.count(". ") + 1 <= 2
        assert 20 < len(step.alt_text) < 300
        assert step.alt_text != step.caption


def test_the_first_step_says_what_is_on_screen():
    text = alt_text(load("fork_cow").trace, 1)
    assert text == "Parent has .text in Frame A, .rodata in Frame B, heap in Frame C. Frames in use: 3 of 4."


def test_a_copy_on_write_is_told_from_the_fault_to_the_copy():
    fault, copy, mapped = (alt_text(load("fork_cow").trace, number) for number in (5, 6, 7))
    assert fault.startswith("Child wants to write heap: a page fault is raised.")
    assert fault.endswith("The page maps Frame C, write-protected.")
    assert copy.startswith("Frame C is copied to Frame D.")
    assert mapped.startswith("Child's heap now maps Frame D, a copy of Frame C.")
    assert mapped.endswith("Parent's heap still maps Frame C, write-protected.")


def test_what_is_told_is_the_machines_not_the_captions():
    def play(story):
        story.memory(frames=3, order="CBA")
        process = story.process("P", heap=[None])
        story.say("Lies.")
        process.write(process.heap, "x = 1")
        story.say("More lies.")

    assert [step.alt_text for step in run(play).steps] == [
        "P has heap without a frame. Frames in use: 0 of 3.",
        "P's heap now maps Frame C, a new frame of zeroes. P so far: 1 fault, 0 copies.",
    ]


def test_a_step_in_which_nothing_happens():
    def play(story):
        story.process("P", heap="x = 1")
        story.say("One.")
        story.say("Two.")

    assert run(play).steps[1].alt_text.startswith("Nothing changes in memory.")


def test_many_pages_are_one_sentence():
    texts = [step.alt_text for step in load("fork_faults").steps]
    assert texts[4] == (
        "Child's p[512..1023] now maps Frames AMK-BGB, copies of Frames SS-AMJ. Child so far: 512 faults, 512 copies."
    )


def test_before_and_after():
    text = before_after_text(load("fork_cow").trace, 4, 7)
    assert text.startswith("Two pictures, before and after. Child's heap now maps Frame D, a copy of Frame C.")


def test_in_romanian():
    text = load("fork_cow", lang="ro").steps[6].alt_text
    assert text.startswith("Copil: heap indică acum spre Cadrul D, copie după Cadrul C.")
