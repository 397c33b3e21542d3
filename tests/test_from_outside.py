"""Another package adds a scenario, a theme, a view, a format and an event: one file each, two for the event."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from outside import ROOT, install, run

SCENARIO = '''"""A page that is scrubbed."""

from extras_scrub import scrub

VIEW = "tally"


def play(story):
    p = story.process("P", heap=["x = 1", None])
    story.say("One page.")
    story.run(scrub(story.machine, p.pid, p.heap.start))
    story.say("It is clean.")
    story.view("columns")
    p.write(p.heap[1], "y = 2")
    story.say("Two pages.")
    assert p.faults == 1
'''
OPERATION = '''"""An operation and its event."""

from dataclasses import dataclass

from cowviz.memory.changes import Change
from cowviz.memory.events import (Event)


@dataclass(frozen=True, slots=True)
class PageScrubbed(Event):
    pid: int
    vpn: int


def scrub(machine, pid, vpn):
    """Scrub a page."""
    yield Change(PageScrubbed(pid, vpn), machine)
    return machine
'''
ROW = '''"""The event's row."""

from extras_scrub import PageScrubbed

from cowviz.narration.event_row import EventRow

ROWS = (EventRow(PageScrubbed, rank=85, sentence="{who}'s {page} is scrubbed", pauses=True, rail="scrub"),)
'''
THEME = '''"""Green on white."""

from dataclasses import replace

from cowviz.themes.light import THEME as LIGHT

THEME = replace(LIGHT, name="meadow", text="#14532d")
'''
FORMAT = '''"""A caption a line."""

SUFFIXES = (".captions",)
SHOWS = "document"


def export(request, path):
    """Write how many shapes each step's picture has, and its caption."""
    steps = zip(request.scenes, request.trace.steps, strict=True)
    path.write_text("".join(f"{len(scene.shapes)} {step.caption}\\n" for scene, step in steps), encoding="utf-8")
'''


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the package is installed."""
    made = tmp_path_factory.mktemp("site")
    files = {
        "extras_lesson.py": SCENARIO,
        "extras_scrub.py": OPERATION,
        "extras_row.py": ROW,
        "extras_meadow.py": THEME,
        "extras_captions.py": FORMAT,
        "extras_tally.py": (ROOT / "tests" / "views" / "tally.py").read_text(encoding="utf-8"),
    }
    entry_points = {
        "scenarios": {"scrubbing": "extras_lesson"},
        "events": {"scrubbing": "extras_row"},
        "themes": {"meadow": "extras_meadow"},
        "exporters": {"captions": "extras_captions"},
        "views": {"tally": "extras_tally"},
    }
    install(made, files, entry_points)
    return made


def test_it_is_listed_and_told(folder: Path) -> None:
    assert "scrubbing" in run(folder, "list").stdout
    told = run(folder, "show", "scrubbing")
    assert (told.returncode, told.stderr) == (0, "")
    assert "  - P's heap[0] is scrubbed.\n" in told.stdout


def test_it_is_drawn_in_its_own_view_theme_and_format(folder: Path) -> None:
    outs = ["x-{step}.svg", "x.captions", "x.json", "x.html", "x.pptx"]
    done = run(folder, "render", "scrubbing", *outs, "--theme", "meadow")
    assert (done.returncode, done.stderr) == (0, "")
    lessons = folder / "lessons"
    captions = [line.partition(" ")[2] for line in (lessons / "x.captions").read_text(encoding="utf-8").splitlines()]
    assert captions == ["One page.", "It is clean.", "Two pages."]
    first, last = ((lessons / f"x-{step}.svg").read_text(encoding="utf-8") for step in (1, 3))
    assert "Physical memory" not in first and "Physical memory" in last
    assert "#14532d" in first and "#14532d" in last
    assert json.loads((lessons / "x.json").read_text(encoding="utf-8"))["view"] == ["tally"]


def test_it_is_checked(folder: Path) -> None:
    done = run(folder, "check", "scrubbing", "--theme", "meadow", "--view", "tally", "--view", "columns", "--json")
    assert (done.returncode, done.stderr, json.loads(done.stdout)) == (0, "", [])


def test_without_the_package_each_is_named(folder: Path) -> None:
    for arguments, said in (
        (["show", "scrubbing"], "no scenario 'scrubbing'"),
        (["render", "fork_cow", "x.svg", "--theme", "meadow"], "no theme 'meadow'"),
        (["render", "fork_cow", "x.svg", "--view", "tally"], "no view 'tally'"),
        (["render", "fork_cow", "x.captions"], "its suffix names no format"),
    ):
        done = run(folder, *arguments, installed=False)
        assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
        assert said in done.stderr
