"""What a large trace takes: bytes for each write, one time of playing each operation, leaves and not entries."""

from __future__ import annotations

import random
import tracemalloc

import pytest

from cowviz.memory import access
from cowviz.memory.calls.processes import SECTION_BASE
from cowviz.memory.events import Access
from cowviz.memory.machine import Section
from cowviz.memory.profile import LINUX
from cowviz.memory.tables import frame_table, page_table
from cowviz.story.story import Story
from cowviz.trace import json_bulk, snapshot
from cowviz.trace.codec import dumps, loads

PAGES, STEPS, WRITES = 1 << 14, 20, 300
HEAP = SECTION_BASE[Section.HEAP]


@pytest.fixture(scope="module")
def trace():
    chosen = random.Random(1)
    story = Story(LINUX)
    story.memory(frames=3 * PAGES)
    parent = story.process("Parent", heap=PAGES)
    story.say("Nothing is written.")
    parent.write(parent.heap)
    story.say("All pages are written.")
    parent.fork("Child")
    story.say("Forked.")
    for step in range(STEPS):
        pages = [HEAP + chosen.randrange(PAGES) for _ in range(WRITES)]
        story.run(access.touch(story.machine, 1, pages, Access.WRITE), whole=True)
        story.say(f"Step {step}.")
    return story.trace("large", "Large", "")


@pytest.fixture
def played(monkeypatch):
    """How many pages are played again."""
    rows = []

    def counted(machine, pid, vpns, *more):
        rows.append(len(vpns))
        return access.access_many(machine, pid, vpns, *more)

    for module in (json_bulk, snapshot):
        monkeypatch.setattr(module, "access_many", counted)
    return rows


def test_an_operation_is_one_event_and_one_snapshot(trace):
    assert [len(step.snapshots) for step in trace.steps[3:]] == [1] * STEPS
    assert [len(step.events) for step in trace.steps[3:]] == [1] * STEPS


def test_a_write_takes_few_bytes_and_comes_back(trace):
    text = dumps(trace)
    assert len(text) < 10 * STEPS * WRITES + 2000  # the first writes and the fork are runs
    again = loads(text)
    assert again == trace
    assert dumps(again) == text


def test_each_operation_is_played_once_when_it_is_read(trace, played):
    text = dumps(trace)
    played.clear()
    loads(text)
    assert sum(played) == PAGES + STEPS * WRITES


def test_runs_are_saved_and_read_without_an_object_for_each_page(trace, monkeypatch):
    made = []
    monkeypatch.setattr(page_table, "pte_of", lambda word, pte_of=page_table.pte_of: made.append(1) or pte_of(word))
    monkeypatch.setattr(frame_table, "Frame", lambda *of, frame=frame_table.Frame: made.append(1) or frame(*of))
    loads(dumps(trace))
    assert len(made) < PAGES / 16


def test_what_saving_and_loading_hold_is_bounded_by_the_table(trace):
    dumps(trace)
    tracemalloc.start()
    text = dumps(trace)
    _, saving = tracemalloc.get_traced_memory()
    tracemalloc.reset_peak()
    kept = tracemalloc.get_traced_memory()[0]
    loads(text)
    loading = tracemalloc.get_traced_memory()[1] - kept
    tracemalloc.stop()
    assert saving < 150 * PAGES + 150 * STEPS * WRITES
    assert loading < 250 * PAGES + 250 * STEPS * WRITES
