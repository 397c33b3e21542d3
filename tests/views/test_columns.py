"""Every scenario, in every theme, at every step: legible, steady, and true to the machine."""

from __future__ import annotations

import pytest
from legibility import jumps, layout_findings, misused_accent, pale, shortened
from lessons import MADE_UP, ONE_STEP, SCENARIOS, THEMES, before_after, scenes, stage, theme, trace
from sample import ALL
from truth import Things, miscounted, untrue

from cowviz.diagram.marks import DASH, DOTS
from cowviz.memory.bulk_access import all_detailed
from cowviz.memory.events import FaultKind, FaultRaised, PageMapped
from cowviz.scene.shapes import HEIGHT, WIDTH, Text

every_scenario = pytest.mark.parametrize("name", SCENARIOS)
every_lesson = pytest.mark.parametrize("name", [*SCENARIOS, *MADE_UP])
every_theme = pytest.mark.parametrize("colours", THEMES)
# Themes differ in colours and weights alone (tested below), so each lesson is looked at in some, and all at night.
in_themes = pytest.mark.parametrize(
    ("name", "colours"),
    [
        (name, colours)
        for number, name in enumerate([*SCENARIOS, *MADE_UP])
        for colours in THEMES
        if ALL or name in SCENARIOS[::3] or colours in ("light", THEMES[number % len(THEMES)])
    ],
)


def all_scenes(name, colours="light"):
    """(step, scene, machine) of every picture, the passing ones too."""
    for number, (pictures, step) in enumerate(zip(scenes(name, colours), trace(name).steps, strict=True), 1):
        for scene, snapshot in zip(pictures, step.snapshots, strict=True):
            yield number, scene, snapshot.machine


@in_themes
def test_nothing_is_cut_or_covered(name, colours):
    found = [f"step {n}: {finding}" for n, scene, _ in all_scenes(name, colours) for finding in layout_findings(scene)]
    assert found == []


@every_scenario
def test_no_text_is_shortened(name):
    assert [f"step {n}: {finding}" for n, scene, _ in all_scenes(name) for finding in shortened(scene)] == []


@every_lesson
def test_nothing_jumps(name):
    assert jumps((scene, machine) for _, scene, machine in all_scenes(name)) == []


@every_lesson
def test_the_canvas_is_always_the_same(name):
    assert {(scene.width, scene.height) for _, scene, _ in all_scenes(name)} == {(WIDTH, HEIGHT)}


@in_themes
def test_everything_stands_out(name, colours):
    found = {finding for _, scene, _ in all_scenes(name, colours) for finding in pale(scene)}
    assert sorted(found) == []


@in_themes
def test_the_accent_is_for_what_happens(name, colours):
    found = {finding for _, scene, _ in all_scenes(name, colours) for finding in misused_accent(scene, theme(colours))}
    assert sorted(found) == []


@every_lesson
def test_the_picture_says_what_the_machine_says(name):
    things = Things((scene, machine) for _, scene, machine in all_scenes(name))
    found = []
    for number, scene, machine in all_scenes(name):
        found += [
            f"step {number}: {finding}" for finding in (*untrue(scene, machine, things), *miscounted(scene, machine))
        ]
    assert found == []


@every_lesson
def test_words_of_the_step(name):
    for number, (pictures, step) in enumerate(zip(scenes(name), trace(name).steps, strict=True), 1):
        texts = pictures[-1].shapes
        caption = [s.text for s in texts.values() if isinstance(s, Text) and s.role == "caption"]
        assert " ".join(caption).split() == step.caption.split()
        assert texts["step/number"].text == f"{number} / {len(scenes(name))}"
        assert trace(name).title.startswith(texts["title"].text.rstrip("…"))


@in_themes
def test_themes_change_colours_and_weights_only(name, colours):
    def forms(colour):
        return [
            {k: _form(s) for k, s in scene.shapes.items() if not k.endswith("/notches")}
            for _, scene, _ in all_scenes(name, colour)
        ]

    assert forms(colours) == forms("light")


LOOKS = ("fill", "stroke", "width", "head_size")


def _form(shape):
    fields = {f: getattr(shape, f) for f in shape.__dataclass_fields__ if f not in LOOKS}
    return type(shape).__name__, fields


@every_lesson
def test_the_legend_names_what_is_on_screen(name):
    for _, scene, _ in all_scenes(name):
        entries = {key.split(":")[1].split("/")[0] for key in scene.shapes if key.startswith("legend:")}
        arrows = [s for key, s in scene.shapes.items() if key.startswith("pte:")]
        wanted = {"writable PTE"} if any(not arrow.dash for arrow in arrows) else set()
        wanted |= {"read-only PTE"} if any(arrow.dash == DASH for arrow in arrows) else set()
        wanted |= {"PTE of a page in swap"} if any(arrow.dash == DOTS for arrow in arrows) else set()
        wanted |= {"copy-on-write"} if any(key.endswith("-chip") for key in scene.shapes) else set()
        assert entries == wanted


# Before and after

several_steps = pytest.mark.parametrize("name", [*SCENARIOS, *(name for name in MADE_UP if name not in ONE_STEP)])


@several_steps
@every_theme
def test_before_and_after_is_legible(name, colours):
    scene = before_after(name, colours)
    assert (scene.width, scene.height) in {(WIDTH, HEIGHT), (WIDTH, 2 * HEIGHT)}
    assert layout_findings(scene) + pale(scene) + list(misused_accent(scene, theme(colours))) == []


@every_scenario
def test_before_and_after_shortens_nothing(name):
    assert list(shortened(before_after(name))) == []


def around_the_copy(name):
    """The numbers of the last step before the first copying fault and of the step that ends it; else of both ends."""
    steps = trace(name).steps
    raised = {}
    for number, step in enumerate(steps, 1):
        for event in all_detailed(step.events):
            if isinstance(event, FaultRaised):
                raised[event.pid, event.vpn] = number
            if isinstance(event, PageMapped) and event.kind is FaultKind.COW_COPY:
                return max(raised[event.pid, event.vpn] - 1, 1), max(number, 2)
    return 1, len(steps)


@several_steps
def test_before_and_after_shows_the_copy(name):
    scene = before_after(name)
    for prefix, number in zip(("Before:", "After:"), around_the_copy(name), strict=True):
        machine = trace(name).steps[number - 1].machine
        assert untrue(scene, machine, Things([(scene, machine)], prefix), narrow=scene.height == HEIGHT) == []


@every_scenario
def test_before_and_after_any_step(name):
    steps = trace(name).steps
    for number in range(2, len(steps) + 1):
        scene = stage(trace(name), theme("light")).before_after(number)
        assert layout_findings(scene) == []
        for prefix, step in (("Before:", steps[number - 2]), ("After:", steps[number - 1])):
            things = Things([(scene, step.machine)], prefix)
            assert untrue(scene, step.machine, things, narrow=scene.height == HEIGHT) == []


def test_the_crucial_step_of_fork_cow():
    assert around_the_copy("fork_cow") == (4, 7)
