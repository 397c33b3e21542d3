"""An event of another package is two files: its operation, and its row. All of cowviz then tells and shows it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from outside import install, run

OPERATION = '''"""A page that is scrubbed: the operation and its event."""

from dataclasses import dataclass

from cowviz.memory.changes import Change, Changes
from cowviz.memory.events import (Event)
from cowviz.memory.machine import Machine


@dataclass(frozen=True, slots=True)
class PageScrubbed(Event):
    pid: int
    vpn: int
    passes: int


def scrub(machine: Machine, pid: int, vpn: int, passes: int) -> Changes:
    for count in range(1, passes + 1):
        yield Change(PageScrubbed(pid, vpn, count), machine)
    return machine
'''

ROW = '''"""The row of PageScrubbed."""

from scrubbing import PageScrubbed

from cowviz.narration.emphasis import Called
from cowviz.narration.event_row import EventRow, Moment


def mark(event, emphasis):
    emphasis.processes[event.pid] = Called(f"scrub({event.passes})")


ROWS = (
    EventRow(
        PageScrubbed,
        rank=85,
        sentence="{who}'s {page} is scrubbed, pass {passes}",
        picture="{who} has scrubbed {page}",
        pauses=True,
        moment=Moment("scrub", "nothing was scrubbed"),
        mark=mark,
        rail="scrub",
    ),
)
'''

LESSON = '''"""Scrubbing.

A page is scrubbed.
"""

from scrubbing import scrub


def play(story):
    process = story.process("P", heap="x = 1")
    story.say("One page.")
    story.run(scrub(story.machine, 1, process.heap.start, 2), {"scrub": "The first pass."})
    story.say("And the second.")
'''


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with an installed package that defines an event, and a scenario that uses it."""
    install(
        tmp_path,
        {"scrubbing.py": OPERATION, "scrubbing_row.py": ROW},
        {"events": {"scrubbing": "scrubbing_row"}},
    )
    lessons = tmp_path / "lessons"
    lessons.mkdir()
    (lessons / "lesson.py").write_text(LESSON, encoding="utf-8")
    return tmp_path


def done(folder: Path, *arguments: str) -> str:
    """What a command prints that must succeed, and say nothing on the way."""
    result = run(folder, *arguments)
    assert (result.returncode, result.stderr) == (0, "")
    return result.stdout


def test_an_event_of_another_package_is_told_shown_and_checked(folder: Path) -> None:
    told = done(folder, "show", "lesson.py")
    assert "The first pass.\n\n  - P's heap is scrubbed, pass 1.\n" in told
    assert "And the second.\n\n  - P's heap is scrubbed, pass 2.\n" in told
    assert run(folder, "render", "lesson.py", "x.svg", "x.txt").returncode == 0
    lessons = folder / "lessons"
    assert (lessons / "x.txt").read_text(encoding="utf-8") == told
    svg = (lessons / "x.svg").read_text(encoding="utf-8")
    assert "scrub(2)" in svg and "P has scrubbed heap." in svg
    assert run(folder, "check", "lesson.py").returncode == 0


def test_it_comes_back_from_a_trace(folder: Path) -> None:
    assert run(folder, "render", "lesson.py", "x.json").returncode == 0
    text = (folder / "lessons" / "x.json").read_text(encoding="utf-8")
    assert '{"event": "page_scrubbed", "pid": 1, "vpn": ' in text
    assert done(folder, "show", "x.json") == done(folder, "show", "lesson.py")
    assert run(folder, "render", "x.json", "again.json").returncode == 0
    assert (folder / "lessons" / "again.json").read_text(encoding="utf-8") == text


def test_what_is_said_of_it_in_a_trace_is_checked(folder: Path) -> None:
    assert run(folder, "render", "lesson.py", "x.json").returncode == 0
    path = folder / "lessons" / "x.json"
    good = path.read_text(encoding="utf-8")
    spoilt = {
        '"passes": 1': ('"passes": "one"', "page_scrubbed: passes: expected a whole number"),
        '"passes": 2': ('"times": 2', "stanza"),
        '"event": "page_scrubbed", "pid": 1': ('"event": "page_scrubbed", "pid": 9', "page_scrubbed: no process 9"),
    }
    for right, (wrong, complaint) in spoilt.items():
        path.write_text(good.replace(right, wrong), encoding="utf-8")
        result = run(folder, "show", "x.json")
        assert result.returncode == 2 and complaint in result.stderr


def test_a_trace_with_it_is_refused_where_the_package_is_not_installed(folder: Path) -> None:
    assert run(folder, "render", "lesson.py", "x.json").returncode == 0
    result = run(folder, "show", "x.json", installed=False)
    assert result.returncode == 2 and "unknown event 'page_scrubbed'" in result.stderr


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("raise RuntimeError('no luck')", "fails: RuntimeError: no luck"),
        ("import sys\nsys.exit(7)", "fails: SystemExit: 7"),
        ("print('at import')\nROWS = 3", "write ROWS = (EventRow(...),)"),
    ],
)
def test_a_broken_module_of_events_is_named_in_a_line(folder: Path, source: str, said: str) -> None:
    (folder / "scrubbing_row.py").write_text(source, encoding="utf-8")
    result = run(folder, "show", "fork_cow", "--json")
    assert result.returncode == 0 and json.loads(result.stdout)
    assert "cowviz: warning: events 'scrubbing' (scrubbing_row)" in result.stderr and said in result.stderr


def test_a_row_that_names_no_field_is_told_in_a_line(folder: Path) -> None:
    (folder / "scrubbing_row.py").write_text(ROW.replace("{passes}", "{turns}"), encoding="utf-8")
    result = run(folder, "show", "lesson.py")
    assert result.returncode == 2
    assert "cowviz: the row of PageScrubbed says {turns}, which is no field of the event" in result.stderr


def test_a_mark_that_fails_is_told_in_a_line(folder: Path) -> None:
    (folder / "scrubbing_row.py").write_text(ROW.replace("emphasis.processes", "emphasis.persons"), encoding="utf-8")
    result = run(folder, "render", "lesson.py", "x.svg")
    assert result.returncode == 2 and len(result.stderr.splitlines()) == 1
    assert "cowviz: the mark of PageScrubbed fails: AttributeError" in result.stderr
