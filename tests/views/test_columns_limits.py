"""What the picture cannot hold is told about in one line with its cure; what it can, it says in so many words."""

from __future__ import annotations

from pathlib import Path

import pytest
from lessons import ONE_STEP, scenes, stage, theme, trace

from cowviz.diagram.things import PageRange
from cowviz.errors import CowvizError
from cowviz.movie import Movie, run
from cowviz.scene.shapes import Line, Rect, Text
from cowviz.story.recording import record


def compose(play):
    return stage(record(play, name="lesson", title="Lesson"), theme("light")).scenes


def told(play) -> str:
    with pytest.raises(CowvizError) as caught:
        compose(play)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def words(name, step):
    """All that is written in a step's picture, by id."""
    return {key: shape.text for key, shape in scenes(name)[step - 1][-1].shapes.items() if isinstance(shape, Text)}


def tags(name, step):
    return [
        shape.text
        for shape in scenes(name)[step - 1][-1].shapes.values()
        if shape.role == "tag" and isinstance(shape, Text)
    ]


# What it cannot hold


def test_too_many_processes():
    def play(story):
        parent = story.process("Parent", heap="x = 1")
        for i in range(3):
            parent.fork(f"Child {i}")
        story.say("Four.")

    message = told(play)
    assert "4" in message and "3" in message and "process" in message
    assert "leave" in message or "scenario" in message, f"it names no cure: {message}"


def test_too_many_regions():
    def play(story):
        process = story.process("Process", text="a", rodata="b", data="c", bss="d", heap="e", stack="f")
        for i in range(3):
            process.mmap(f"m{i}", 1)
        story.say("Nine.")

    assert "Process has 9 regions" in told(play)
    assert "leave some out" in told(play)


def test_too_many_regions_beside_another():
    def play(story):
        parent = story.process("Parent", text="a", rodata="b", data="c", heap="e")
        child = parent.fork("Child")
        child.fork("Grandchild")
        story.say("Four each.")

    assert "Child has 4 regions" in told(play)


def test_a_file_takes_a_row_too():
    def play(story):
        process = story.process("Process", text="a", rodata="b", data="c", bss="d", heap="e", stack="f")
        process.mmap("m", 1)
        process.mmap("n", 1)
        process.save(process.heap, "out.txt")
        story.say("Eight regions and a file.")

    assert "leave some out" in told(play)


def test_a_caption_that_is_too_long():
    def play(story):
        story.process("Process", heap="x = 1")
        story.say("A caption that goes on. " * 12)

    message = told(play)
    assert "step 1" in message
    assert "shorten it or make two steps" in message


def test_a_caption_of_too_many_lines():
    def play(story):
        story.process("Process", heap="x = 1")
        story.say("one\ntwo\nthree\nfour")

    assert "takes 4 lines, and 3 fit" in told(play)


@pytest.mark.parametrize("step", [0, 1, 10, -1])
def test_nothing_is_before_it(step):
    with pytest.raises(CowvizError, match="fork_cow has one of each step from 2 to 9"):
        stage(trace("fork_cow"), theme("light")).before_after(step)


@pytest.mark.parametrize("name", ONE_STEP)
def test_a_lesson_of_one_step_has_no_before(name):
    with pytest.raises(CowvizError) as caught:
        stage(trace(name), theme("light")).before_after()
    assert "2 to 1" not in str(caught.value)


def test_a_lesson_of_one_step_is_drawn_all_the_same(tmp_path):
    """``cowviz render lesson.py``, with no OUT."""

    def play(story):
        story.process("Process", heap="x = 1")
        story.say("All there is.")

    files = run(play).save_all(tmp_path, quality="draft")
    assert {file.name for file in files} == {f"{Path(__file__).stem}.gif", "01.png"}


