"""The command line: help, lists, files."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from cli_lab import ENVIRONMENT, cowviz

from cowviz import __version__
from cowviz.cli import cli

QUICK = ["--size", "320x180", "--fps", "5"]


@pytest.fixture(autouse=True)
def _own_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("COWVIZ_THEME", "NO_COLOR", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)


def test_version_and_help():
    assert cowviz("--version").output == f"cowviz {__version__}\n"
    assert cowviz().output == cowviz("-h").output
    assert cowviz().exit_code == 0


@pytest.mark.parametrize("name", cli.list_commands(None))  # type: ignore[arg-type]
def test_every_command_has_help_with_an_example(name):
    result = cowviz(name, "--help")
    assert result.exit_code == 0
    assert "Example" in result.output
    assert f"cowviz {name}" in result.output.partition("Example")[2]
    assert cowviz(name, "-h").output == result.output


@pytest.mark.parametrize("args", [["--help"], ["list"], ["list", "--json"], ["render", "--help"]])
def test_start_up_imports_nothing_heavy(args):
    code = f"import sys; from cowviz.cli import cli\ntry: cli({args})\nfinally: print(*sys.modules)"
    output = subprocess.check_output([sys.executable, "-c", code], text=True, env=ENVIRONMENT)
    heavy = {"matplotlib", "networkx", "imageio", "PIL", "numpy", "rich", "cowviz.movie"}
    assert not heavy & set(output.splitlines()[-1].split())


def test_other_packages_are_only_asked_for_what_is_not_our_own():
    code = (
        "import sys; from pathlib import Path; from cowviz import plugins; from cowviz.story.loader import locate\n"
        "plugins.format_of(Path('a.gif')), plugins.find('themes', 'dark'), locate('fork_cow'); print(*sys.modules)"
    )
    output = subprocess.check_output([sys.executable, "-c", code], text=True, env=ENVIRONMENT)
    assert "importlib.metadata" not in output.split()


@pytest.mark.parametrize(("wish", "threads"), [({}, "1"), ({"OPENBLAS_NUM_THREADS": "3"}, "3")])
def test_one_thread_multiplies_unless_the_user_says_otherwise(wish, threads):
    code = "import os\nfrom cowviz.cli import main\ntry: main()\nfinally: print(os.environ['OPENBLAS_NUM_THREADS'])"
    clean = {name: value for name, value in ENVIRONMENT.items() if name != "OPENBLAS_NUM_THREADS"}
    output = subprocess.check_output([sys.executable, "-c", code, "--version"], text=True, env=clean | wish)
    assert output.splitlines()[-1] == threads


def test_list():
    names = [line.split("  ")[0] for line in cowviz("list").output.splitlines()]
    assert "fork_cow" in names
    assert names == sorted(names)
    entries = json.loads(cowviz("list", "--json").output)
    assert {"name", "title", "path"} == set(entries[0])


def test_list_a_folder_of_ones_own():
    Path("mine.py").write_text('"""Mine."""\ndef play(story): ...\n')
    assert "mine" in cowviz("list", "--path", ".").output
    assert cowviz("list", "--path", "nowhere").exit_code == 2


def test_colours_on_a_terminal_only(monkeypatch):
    assert "\x1b[" not in cowviz("list").output
    assert "\x1b[" in cowviz("list", color=True).output
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[" not in cowviz("list", color=True).output


def test_show():
    output = cowviz("show", "fork_cow").output
    assert output.startswith("Copy-on-write after fork()")
    assert cowviz("show", "fork_cow", "--profile", "linux").output != output


def test_a_shown_trace_is_a_scenario_again():
    Path("trace.json").write_text(cowviz("show", "fork_cow", "--json").output)
    assert cowviz("show", "trace.json").output == cowviz("show", "fork_cow").output


def test_render_without_out():
    result = cowviz("render", "fork_cow", *QUICK)
    files = [line.split()[0] for line in result.output.splitlines()]
    assert files[0] == "output/fork_cow/fork_cow.gif"
    assert files[1:3] == ["output/fork_cow/01.png", "output/fork_cow/02.png"]
    assert files[-1] == "output/fork_cow/before-after.png"
    assert sorted(map(str, Path("output").rglob("*.*"))) == sorted(files)


def test_render_several_files():
    result = cowviz("render", "fork_cow", "a.svg", "b/c.pdf", "s-{step:02d}.svg", "-t", "dark", "--step", "2")
    assert [line.split()[0] for line in result.output.splitlines()] == ["a.svg", "b/c.pdf", "s-02.svg"]
    assert result.stderr == "", "no progress bar where there is no terminal"


def test_theme_by_environment():
    cowviz("render", "fork_cow", "dark.svg", "-t", "dark")
    cowviz("render", "fork_cow", "environment.svg", env={"COWVIZ_THEME": "dark"})
    assert Path("dark.svg").read_bytes() == Path("environment.svg").read_bytes()


def test_new_writes_a_scenario_that_renders_at_once():
    result = cowviz("new", "lessons/mine.py")
    assert "cowviz render lessons/mine.py" in result.output
    assert cowviz("render", "lessons/mine.py", *QUICK, "--debug").exit_code == 0
    assert Path("output/mine/mine.gif").exists()
    again = cowviz("new", "lessons/mine.py")
    assert again.exit_code == 4
    assert again.stderr.startswith("cowviz: lessons/mine.py is there already")
    assert cowviz("new", "mine.txt").exit_code == 2
    assert cowviz("new", "lessons/mine.py/x.py").exit_code == 4
