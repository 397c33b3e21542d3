"""Mistakes, interruptions and other ends of a command, each told in a line or two."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from cli_lab import ENVIRONMENT, cowviz, names

from cowviz.commands import render as render_command

COWVIZ = [sys.executable, "-m", "cowviz"]


SLOW = '''"""Slow."""
import time

def play(story):
    print("playing", flush=True)
    time.sleep(60)
'''


@pytest.fixture(autouse=True)
def _own_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("COWVIZ_THEME", "NO_COLOR", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)


def start(*args: str) -> subprocess.Popen[str]:
    pipe = subprocess.PIPE
    return subprocess.Popen([*COWVIZ, *args], stdout=pipe, stderr=pipe, text=True, env=ENVIRONMENT)


def wait_for(condition, what: str, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.05)


@pytest.mark.parametrize(
    ("args", "status", "told"),
    [
        (["shwo"], 2, "no command 'shwo'; did you mean show?"),
        (["render"], 2, "missing argument 'SCENARIO'"),
        (["render", "fork_cow", "--tehme", "dark"], 2, "no such option"),
        (["show", "fork_cw"], 2, "no scenario 'fork_cw'; did you mean fork_cow"),
        (["show", "nowhere.py"], 2, "no file 'nowhere.py'"),
        (["show", "nowhere.json"], 2, "no file 'nowhere.json'"),
        (["show", "fork_cow", "--profile", "linx"], 2, "invalid value for '--profile'"),
        (["render", "fork_cow", "x.gof"], 2, "x.gof: its suffix names no format; there are: .anim.svg, .gif, "),
        (["render", "fork_cow", "x.png", "--theme", "drak"], 2, "no theme 'drak'; did you mean dark?"),
        (["render", "fork_cow", "x.png", "--size", "big"], 2, "no size 'big'; write for example 1280x720"),
        (["render", "fork_cow", "x.png", "--size", "0x9"], 2, "a picture of 0x9 px"),
        (["render", "fork_cow", "x.png", "--step", "99"], 2, "no step 99; fork_cow has steps 1 to "),
        (
            ["render", "fork_cow", "x.gif", "--step", "1"],
            2,
            "a .gif cannot show one step, or before",
        ),
        (
            ["render", "fork_cow", "x.json", "--step", "1"],
            2,
            "a .json cannot show one step, or before",
        ),
        (["render", "fork_cow", "{step}.gif"], 2, "a .gif cannot show one step, or before"),
        (
            ["render", "fork_cow", "x.gif", "--transparent"],
            2,
            "a .gif cannot have a transparent background; .png, .svg",
        ),
        (["render", "fork_cow", "x.mp4", "--transparent"], 2, "a .mp4 cannot have a transparent background"),
        (["render", "fork_cow", "x.pdf", "--transparent"], 2, "a .pdf cannot have a transparent background"),
        (
            ["render", "fork_cow", "x.mp4", "--loop", "2"],
            2,
            "a .mp4 cannot have a number of loops; .gif and .webp can",
        ),
        (["render", "fork_cow", "x.png", "--poster", "2"], 2, "a .png cannot have a poster; .gif, .mp4"),
        (["render", "fork_cow", "x.gif", "--poster", "99"], 2, "no step 99; fork_cow has steps 1 to "),
        (["render", "fork_cow", "x.gif", "--loop", "-1"], 2, "loop -1: it must be 1 to 65535, or 0 for ever"),
        (["render", "fork_cow", "--step", "1"], 2, "say where the picture goes"),
        (["render", "fork_cow", "/proc/nowhere/x.svg"], 4, "cannot write /proc/nowhere"),
    ],
)
def test_a_mistake_is_told_in_two_lines_at_most(args, status, told):
    result = cowviz(*args)
    assert result.exit_code == status
    assert result.stderr.startswith(f"cowviz: {told}")
    assert len(result.stderr.splitlines()) <= 2
    assert result.stdout == ""


def test_a_broken_scenario_is_told_with_its_line():
    Path("false.py").write_text('def play(story):\n    story.process("P", heap=1)\n    assert 1 == 2\n')
    result = cowviz("render", "./false.py")
    assert result.exit_code == 1
    assert result.stderr == "cowviz: false.py, line 3: the claim does not hold: assert 1 == 2\n"
    Path("torn.py").write_text("def play(story)\n")
    assert cowviz("render", "torn.py").exit_code == 2


@pytest.mark.parametrize("args", [["--debug", "show", "false.py"], ["show", "false.py", "--debug"]])
def test_debug_shows_where_an_error_comes_from(args):
    Path("false.py").write_text("def play(story):\n    assert 1 == 2\n")
    result = cowviz(*args)
    assert result.exit_code == 1
    assert "Traceback" in result.stderr
    assert result.stderr.endswith("cowviz: false.py, line 2: the claim does not hold: assert 1 == 2\n")


def test_debug_checks_the_simulator(monkeypatch):
    monkeypatch.setattr("cowviz.memory.invariants.violations", lambda machine: ["a count is wrong"])
    assert cowviz("show", "fork_cow").exit_code == 0
    assert "a count is wrong" in cowviz("show", "fork_cow", "--debug").stderr


def test_a_missing_package_is_named_with_its_cure(monkeypatch):
    monkeypatch.setitem(sys.modules, "watchfiles", None)
    result = cowviz("render", "fork_cow", "x.svg", "--watch")
    assert result.exit_code == 3
    assert result.stderr == "cowviz: --watch needs watchfiles: pip install watchfiles\n"


def test_so_is_one_of_those_it_cannot_do_without(monkeypatch):
    def plan(trace, area, compare):
        raise ModuleNotFoundError("No module named 'networkx'", name="networkx")

    monkeypatch.setattr("cowviz.views.columns.plan", plan)
    result = cowviz("render", "fork_cow", "x.svg")
    assert result.exit_code == 3
    assert result.stderr == "cowviz: cowviz needs networkx: pip install networkx\n"


def test_exit_statuses_of_the_process():
    for args, status in ((["list"], 0), (["show", "fork_cw"], 2), (["render", "fork_cow", "/proc/x/y.svg"], 4)):
        assert subprocess.run([*COWVIZ, *args], capture_output=True, env=ENVIRONMENT, check=False).returncode == status


def test_interrupted():
    Path("slow.py").write_text(SLOW)
    process = start("render", "slow.py", "x.gif")
    assert process.stderr.readline() == "playing\n"
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert errors.strip() == "cowviz: interrupted"
    assert names(".") == ["slow.py"]


def test_interrupted_while_it_writes_leaves_no_file():
    process = start("render", "fork_cow", "out/x.webp", "-q", "4k")
    wait_for(lambda: Path("out").exists() and names("out"), "the first bytes")
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert process.returncode == 130
    assert names("out") == []


def test_the_reader_may_stop_reading():
    process = start("show", "fork_cow", "--json")
    process.stdout.close()
    assert process.stderr.read() == ""
    assert process.wait(timeout=30) == 0


def test_watch_draws_again_and_survives_mistakes(needs):
    needs("watchfiles")
    cowviz("new", "mine.py")
    good = Path("mine.py").read_text()
    process = start("render", "mine.py", "x.svg", "--watch")
    try:
        assert process.stderr.readline() == "waiting for changes; Ctrl-C ends\n"
        time.sleep(0.5)
        Path("mine.py").write_text("def play(story)\n")
        assert process.stderr.readline().startswith("cowviz: mine.py, line 1: expected ':'")
        Path("mine.py").write_text(good.replace("The frame is copied", "THE FRAME is copied"))
        told = [process.stdout.readline(), process.stdout.readline()]  # of the first picture, and of this one
        assert all(line.startswith("x.svg ") for line in told)
        assert "THE FRAME" in Path("x.svg").read_text()
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)
    assert process.returncode == 130


def test_preview_opens_the_first_file(monkeypatch):
    opened = []
    monkeypatch.setattr(render_command.click, "launch", lambda file: opened.append(file) or 0)
    result = cowviz("render", "fork_cow", "x.svg", "y.svg", "--preview")
    assert str(Path("x.svg").absolute()) in result.stderr, "without a screen it says where the file is"
    cowviz("render", "fork_cow", "x.svg", "y.svg", "--preview", env={"DISPLAY": ":0"})
    assert opened == ["x.svg"]


@pytest.mark.parametrize(
    ("words", "completion"),
    [("cowviz render fork_c", "fork_cow"), ("cowviz render fork_cow -t da", "dark"), ("cowviz ren", "render")],
)
def test_completion(words, completion):
    asked = {"_COWVIZ_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(len(words.split()) - 1)}
    done = subprocess.run(COWVIZ, env={**ENVIRONMENT, **asked}, capture_output=True, text=True, check=False)
    assert f"plain,{completion}" in done.stdout.splitlines()
