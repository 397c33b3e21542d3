"""Which views show a lesson: the command's, else the step's, else the file's."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

import cowviz
from cowviz.cli import cli
from cowviz.diagram.state import step_states
from cowviz.errors import CowvizError, CowvizWarning
from cowviz.trace.codec import dumps, loads

TALLY = Path(__file__).parent / "views" / "tally.py"
LESSON = '''"""Two views."""
VIEW = "tally.py"


def play(story):
    p = story.process("P", heap=["x = 1", None])
    story.say("One.")
    story.view("columns", "tally.py", of=p.heap[0])
    p.write(p.heap[1], "y", allocate="Two.")
    story.say("Three.")
    story.view(of=p)
    story.say("Four.")
'''


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str], Path]:
    """Write a lesson beside the view that it names."""
    folder = tmp_path / "lessons"
    folder.mkdir()
    (folder / "tally.py").write_text(TALLY.read_text(encoding="utf-8"), encoding="utf-8")

    def make(source: str) -> Path:
        (folder / "lesson.py").write_text(source, encoding="utf-8")
        return folder / "lesson.py"

    return make


def lanes(movie: cowviz.Movie) -> list[int]:
    """How many views stand side by side in each step: their shapes then have prefixes."""
    return [2 if any(name.startswith("2:") for name in step[-1].shapes) else 1 for step in movie.scenes()]


def test_each_step_has_its_views(write: Callable[[str], Path]) -> None:
    movie = cowviz.load(write(LESSON))
    assert movie.views == ("tally.py", "columns")
    assert [step.view for step in movie.trace.steps] == [(), ("columns", "tally.py"), ("columns", "tally.py"), ()]
    assert lanes(movie) == [1, 2, 2, 1]
    assert not any(name.startswith("process:") for name in movie.scenes()[0][-1].shapes)
    assert all(any(name.startswith("process:") for name in step[-1].shapes) for step in movie.scenes(view="columns"))


def test_the_view_knows_what_it_is_about(write: Callable[[str], Path]) -> None:
    trace = cowviz.load(write(LESSON)).trace
    pid, process = next(iter(trace.steps[0].machine.processes.items()))
    about = [next(step_states(trace, number)).about for number in range(1, 5)]
    assert about == [None, (pid, process.vmas[0].start), (pid, process.vmas[0].start), (pid, None)]


def test_a_trace_keeps_its_views_and_runs_no_file(write: Callable[[str], Path], tmp_path: Path) -> None:
    trace = cowviz.load(write(LESSON)).trace
    assert loads(dumps(trace)) == trace
    (tmp_path / "t.json").write_text(dumps(trace), encoding="utf-8")
    with pytest.warns(CowvizWarning, match=r"its view tally\.py is a file, .*: add --view tally\.py"):
        movie = cowviz.load(tmp_path / "t.json")
    assert movie.views == ("columns",)


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("view", ["a", "b", "c"], "more than 2 views side by side"),
        ("view", "columns", "view: expected a list"),
        ("about", [99, None], "no process 99"),
        ("about", [1], "expected 2 items"),
    ],
)
def test_a_spoilt_trace_is_refused(write: Callable[[str], Path], field: str, value: object, told: str) -> None:
    data = json.loads(dumps(cowviz.load(write(LESSON)).trace))
    data["steps"][1][field] = value
    with pytest.raises(CowvizError, match=told):
        loads(json.dumps(data))


def test_every_command_takes_them(write: Callable[[str], Path], tmp_path: Path) -> None:
    lesson = write(LESSON)
    for args in (
        ["render", str(lesson), str(tmp_path / "x.svg")],
        ["render", str(lesson), str(tmp_path / "y.svg"), "--view", "columns"],
        ["show", str(lesson)],
        ["export", str(lesson), str(tmp_path / "web"), "--to", "html"],
    ):
        done = CliRunner().invoke(cli, args, catch_exceptions=False)
        assert done.exit_code == 0, done.output
    assert (tmp_path / "x.svg").read_bytes() != (tmp_path / "y.svg").read_bytes()
    done = CliRunner().invoke(cli, ["check", str(lesson), "--json"], catch_exceptions=False)
    assert {finding["view"] for finding in json.loads(done.stdout)} <= {"tally.py+columns"}


def test_a_view_without_effect_on_the_next_step(write: Callable[[str], Path]) -> None:
    movie = cowviz.load(write(LESSON.replace("    story.view(of=p)\n", "")))
    assert lanes(movie) == [1, 2, 2, 2]
