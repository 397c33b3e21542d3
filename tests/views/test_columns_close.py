"""Every scenario and every odd lesson on the canvas of 960x720, for slides of 4:3."""

from __future__ import annotations

import pytest
from legibility import jumps, layout_findings, misused_accent, pale, shortened
from lessons import MADE_UP, ONE_STEP, SCENARIOS, THEMES, before_after, scenes, stage, theme, trace
from truth import Things, miscounted, untrue

from cowviz.errors import CowvizError
from cowviz.scene.shapes import CLOSE_WIDTH, HEIGHT, Line, Rect, Text
from cowviz.story.recording import record

every_scenario = pytest.mark.parametrize("name", SCENARIOS)
every_lesson = pytest.mark.parametrize("name", [*SCENARIOS, *MADE_UP])


def all_scenes(name, colours="light"):
    """(step, scene, machine) of every picture."""
    plays = zip(scenes(name, colours, CLOSE_WIDTH), trace(name).steps, strict=True)
    for number, (pictures, step) in enumerate(plays, 1):
        for scene, snapshot in zip(pictures, step.snapshots, strict=True):
            yield number, scene, snapshot.machine


def compose(play, width=CLOSE_WIDTH):
    return stage(record(play, name="lesson", title="Lesson"), theme("light"), width).scenes


@every_lesson
@pytest.mark.parametrize("colours", ["light", "projector"])
def test_nothing_is_cut_or_covered(name, colours):
    found = [f"step {n}: {finding}" for n, scene, _ in all_scenes(name, colours) for finding in layout_findings(scene)]
    assert found == []


@every_scenario
def test_no_text_is_shortened(name):
    assert [f"step {n}: {finding}" for n, scene, _ in all_scenes(name) for finding in shortened(scene)] == []


@every_lesson
def test_nothing_jumps_and_the_canvas_stays(name):
    assert jumps((scene, machine) for _, scene, machine in all_scenes(name)) == []
    assert {(scene.width, scene.height) for _, scene, _ in all_scenes(name)} == {(CLOSE_WIDTH, HEIGHT)}


@every_lesson
def test_the_picture_says_what_the_machine_says(name):
    things = Things((scene, machine) for _, scene, machine in all_scenes(name))
    found = []
    for number, scene, machine in all_scenes(name):
        said = (*untrue(scene, machine, things), *miscounted(scene, machine))
        found += [f"step {number}: {finding}" for finding in said]
    assert found == []


@every_scenario
@pytest.mark.parametrize("colours", THEMES)
def test_everything_stands_out(name, colours):
    found = {
        finding
        for _, scene, _ in all_scenes(name, colours)
        for finding in (*pale(scene), *misused_accent(scene, theme(colours)))
    }
    assert sorted(found) == []


@every_lesson
def test_arrows_have_room(name):
    """Each is long enough for a head and a dash."""
    for _, scene, _ in all_scenes(name):
        arrows = [s for key, s in scene.shapes.items() if key.startswith("pte:") and isinstance(s, Line)]
        assert all(abs(arrow.points[-1][0] - arrow.points[0][0]) >= 40 for arrow in arrows)


@pytest.mark.parametrize("name", [*SCENARIOS, *(name for name in MADE_UP if name not in ONE_STEP)])
def test_before_and_after_stand_one_above_the_other(name):
    scene = before_after(name, width=CLOSE_WIDTH)
    assert (scene.width, scene.height) == (CLOSE_WIDTH, 2 * HEIGHT)
    assert layout_findings(scene) == []


def texts(scene, role):
    return [shape.text for shape in scene.shapes.values() if isinstance(shape, Text) and shape.role == role]


def test_words_are_as_large_as_on_the_wide_canvas():
    def sizes(name, width):
        play = scenes(name, width=width)
        shapes = (shape for step in play for scene in step for shape in scene.shapes.values())
        return {(shape.role, shape.size) for shape in shapes if isinstance(shape, Text)}

    for name in SCENARIOS:
        wide = sizes(name, 1280) | {("code", 22), ("label", 22), ("title", 32)}
        assert sizes(name, CLOSE_WIDTH) <= wide


def test_a_title_takes_two_lines_where_it_must():
    scene = scenes("demand_paging", width=CLOSE_WIDTH)[0][0]
    assert texts(scene, "title") == ["Demand paging: malloc()", "gives pages, not frames"]
    assert len(texts(scenes("fork_cow", width=CLOSE_WIDTH)[0][0], "title")) == 1


def test_the_code_of_one_process_is_a_strip_below_it():
    scene = scenes("demand_paging", width=CLOSE_WIDTH)[0][0]
    assert texts(scene, "code") == ["int *arr = malloc(2000 * sizeof(int));"]
    strip, panel = scene.shapes["code/panel"], scene.shapes["memory/panel"]
    assert isinstance(strip, Rect) and isinstance(panel, Rect)
    assert strip.y > panel.y + panel.h


def test_a_fourth_line_is_drawn_and_a_fifth_refused():
    def lesson(words):
        def play(story):
            story.process("Process", heap="x = 1")
            story.say("A caption that goes on. " * words)

        return play

    assert len(texts(compose(lesson(8))[0][-1], "caption")) == 4
    with pytest.raises(CowvizError, match="takes 5 lines, and 4 fit"):
        compose(lesson(10))


def test_breaks_of_the_author_give_way():
    caption = "\n".join(["A sentence that is a little more than one line long on such a canvas."] * 2)

    def play(story):
        story.process("Process", heap="x = 1")
        story.say(caption)

    lines = texts(compose(play)[0][-1], "caption")
    assert len(lines) == 3
    assert " ".join(lines) == caption.replace("\n", " ")


def test_a_frame_and_its_letter_stay_in_one_line():
    def play(story):
        story.process("Process", heap="x = 1")
        for words in range(1, 9):
            story.say("word " * words + "Frame A holds x = 1. " * 3)

    lines = [line for step in compose(play) for line in texts(step[-1], "caption")]
    assert len(lines) > 10
    assert [line for line in lines if line.endswith(("Frame", " x", "="))] == []


def test_frames_have_their_whole_names_where_these_fit():
    def names(name):
        shapes = scenes(name, width=CLOSE_WIDTH)[0][-1].shapes
        return {shape.text for key, shape in shapes.items() if key.startswith("frame:") and key.endswith("/name")}

    assert names("fork_cow") == {"Frame A", "Frame B", "Frame C"}
    assert names("sections") == set("ABCDEF")
