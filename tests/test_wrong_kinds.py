"""What is no theme, no view, no step ... is told in one line, from Python as from the command line."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

import cowviz
from cowviz.cli import cli
from cowviz.errors import CowvizError
from cowviz.themes.light import THEME

ODD = [42, 3.5, True, b"x", [], {}, {"name": "light"}, object(), ("a", "b", "c"), float("nan")]


@pytest.fixture(scope="module")
def movie() -> cowviz.Movie:
    return cowviz.load("fork_cow")


def one_line(error: pytest.ExceptionInfo[CowvizError]) -> None:
    assert "\n" not in str(error.value)
    assert len(str(error.value)) < 200


@pytest.mark.parametrize("value", [*ODD, None, ""])
@pytest.mark.parametrize("name", ["theme", "view", "size"])
def test_odd_looks(movie, tmp_path, name, value):
    if (name, value) == ("view", None):  # the scenario's own
        return
    for use in (movie.scenes, movie.stills, movie.picture, movie.figure, movie.draw, movie.check):
        with pytest.raises(CowvizError) as error:
            use(**{name: value})
        one_line(error)
    with pytest.raises(CowvizError) as error:
        movie.save(tmp_path / "x.svg", **{name: value})
    one_line(error)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["scale", "fps", "speed", "quality", "font", "loop", "pictures", "template", "into"])
@pytest.mark.parametrize("value", [*ODD, "", "x", -1, 1e400])
def test_odd_options(movie, tmp_path, name, value):
    usable = {("scale", 3.5), ("speed", 42), ("speed", 3.5), ("fps", 42), ("loop", 42), ("font", ""), ("font", "[]")}
    if (name, str(value)) in {(n, str(v)) for n, v in usable} or (
        value == "" and name in ("pictures", "template", "into")
    ):
        return
    with pytest.raises(CowvizError) as error:
        movie.save(tmp_path / "x.gif", **{name: value})
    one_line(error)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("step", [*ODD[1:], 0, -1, 10, "2"])
def test_odd_steps(movie, tmp_path, step):
    for use in (movie.picture, movie.figure, movie.draw):
        with pytest.raises(CowvizError, match=r"step"):
            use(step)
    with pytest.raises(CowvizError, match=r"step"):
        movie.save(tmp_path / "x.svg", step=step)
    with pytest.raises(CowvizError, match=r"step|poster"):
        movie.save(tmp_path / "x.gif", poster=step)


@pytest.mark.parametrize("odd", [*ODD, None])
def test_odd_sources_and_files(movie, odd):
    for use in (cowviz.load, cowviz.run, movie.save):
        with pytest.raises(CowvizError) as error:
            use(odd)
        one_line(error)
    if odd is not None:
        with pytest.raises(CowvizError, match=r"^profile must be"):
            cowviz.load("fork_cow", profile=odd)


def test_an_unknown_option_is_told_with_the_nearest(movie, tmp_path):
    with pytest.raises(CowvizError, match=r"^no option 'theem'; did you mean theme\?$"):
        movie.figure(theem="dark")
    with pytest.raises(CowvizError, match=r"^no option 'theem'; did you mean theme\?$"):
        movie.save(tmp_path / "x.svg", theem="dark")


OWN = {
    "no theme": ("--theme", "THEME = {'name': 'mine'}", "its THEME is a Theme, not a dict"),
    "no view": ("--view", "draw = 3", "it must define plan(trace, area, compare)"),
    "no plan": ("--view", "def draw(builder, plan, state): pass", "it must define plan(trace, area, compare)"),
    "another draw": (
        "--view",
        "def plan(trace, area, compare): pass\ndef draw(x): pass",
        "it must define draw(builder, plan, state)",
    ),
    "a plan that fails": (
        "--view",
        "def plan(trace, area, compare): return 1 / 0\ndef draw(builder, plan, state): pass",
        "fails: ZeroDivisionError: division by zero",
    ),
    "a view that exits": (
        "--view",
        "def plan(trace, area, compare): pass\ndef draw(builder, plan, state): raise SystemExit",
        "fails: SystemExit",
    ),
}


@pytest.mark.parametrize("how", OWN)
def test_a_file_of_ones_own_of_the_wrong_form(tmp_path, how):
    option, source, said = OWN[how]
    mine = tmp_path / "mine.py"
    mine.write_text(source)
    done = CliRunner().invoke(cli, ["render", "fork_cow", str(tmp_path / "x.svg"), option, str(mine)])
    assert (done.exit_code, done.stdout) == (2, "")
    assert said in done.stderr and len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("def export(): pass", "fails: TypeError"),
        ("def export(movie, folder, options): return 3", "export() must return a list of the files that it wrote"),
        ("def export(movie, folder, options): return ['x']", "export() must return a list of the files that it wrote"),
        ("def export(movie, folder, options): raise SystemExit(0)", "fails: SystemExit: 0"),
        ("export = 1", "must define export(movie, folder, options)"),
    ],
)
def test_a_destination_of_the_wrong_form(tmp_path, source, said):
    mine = tmp_path / "mine.py"
    mine.write_text(source)
    done = CliRunner().invoke(cli, ["export", "fork_cow", str(tmp_path / "d"), "--to", str(mine)])
    assert (done.exit_code, done.stdout) == (2, "")
    assert said in done.stderr and len(done.stderr.splitlines()) == 1


def test_a_theme_of_ones_own_is_taken(movie):
    assert movie.picture(theme=replace(THEME, accent="#123456")).shapes
    assert Path(__file__).exists()
