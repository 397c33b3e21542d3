"""A scenario, theme, view, format, destination or command is one new file: no other is edited, all commands know it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

NEW = {
    "scenarios/two_writes.py": '''"""Two writes.

The second one costs nothing.
"""


def play(story):
    story.memory(frames=2)
    process = story.process("Process", heap=1)
    process.write(process.heap, "x = 1")
    story.say("The first write faults.")
    process.write(process.heap, "x = 2")
    story.say("The second does not.")
    assert process.faults == 1
''',
    "cowviz/themes/sepia.py": '''"""Old paper."""

from dataclasses import replace

from cowviz.themes.light import THEME as LIGHT

THEME = replace(LIGHT, name="sepia", background="#f4ecd8")
''',
    "cowviz/views/mirror.py": '''"""The columns' picture and one shape more."""

from cowviz.scene.shapes import Circle
from cowviz.views import columns

plan = columns.plan


def draw(builder, plan, state):
    columns.draw(builder, plan, state)
    builder.add("mirror/dot", Circle(x=640, y=700, r=5, fill="#123456"))
''',
    "cowviz/exporters/captions.py": '''"""The captions alone."""

SUFFIXES = (".captions",)
SHOWS = "trace"


def export(request, path):
    """Write a line a step."""
    path.write_text("".join(f"{step.caption}\\\\n" for step in request.trace.steps), encoding="utf-8")
''',
    "cowviz/exporters/sizes.py": '''"""How many shapes a picture has: a format that draws pictures."""

SUFFIXES = (".shapes",)
SHOWS = "picture"


def export(request, path):
    """Write the number."""
    (scene,) = request.tracked(request.scenes)
    path.write_text(f"{len(scene.shapes)} on {scene.background}", encoding="utf-8")
''',
    "cowviz/destinations/wall.py": '''"""Titles for a wall."""

from cowviz.destinations._slides import draw, slides, write

THEN = "hang it up"


def export(movie, folder, options):
    """Write the captions, and a picture."""
    captions = [slide.caption for slide in slides(movie, options)]
    return [write(folder / "wall.txt", captions), *draw(movie, folder / "wall.svg", options)]
''',
    "cowviz/commands/hello.py": '''"""cowviz hello."""

import click


@click.command()
def command():
    """Say hello."""
    click.echo("hello")
''',
}


@pytest.fixture(scope="module")
def copy(tmp_path_factory) -> Path:
    """A copy of the code with the new files in it."""
    folder = tmp_path_factory.mktemp("copy")
    for room in ("cowviz", "scenarios"):
        shutil.copytree(ROOT / room, folder / room, ignore=shutil.ignore_patterns("__pycache__"))
    for name, text in NEW.items():
        assert not (folder / name).exists()
        (folder / name).write_text(text.replace("\\\\n", "\\n"), encoding="utf-8")
    return folder


def cowviz(copy: Path, *args: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "cowviz", *args],
        cwd=copy,
        env={**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_new_scenario_is_listed_and_told(copy):
    assert "two_writes" in cowviz(copy, "list")
    assert "Two writes" in cowviz(copy, "list")
    assert "The second does not." in cowviz(copy, "show", "two_writes")


def test_a_new_theme_colours(copy):
    cowviz(copy, "render", "two_writes", "sepia.svg", "--theme", "sepia")
    assert "#f4ecd8" in (copy / "sepia.svg").read_text(encoding="utf-8")


def test_a_new_view_draws(copy):
    cowviz(copy, "render", "two_writes", "mirror.svg", "--view", "mirror", "--step", "1")
    assert "#123456" in (copy / "mirror.svg").read_text(encoding="utf-8")
    cowviz(copy, "render", "fork_cow", "both.svg", "--view", "mirror", "--before-after")
    assert "#123456" in (copy / "both.svg").read_text(encoding="utf-8")


def test_a_new_format_is_written(copy):
    cowviz(copy, "render", "two_writes", "x.captions", "x.shapes", "--theme", "sepia")
    assert (copy / "x.captions").read_text() == "The first write faults.\nThe second does not.\n"
    assert (copy / "x.shapes").read_text().endswith("on #f4ecd8")
    cowviz(copy, "render", "two_writes", "{step}.shapes")
    assert (copy / "1.shapes").exists() and (copy / "2.shapes").exists()


def test_a_new_destination_is_exported_to(copy):
    assert "wall    Titles for a wall." in cowviz(copy, "export", "--help")
    cowviz(copy, "export", "two_writes", "hall", "--to", "wall", "--theme", "sepia")
    assert (copy / "hall" / "wall.txt").read_text() == "The first write faults.\nThe second does not.\n"
    assert "#f4ecd8" in (copy / "hall" / "wall.svg").read_text(encoding="utf-8")


def test_a_new_command_is_one(copy):
    assert cowviz(copy, "hello") == "hello\n"
    assert "hello" in cowviz(copy, "--help")


def test_the_original_knows_none_of_it():
    for name in NEW:
        assert not (ROOT / name).exists()
