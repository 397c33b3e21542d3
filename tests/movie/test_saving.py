"""Saving a movie: what cannot be done leaves no file, and what stood there stays."""

from __future__ import annotations

import errno
import sys
from dataclasses import replace

import pytest
from matplotlib.figure import Figure
from movie_lab import SMALL, names

import cowviz
from cowviz.errors import CowvizError, MissingTool, OutputError
from cowviz.exporters.options import RenderOptions
from cowviz.themes.light import THEME as LIGHT


def test_quality_chooses_scale_and_rate():
    assert RenderOptions(quality="4k").pixels == (3840, 2160)
    assert (RenderOptions(quality="draft").rate, RenderOptions(quality="hd").rate) == (10, 30)
    assert RenderOptions(fps=12).rate == 12


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"size": (0, 720)}, "a picture of 0x720 px"),
        ({"scale": 1000.0}, "a picture of 1280000x720000 px"),
        ({"scale": float("nan")}, "scale nan"),
        ({"fps": 0}, "fps 0"),
        ({"speed": 0}, "speed 0"),
        ({"speed": float("nan")}, "speed nan"),
        ({"quality": "hq"}, "no quality 'hq'"),
        ({"theme": "drak"}, "no theme 'drak'; did you mean dark"),
        ({"view": "colums"}, "no view 'colums'; did you mean columns"),
        ({"step": 3}, "no step 3; lesson has steps 1 to 2"),
        ({"step": 0}, "no step 0"),
        ({"step": -1}, "no step -1"),
        ({"them": "dark"}, "no option 'them'; did you mean theme"),
    ],
)
def test_what_cannot_be_done_leaves_no_file(movie, tmp_path, options, told):
    with pytest.raises(CowvizError) as caught:
        movie.save(tmp_path / "x.png", **options)
    assert str(caught.value).startswith(told)
    assert not names(tmp_path)


@pytest.mark.parametrize(
    ("name", "options"), [("x.gif", {"step": 1}), ("x.gif", {"before_after": True}), ("{step}.gif", {})]
)
def test_an_animation_is_not_of_one_step(movie, tmp_path, name, options):
    with pytest.raises(CowvizError, match=r"a \.gif cannot show one step.*\.png"):
        movie.save(tmp_path / name, **options)


def test_a_theme_may_be_a_value_of_ones_own(movie, tmp_path):
    theme = replace(LIGHT, background="#123456")
    (path,) = movie.save(tmp_path / "x.svg", theme=theme)
    assert "#123456" in path.read_text()
    assert "#123456" not in movie.save(tmp_path / "x.svg", theme=LIGHT)[0].read_text()


def test_scenes_are_composed_once(movie):
    assert movie.scenes("dark") is movie.scenes("dark")
    assert movie.scenes(replace(LIGHT)) is movie.scenes(replace(LIGHT))


def test_progress_is_told(movie, tmp_path):
    told = []
    movie.save(tmp_path / "x.gif", size=SMALL, fps=5, progress=lambda done, total: told.append((done, total)))
    assert told
    assert told[-1][0] == told[-1][1]


def test_where_nothing_can_be_written(movie, tmp_path):
    file = tmp_path / "file"
    file.write_text("stays")
    (tmp_path / "folder.svg").mkdir()
    for path in (file / "x.svg", file / "y" / "x.svg", tmp_path / "folder.svg", "/proc/x/x.svg"):
        with pytest.raises(OutputError, match="cannot write "):
            movie.save(path)
    assert file.read_text() == "stays"


@pytest.mark.parametrize(
    ("error", "kind", "told"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), OutputError, "No space left on device"),
        (ModuleNotFoundError("No module named 'av'", name="av"), MissingTool, "pip install av"),
        (KeyboardInterrupt(), KeyboardInterrupt, None),
    ],
)
def test_what_stood_there_stays_until_the_new_file_is_whole(movie, tmp_path, monkeypatch, error, kind, told):
    def export(request, path):
        path.write_text("half")
        raise error

    monkeypatch.setattr("cowviz.exporters.svg.export", export)
    path = tmp_path / "x.svg"
    path.write_text("old")
    with pytest.raises(kind, match=told):
        movie.save(path)
    assert path.read_text() == "old"
    assert names(tmp_path) == ["x.svg"]


def test_a_figure_without_pyplot(movie):
    figure = movie.figure(step=1)
    assert isinstance(figure, Figure)
    assert figure._repr_png_().startswith(b"\x89PNG") and movie.draw(1)._repr_png_() == figure._repr_png_()  # type: ignore[attr-defined]
    assert movie.draw(step=1, theme="dark").figure is not figure
    ax = figure.add_subplot()
    assert movie.draw(step=2, ax=ax) is ax
    assert "matplotlib.pyplot" not in sys.modules
    with pytest.raises(CowvizError, match="no step 7"):
        movie.figure(7)


def test_public_names():
    assert set(cowviz.__all__) <= set(dir(cowviz))
    for name in cowviz.__all__:
        assert getattr(cowviz, name)
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        cowviz.nonsense  # noqa: B018


def test_a_step_is_short_in_a_list(movie: cowviz.Movie) -> None:
    assert repr(movie.steps[0]) == "<Step 1: One process.>"
    long = replace(movie.steps[0], caption="A caption\nof two lines. " * 9)
    assert repr(long) == "<Step 1: A caption of two lines. A caption of two lines. A captio ...>"
