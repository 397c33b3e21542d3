"""A view is one file: a throw-away one goes through every format, before and after, lanes and the figure's lint."""

from __future__ import annotations

import ast
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner
from PIL import Image

from cowviz import plugins
from cowviz.cli import cli
from cowviz.diagram.view import View
from cowviz.errors import CowvizError
from cowviz.movie import Movie, load
from cowviz.scene.shapes import Rect, Text
from cowviz.themes.light import THEME as LIGHT
from cowviz.views import columns

TALLY = str(Path(__file__).with_name("tally.py"))


def module(**names: Any) -> SimpleNamespace:
    return SimpleNamespace(**{"plan": columns.plan, "draw": columns.draw, **names})


@pytest.fixture(scope="module")
def movie() -> Movie:
    return load("fork_cow")


def test_it_imports_no_other_view():
    imported = {
        node.module for node in ast.walk(ast.parse(Path(TALLY).read_text())) if isinstance(node, ast.ImportFrom)
    }
    assert not [name for name in imported if name and name.startswith("cowviz.views")]


def test_a_step_has_its_phases(movie):
    scenes = movie.scenes(view=TALLY)
    own = movie.scenes()
    assert [len(step) for step in scenes] != [len(step) for step in own]
    assert all(step[-1].rest is None for step in scenes)
    first = [scene for step in scenes for scene in step if scene.rest]
    assert {scene.rest for scene in first} == {0.3}
    accent = LIGHT.accent
    for scene in first:
        assert any(isinstance(s, Rect) and s.role == "box" and s.fill == accent for s in scene.shapes.values())


@pytest.mark.parametrize("suffix", sorted(set(plugins.formats()) - {".json", ".txt", ".vtt"}))
def test_every_format_draws_it(movie, tmp_path, suffix):
    (file,) = movie.save(tmp_path / f"x{suffix}", view=TALLY, scale=0.25, fps=5)
    assert file.stat().st_size > 500


def test_what_it_says_is_the_alternate_text(movie):
    assert movie.picture(1, view=TALLY).description.startswith("Mapped ")
    assert movie.picture(1, view=f"columns,{TALLY}").description.endswith("times.")


def test_its_strokes_are_in_the_legend(movie):
    words = [s.text for s in movie.picture(1, view=TALLY).shapes.values() if isinstance(s, Text) and s.role == "legend"]
    assert words == ["A", "a frame in use"]
    both = movie.picture(view=f"columns,{TALLY}")
    assert {"a frame in use", "writable PTE"} <= {s.text for s in both.shapes.values() if isinstance(s, Text)}


def test_before_and_after_stand_side_by_side(movie):
    scene = movie.picture(before_after=True, view=TALLY)
    assert (scene.width, scene.height) == (1280, 720)
    sides = [min(s.x for n, s in scene.shapes.items() if n.startswith(f"{side}:")) for side in ("Before", "After")]
    assert sides[0] < 640 < sides[1]


def test_two_views_stand_side_by_side(movie, tmp_path):
    scene = movie.picture(view=f"columns,{TALLY}")
    left, right = ([s for n, s in scene.shapes.items() if n.startswith(prefix)] for prefix in ("1:", "2:"))
    assert max(s.x for s in left if isinstance(s, Rect)) < 640 < min(s.x for s in right if isinstance(s, Rect))
    assert [len(step) for step in movie.scenes(view=f"columns,{TALLY}")] >= [len(step) for step in movie.scenes()]
    (file,) = movie.save(tmp_path / "x.png", view=f"columns,{TALLY}")
    with Image.open(file) as image:
        assert image.size == (1280, 720)


def test_lanes_are_two_and_wide(movie):
    with pytest.raises(CowvizError, match=r"^a stage holds two views, not 3$"):
        movie.picture(view=f"columns,{TALLY},columns")
    with pytest.raises(CowvizError, match=r"^two views side by side need a size of 16:9"):
        movie.picture(view=f"columns,{TALLY}", size=(960, 720))


def test_the_lint_looks_at_it(movie):
    assert movie.check(view=TALLY) == []
    done = CliRunner().invoke(cli, ["check", "fork_cow", "--view", TALLY])
    assert done.exit_code == 0, done.output


def test_a_trace_that_it_cannot_show_is_told_why():
    done = CliRunner().invoke(cli, ["render", "fork_faults", "x.svg", "--view", TALLY])
    assert (done.exit_code, done.stdout) == (2, "")
    assert "frames, and a tally holds 8" in done.stderr


@pytest.mark.parametrize(
    ("odd", "said"),
    [
        (SimpleNamespace(draw=columns.draw), r"it must define plan\(trace, area, compare\)"),
        (module(draw=lambda x: None), r"it must define draw\(builder, plan, state\)"),
        (
            module(phases=3),
            r"it must define phases\(plan, before, after\)",
        ),
        (module(suits=lambda: 1), r"it must define suits\(trace\)"),
        (module(LEGEND=()), r"LEGEND must be a LegendEntries"),
        (module(SIZES=("3:2",)), r"SIZES may name only these canvases: 16:9, 4:3"),
    ],
)
def test_what_breaks_the_contract_is_named(odd, said):
    with pytest.raises(CowvizError, match=f"^view 'odd': {said}"):
        View.of("odd", odd)


def test_the_example_of_the_documentation_draws(movie, tmp_path):
    text = (Path(__file__).parents[2] / "docs" / "views.md").read_text(encoding="utf-8")
    mine = tmp_path / "mine.py"
    mine.write_text(text.split("```python\n")[1].split("```")[0], encoding="utf-8")
    scene = movie.picture(5, view=str(mine))
    assert sum(isinstance(shape, Rect) and shape.role == "box" for shape in scene.shapes.values()) == 6
    assert movie.check(view=str(mine)) == []
