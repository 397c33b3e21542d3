"""The folder for a course that keeps Markdown slides and their media."""

from __future__ import annotations

import re

import pytest
from decks import SCENARIOS, run
from PIL import Image, ImageSequence

from cowviz.narration.questions import questions


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_layout(name, export, movies):
    folder = export(name, "course", quality="draft")
    pictures = {f"{name}-{number}.svg" for number in range(len(movies[name].steps))}
    assert {path.name for path in (folder / "media" / name).iterdir()} == pictures
    assert {path.name for path in folder.iterdir()} == {f"{name}.md", "media", "questions"}
    assert {path.name for path in (folder / "media").iterdir()} == {name, f"{name}-generated.gif"}
    links = re.findall(r"\]\((.+?)\)", (folder / f"{name}.md").read_text(encoding="utf-8"))
    assert links[0] == f"./media/{name}-generated.gif"
    assert all((folder / link).is_file() for link in links)


def test_the_text_of_the_pictures_is_text(export):
    svg = (export("fork_cow", "course", quality="draft") / "media/fork_cow/fork_cow-4.svg").read_text(encoding="utf-8")
    assert re.search(r"<text[^>]*>The child writes x = 42\. Its VMA allows it, its PTE does not:</text>", svg)


def test_the_animation_goes_at_the_pace_of_the_captions(export, movies):
    gif = Image.open(export("fork_cow", "course", quality="draft") / "media/fork_cow-generated.gif")
    shown = sum(still.info["duration"] for still in ImageSequence.Iterator(gif)) / 1000
    assert shown == pytest.approx(sum(still.seconds for still in movies["fork_cow"].stills(fps=10)), abs=0.05)


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_file_a_question(name, export, movies):
    folder = export(name, "course", quality="draft") / "questions"
    asked = questions(movies[name].trace)
    assert len(list(folder.iterdir())) == len(asked) > 2
    for number, question in enumerate(asked, 1):
        text = (folder / f"{name}-{number}.md").read_text(encoding="utf-8")
        assert re.findall("^## (.*)", text, re.MULTILINE) == ["Question Text", "Question Answers", "Feedback"]
        answers = re.findall(r"^([+-]) ", text, re.MULTILINE)
        assert [sign == "+" for sign in answers] == [i == question.answer for i in range(len(question.choices))]
        assert len(answers) == len(question.choices)


def test_the_slides_read_as_markdown(export, needs):
    needs("pandoc")
    folder = export("hard", "course", quality="draft")
    shown = run("pandoc", "-f", "gfm", "-t", "html", "--wrap=none", "a-b-c-_.md", cwd=folder)
    assert shown.count("<img") == 3
    assert "<em>" not in shown and "<b>" not in shown