def test_a_million_pages_are_drawn():
    def play(story):
        process = story.process("Process", heap=1 << 18)
        story.say("A gigabyte, untouched.")
        process.write(process.heap[1000], "x = 1")
        story.say("One page of it.")

    last = compose(play)[-1][-1].shapes
    assert any(key.startswith("frame:0/box") for key in last)


# What it says


def test_out_of_memory_is_said():
    assert "out of memory" in tags("out_of_memory", 3)
    assert not [key for key in words("out_of_memory", 3) if key.startswith("page:2:")]


def test_who_dies_says_why():
    assert any(tag.startswith("killed by") for tag in tags("out_of_memory", 3))
    assert "killed by SIGSEGV" in tags("sections", 8)
    assert "exited 0" in tags("redis_snapshot", 10)


def test_the_zero_page_is_drawn_and_is_no_frame():
    shapes = scenes("zero_page")[1][-1].shapes
    assert words("zero_page", 2)["frame:zero/name"] == "Zero page"
    assert isinstance(shapes["pte:1:800"], Line) and shapes["pte:1:800"].dash
    assert words("zero_page", 2)["legend/frames"] == "frames in use: 0"


def test_shared_memory_is_no_copy_on_write():
    shapes = scenes("map_shared")[1][-1].shapes
    for pid in (1, 2):
        assert not shapes[f"pte:{pid}:7f0000"].dash
        assert f"page:{pid}:7f0000/pte-chip" not in shapes
        assert f"page:{pid}:800/pte-chip" in shapes
    assert words("map_shared", 3)["frame:1/content"] == "n = 2"


def test_the_steps_of_fork_cow():
    assert [tags("fork_cow", step) for step in range(1, 10)] == [
        [],
        ["write: no fault"],
        [],
        ["read: no fault"],
        ["write fault"],
        ["copy of Frame C"],
        ["copy of Frame C"],
        ["write fault"],
        ["a fault, no copy"],
    ]
    outlined = [
        [key for key, shape in scenes("fork_cow")[step - 1][-1].shapes.items() if shape.role == "outline"]
        for step in range(1, 10)
    ]
    page, copy = "page:{}:800/outline", "frame:3/outline"
    one, two = page.format(1), page.format(2)
    assert outlined == [[], [one], [], [two], [two], [copy], [copy], [one], [one]]


def test_a_swinging_arrow_keeps_its_id():
    before, after = (scenes("fork_cow")[step - 1][-1].shapes["pte:2:800"] for step in (6, 7))
    assert before.points[0] == after.points[0]
    assert before.points[1] != after.points[1]


def test_what_happens_now_is_drawn_thicker_too():
    """Hue alone would not do: the light theme's accent is as dark as its lines, and alike to who sees no red."""
    widths = {}
    for step in scenes("fork_cow"):
        for key, line in step[-1].shapes.items():
            if key.startswith("pte:"):
                widths.setdefault(line.stroke == theme("light").accent, set()).add(line.width)
    assert min(widths[True]) >= 4 / 3 * max(widths[False])


def test_a_copy_comes_from_its_original():
    copied = scenes("fork_cow")[5][-1].shapes
    assert copied["frame:3/box"].origin == "frame:2/box"
    assert isinstance(copied["frame:2/box"], Rect)


def test_frames_come_in_their_own_order():
    """Frames need not be handed out from the top."""
    first = scenes("eight_regions")[0][-1].shapes
    assert first["pte:1:400"].points[1][1] > first["pte:1:500"].points[1][1]


def test_forty_pages_are_runs():
    shapes = scenes("forty_pages")[1][-1].shapes
    bars = [
        shape
        for shape in shapes.values()
        if shape.role == "box" and isinstance(shape.of, PageRange) and shape.of.pid == 1
    ]
    assert 1 <= len(bars) <= 8


def test_a_scene_has_its_alt_text():
    movie = Movie(trace("fork_cow"))
    for scene, step in zip(movie.scenes(), movie.steps, strict=True):
        assert (scene[-1].title, scene[-1].description) == (trace("fork_cow").title, step.alt_text)
