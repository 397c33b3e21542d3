"""What does not change from step to step is neither looked at nor drawn again; and no picture is a stale one."""

from __future__ import annotations

import random
from collections import Counter
from itertools import pairwise

import pytest
from lessons import stage, theme
from test_random_stories import play

from cowviz.diagram import graph
from cowviz.errors import CowvizError
from cowviz.memory.machine import MisuseError
from cowviz.memory.profile import LINUX, TEXTBOOK
from cowviz.movie import load
from cowviz.scene.builder import SceneBuilder
from cowviz.story.recording import record
from cowviz.trace.snapshot import Snapshot
from cowviz.views.columns import layout, painter


def drawn(trace):
    return stage(trace, theme("light")).scenes


def drawn_anew(trace):
    """The same, with every part of every picture drawn by itself."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SceneBuilder, "once", lambda builder, draw, *values: draw(builder, *values))
        patch.setattr(SceneBuilder, "unless_changed", lambda builder, part, objects, draw: draw(builder))
        return drawn(trace)


def same(one, other):
    pairs = [(a, b) for step, those in zip(one, other, strict=True) for a, b in zip(step, those, strict=True)]
    return all(a == b and list(a.shapes) == list(b.shapes) for a, b in pairs)


@pytest.mark.parametrize("block", range(4))
def test_no_picture_of_a_random_story_is_stale(block):
    for seed in range(block * 15, block * 15 + 15):
        chance = random.Random(seed)
        profile = chance.choice([LINUX, TEXTBOOK])
        try:
            trace = record(lambda story, chance=chance: play(story, chance), name="lesson", title="L", profile=profile)  # type: ignore[misc]
            anew = drawn_anew(trace)
        except (CowvizError, MisuseError):
            continue
        assert same(drawn(trace), anew), f"seed {seed}"


@pytest.mark.parametrize("name", ["redis_snapshot", "fork_faults", "three_generations", "fork_heap_real"])
def test_no_picture_of_a_lesson_is_stale(name):
    trace = load(name).trace
    assert same(drawn(trace), drawn_anew(trace))


def long_story(steps):
    def told(story):
        parent = story.process("Parent", text="main()", heap=["x = 1", "y = 2"])
        child = parent.fork("Child")
        child.write(child.heap[0], "x = 0")
        story.say("Forked.")
        for number in range(steps):
            child.write(child.heap[0], f"x = {number % 10}")
            story.say(f"Step {number}.")

    return record(told, name="lesson", title="Lesson")


def counted(steps):
    """How often machines are looked at, things are planned and drawn, for a story of so many steps."""
    trace, counts = long_story(steps), Counter()

    def counting(name, function):
        def count(*values, **more):
            counts[name] += 1
            return function(*values, **more)

        return count

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Snapshot, "machine", property(counting("machines", vars(Snapshot)["machine"].fget)))
        patch.setattr(layout, "nodes", counting("layouts", layout.nodes))
        patch.setattr(graph.Nodes, "_summary", counting("tables", graph.Nodes._summary))
        patch.setattr(painter, "draw_page", counting("pages", painter.draw_page))
        patch.setattr(painter, "draw_frame", counting("frames", painter.draw_frame))
        drawn(trace)
    return counts


def test_work_is_done_for_what_changes():
    few, many = counted(20), counted(60)
    assert few["layouts"] == many["layouts"] == 1
    assert few["tables"] == many["tables"] > 0  # the writes change no table
    assert few["pages"] == many["pages"] > 0
    assert many["frames"] - few["frames"] <= 40  # one a step: what it holds is another
    assert many["machines"] - few["machines"] <= 12 * 40


def test_pictures_share_the_shapes_that_are_the_same():
    pictures = [step[-1] for step in drawn(long_story(20))][3:]
    for before, after in pairwise(pictures):
        others = [name for name, shape in after.shapes.items() if before.shapes.get(name) is not shape]
        assert len(others) < len(after.shapes) / 3
