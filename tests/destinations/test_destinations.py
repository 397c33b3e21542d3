"""Every destination: a folder whole and always the same; what a user may get wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from decks import SCENARIOS

from cowviz import plugins
from cowviz.cli import cli
from cowviz.errors import CowvizError, OutputError
from cowviz.exporters.options import RenderOptions

ALL = [
    pytest.param(name, marks=pytest.mark.skipif(".pptx" not in plugins.formats(), reason="no .pptx is written yet"))
    if name == "pptx"
    else name
    for name in plugins.names("destinations")
]
every = pytest.mark.parametrize("to", ALL)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_there_are_those_that_are_promised():
    assert set(plugins.names("destinations")) >= {"pptx", "beamer", "reveal", "marp", "quarto", "html", "course"}


@every
@pytest.mark.parametrize("name", SCENARIOS)
def test_it_tells_of_all_files_and_makes_the_same_ones_each_time(to, name, movies, tmp_path):
    destination = plugins.find("destinations", to)
    files = destination.export(movies[name], tmp_path / "one", RenderOptions(quality="draft"))
    destination.export(movies[name], tmp_path / "two", RenderOptions(quality="draft"))
    found = contents(tmp_path / "one")
    assert sorted(found) == sorted(file.relative_to(tmp_path / "one").as_posix() for file in files)
    assert found == contents(tmp_path / "two")


@every
def test_names_that_are_hard_to_quote_become_plain_ones(to, movies, tmp_path):
    for file in plugins.find("destinations", to).export(movies["hard"], tmp_path, RenderOptions(quality="draft")):
        assert not set(file.relative_to(tmp_path).as_posix()) & set(" &%#"), file


@every
def test_a_file_in_the_way_is_told_about(to, movies, tmp_path):
    (tmp_path / "taken").write_text("mine")
    with pytest.raises(OutputError, match="taken"):
        plugins.find("destinations", to).export(movies["fork_cow"], tmp_path / "taken", RenderOptions(quality="draft"))
    assert contents(tmp_path) == {"taken": b"mine"}


def test_the_command(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(cli, ["export", "fork_cow", "here", "--to", "marp", "-t", "dark"], standalone_mode=False)
    assert done.exception is None
    assert done.stdout.split()[0] == str(Path("here", "deck.md"))
    assert "then, in here:  npx @marp-team/marp-cli" in done.stderr
    assert 'fill="#ffffff"' not in Path("here", "fork_cow-01.svg").read_text(encoding="utf-8")[:600]


def test_its_help_lists_the_destinations():
    words = CliRunner().invoke(cli, ["export", "--help"]).output
    assert "  quarto  Markdown for Quarto" in words
    assert all(plugins.purposes("destinations").values())


def test_an_unknown_one_is_told_with_the_nearest():
    with pytest.raises(CowvizError, match="no destination 'beemer'; did you mean beamer"):
        plugins.find("destinations", "beemer")


def test_one_of_ones_own(tmp_path):
    (tmp_path / "mine.py").write_text(
        "def export(movie, folder, options):\n    return movie.save(folder / 'x.txt')\n", encoding="utf-8"
    )
    args = ["export", "fork_cow", str(tmp_path / "out"), "--to", str(tmp_path / "mine.py")]
    assert CliRunner().invoke(cli, args, standalone_mode=False).exception is None
    assert (tmp_path / "out" / "x.txt").exists()
