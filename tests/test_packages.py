"""What another package adds may be broken in any way: it is named in a line, and everything else goes on."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cowviz.cli import _TOLD, cli

SCENARIO = '"""From a package."""\ndef play(story):\n    story.process("P", heap="x = 1")\n    story.say("One.")\n'
EXPORTER = "SUFFIXES = ('.abc',)\nSHOWS = 'trace'\n"
FULL = "SUFFIXES = ('.full',)\nSHOWS = 'trace'\ndef export(request, path): open('/dev/full', 'w').write('x' * 9)"
PLUG = Callable[..., None]


@pytest.fixture
def plug(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PLUG:
    """``plug("exporters", "mine", "SUFFIXES = ...")`` installs a package with that plug-in."""
    made: dict[str, str] = {}
    number = len(list(tmp_path.parent.glob("*")))

    def install(kind: str, name: str, source: str | None, module: str = "") -> None:
        module = module or f"plug{number}_{len(made)}_{kind}"
        if source is not None:
            (tmp_path / f"{module}.py").write_text(source, encoding="utf-8")
        made[f"[cowviz.{kind}]\n{name}"] = module
        info = tmp_path / "extras-1.0.dist-info"
        info.mkdir(exist_ok=True)
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: extras\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text("".join(f"{key} = {value}\n" for key, value in made.items()))

    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr("cowviz.packages.is_extended", lambda path: True)
    return install


def cowviz(*args: str) -> Result:
    from cowviz import plugins

    plugins._other_formats.cache_clear()
    _TOLD.clear()
    return CliRunner().invoke(cli, list(args), catch_exceptions=False)


BROKEN = {
    "raises": ("raise RuntimeError('no\\nluck')", "fails: RuntimeError: no luck"),
    "is no Python": ("def (", "fails: SyntaxError: "),
    "exits": ("import sys\nsys.exit(7)", "fails: SystemExit: 7"),
    "raises anything": ("raise BaseException('boo')", "fails: BaseException: boo"),
    "cannot tell": ("class E(Exception):\n    def __str__(self): return 1 / 0\nraise E", "fails: E"),
    "lacks a package": ("import a_package_nobody_has", "needs a_package_nobody_has: pip install a_package_nobody_has"),
    "has no SUFFIXES": ("def export(request, path): pass", "is no exporter: it must define SUFFIXES"),
    "has odd SUFFIXES": (
        "SUFFIXES = 'abc'\nSHOWS = 'trace'\ndef export(request, path): pass",
        "must define its suffixes: write ",
    ),
    "has odd SHOWS": ("SUFFIXES = ('.abc',)\nSHOWS = 3\ndef export(request, path): pass", "its SHOWS must be one of "),
    "has no export": (EXPORTER, "must define export(request, path)"),
    "has odd SUPPORTS": (EXPORTER + "SUPPORTS = 3\ndef export(request, path): pass", "SUPPORTS must name options"),
    "is not there": (None, "needs plug"),
}


@pytest.mark.parametrize(("source", "said"), BROKEN.values(), ids=BROKEN)
def test_a_broken_exporter_changes_no_other_format(plug, source, said):
    plug("exporters", "odd", source)
    done = cowviz("render", "fork_cow", "x.v2.svg", "x.txt")
    assert done.exit_code == 0
    assert Path("x.v2.svg").stat().st_size > 1000 < Path("x.txt").stat().st_size
    (line,) = done.stderr.splitlines()
    assert line.startswith("cowviz: warning: ") and said in line
    done = cowviz("render", "fork_cow", "x.abc")
    assert done.exit_code == 2
    assert done.stderr.splitlines()[-1].startswith("cowviz: x.abc: its suffix names no format")


@pytest.mark.parametrize(
    ('kind', 'option'),
    [("themes", ["render", "fork_cow", "x.svg", "--theme"]), ("views", ["render", "fork_cow", "x.svg", "--view"]),
     ("destinations", ["export", "fork_cow", "d", "--to"])],
)  # fmt: skip
@pytest.mark.parametrize(
    "how", ["raises", "is no Python", "exits", "raises anything", "cannot tell", "lacks a package"]
)
def test_a_broken_one_that_is_asked_for_is_told_in_a_line(plug, kind, option, how):
    plug(kind, "odd", BROKEN[how][0])
    done = cowviz(*option, "odd")
    assert done.exit_code == (3 if how == "lacks a package" else 2)
    (line,) = done.stderr.splitlines()
    assert "'odd'" in line and BROKEN[how][1] in line
    assert cowviz("render", "fork_cow", "x.svg").exit_code == 0
    assert cowviz("list").stderr == ""


def test_one_that_fails_when_it_is_used(plug):
    plug("exporters", "odd", EXPORTER + "def export(request, path): raise SystemExit(0)")
    done = cowviz("render", "fork_cow", "x.svg", "x.abc")
    assert (done.exit_code, Path("x.abc").exists()) == (2, False)
    assert done.stderr.endswith("fails: SystemExit: 0\n") and len(done.stderr.splitlines()) == 1
    plug(
        "exporters",
        "full",
        EXPORTER.replace("abc", "full") + "def export(request, path): open('/dev/full', 'w').write('x' * 9)",
    )
    done = cowviz("render", "fork_cow", "x.full")
    assert (done.exit_code, Path("x.full").exists()) == (4, False)
    assert len(done.stderr.splitlines()) == 1


def test_a_suffix_of_our_own_stays_ours(plug):
    plug(
        "exporters",
        "odd",
        EXPORTER.replace("(", "('.gif', ") + "def export(request, path): path.write_text('mine')",
    )
    done = cowviz("render", "fork_cow", "x.v2.gif", "x.abc", "--scale", "0.1")
    assert done.exit_code == 0
    assert Path("x.v2.gif").read_bytes().startswith(b"GIF8")
    assert Path("x.abc").read_text() == "mine"
    assert done.stderr == "cowviz: warning: exporter 'odd': .gif stays with cowviz's own exporter\n"


def test_list_and_show_agree_whose_a_name_is(plug):
    plug("scenarios", "fork_cow", SCENARIO)
    done = cowviz("list")
    assert "Copy-on-write after fork()" in done.stdout and "From a package." not in done.stdout
    assert "is not listed: 'fork_cow' names a scenario of cowviz's own; rename the file" in done.stderr
    assert cowviz("show", "fork_cow").stdout.startswith("Copy-on-write after fork()")
    plug("scenarios", "mine", SCENARIO)
    assert "From a package" in cowviz("list").stdout
    assert cowviz("show", "mine").stdout.startswith("From a package")


def test_a_scenario_that_is_not_there_hides_no_other(plug):
    plug("scenarios", "gone", None, "no.such.module")
    plug("scenarios", "torn", "def (")
    done = cowviz("list", "--json")
    assert done.exit_code == 0
    names = [one["name"] for one in json.loads(done.stdout)]
    assert "fork_cow" in names and "gone" not in names and "torn" in names
    assert done.stderr == "cowviz: warning: scenario 'gone': there is no module no.such.module\n"
    assert cowviz("show", "torn").exit_code == 2


SPOILT = [
    b"\xff\xfe[cowviz.themes]",
    b"[cowviz.themes\nx",
    b"[cowviz.themes]\na b = = :\n",
    b"[cowviz.themes]\nx\x1b = y\n",
]


@pytest.mark.parametrize("spoilt", SPOILT)
def test_spoilt_metadata(plug, spoilt, tmp_path):
    plug("themes", "fine", "from cowviz.themes.light import THEME")
    (tmp_path / "extras-1.0.dist-info" / "entry_points.txt").write_bytes(spoilt)
    for args in (["list"], ["render", "fork_cow", "x.v2.svg"], ["render", "fork_cow", "x.svg", "--theme", "dark"]):
        done = cowviz(*args)
        assert done.exit_code == 0, done.stderr
        assert len(done.stderr.splitlines()) <= 1 and "\x1b" not in done.stderr


PRINTS = """import os, subprocess, sys
print("at import")
def play(story):
    print("in play"); sys.stdout.write("written\\n"); os.write(1, b"to the descriptor\\n")
    subprocess.run(["echo", "by a program"])
    story.process("P", heap="x = 1")
    story.say("One.")
"""


JSON = [["show", "--json"], ["check", "--json"], ["verify", "--simulate-only", "--json"]]


@pytest.mark.parametrize("args", JSON)
def test_json_is_json_whatever_a_scenario_prints(tmp_path, args):
    (tmp_path / "p.py").write_text(PRINTS)
    command = [sys.executable, "-m", "cowviz", *args, "p.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    json.loads(done.stdout)
    for words in ("at import", "in play", "written", "to the descriptor", "by a program"):
        assert words in done.stderr
