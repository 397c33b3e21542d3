"""WordStream on their way to the terminal: what it may not get, what it cannot show, and where nobody reads."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from cowviz import console
from cowviz.cli import cli
from cowviz.console import WordStream, clean
from cowviz.errors import OutputError

ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
HOSTILE = "\x1b[31mred\x1b]0;title\x07\0\x9b1m\u202egnp.exe\ufeff\r\u2028"

LESSON = f'''"""Titlu: ș × – {ascii(HOSTILE)[1:-1]}"""


def play(story):
    process = story.process({"P×" + HOSTILE!a}, heap={"ș" + HOSTILE!a})
    story.say({"Pasul întâi ×" + HOSTILE!a})
'''


@pytest.fixture
def lesson(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("lesson.py").write_text(LESSON, encoding="utf-8")
    return tmp_path


def through(text: str, encoding: str = "utf-8") -> str:
    beneath = io.TextIOWrapper(io.BytesIO(), encoding=encoding, newline="")
    words = WordStream(beneath)
    words.write(text)
    words.flush()
    return beneath.buffer.getvalue().decode(encoding)


@given(st.text(st.characters(), max_size=30))
def test_no_control_character_goes_out(text):
    for shown in (clean(text), through(text), through(text, "cp437"), through(text, "ascii")):
        assert not [sign for sign in shown if unicodedata.category(sign) in ("Cc", "Cs") and sign not in "\n\t"]


def test_what_cannot_be_shown_is_replaced_by_what_is_near():
    assert through("Frame × – ș ț ’ 漢 → é", "ascii") == "Frame x - s t ' ? -> e"
    assert through("é × ș 漢", "cp1252") == "é × s ?"
    assert through("é × ș 漢") == "é × ș 漢"


def test_only_our_own_styles_are_styles():
    beneath = io.StringIO()
    beneath.isatty = lambda: True  # type: ignore[method-assign]
    WordStream(beneath).write(f"{console.style('bold', bold=True)} \x1b[31mred \ufdd0[31m")
    assert beneath.getvalue() == "\x1b[1mbold\x1b[0m ?[31mred \ufdd0[31m"
    assert through(console.style("bold", bold=True)) == "bold", "where there is no terminal there are none"


@pytest.mark.parametrize(
    "args", [["show"], ["check"], ["verify", "--simulate-only"], ["render", "x.svg"], ["list", "--path", "."], ["shwo"]]
)
def test_no_title_steers_the_terminal(lesson, args):
    Path("a\x1b[2J\u202eb.py").write_text(LESSON, encoding="utf-8")
    for name in ("lesson.py", "a\x1b[2J\u202eb.py"):
        scenario = [] if args[0] in ("list", "shwo") else [name]
        result = CliRunner().invoke(cli, [args[0], *scenario, *args[1:]], prog_name="cowviz", color=True)
        words = result.output.replace("\x1b[1m", "").replace("\x1b[0m", "") if args[0] == "list" else result.output
        assert result.exit_code in (0, 1, 2)
        assert not set(words) & set("\x1b\0\x07\x9b\r\u202e\ufeff\u2028"), args


def test_a_json_keeps_every_sign_whatever_the_encoding(lesson):
    for encoding in ("utf-8", "ascii", "cp437"):
        environment = {**ENVIRONMENT, "PYTHONIOENCODING": encoding}
        command = [sys.executable, "-m", "cowviz", "list", "--path", ".", "--json"]
        done = subprocess.run(command, capture_output=True, env=environment, check=True)
        text = done.stdout.decode(encoding)
        assert not set(text) & set("\x1b\x9b\u202e\ufeff")
        (found,) = [entry for entry in json.loads(text) if entry["name"] == "lesson"]
        assert found["title"].startswith(f"Titlu: ș × – {HOSTILE[:20]}")


CLOSED = "import os; os.close(1); import sys; os.execv(sys.executable, [sys.executable, '-m', 'cowviz', *sys.argv[1:]])"


def run(*args: str, **extra):
    return subprocess.run(
        [sys.executable, *args], env=ENVIRONMENT | extra.pop("env", {}), stderr=subprocess.PIPE, check=False, **extra
    )


@pytest.mark.skipif(sys.platform == "win32", reason="it has no such descriptors")
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_streams_that_are_closed_or_full(lesson, unbuffered):
    env = {"PYTHONUNBUFFERED": unbuffered}
    done = run("-c", CLOSED, "render", "fork_cow", "x.svg", env=env)
    assert (done.returncode, done.stderr, Path("x.svg").exists()) == (0, b"", True)
    done = run("-c", CLOSED, "render", "fork_cow", "-", "--format", "svg", env=env)
    assert (done.returncode, done.stderr) == (4, b"cowviz: cannot write standard output: it is closed\n")
    if not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full")
    with open("/dev/full", "wb") as full:  # noqa: PTH123
        done = run("-m", "cowviz", "show", "fork_cow", env=env, stdout=full)
        told = b"cowviz: cannot write standard output: No space left on device\n"
        assert (done.returncode, done.stderr) == (4, told)
        nobody = subprocess.run(
            [sys.executable, "-m", "cowviz", "show", "no"], stdout=full, stderr=full, check=False, env=ENVIRONMENT | env
        )
        assert nobody.returncode == 2, "what it is does not depend on whether it can be told"


def test_a_reader_that_leaves_is_no_error():
    with subprocess.Popen(
        [sys.executable, "-m", "cowviz", "--help"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENVIRONMENT
    ) as process:
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 0


def test_standard_output_that_a_scenario_closes(monkeypatch):
    words = WordStream(io.StringIO())
    words.close()
    words.write("still there")
    words.beneath.close()
    with pytest.raises(OutputError, match="it is closed"):
        words.write("no more")
    quiet = WordStream(None, quiet=True)
    quiet.beneath.close()
    quiet.write("nobody is told")


def test_a_path_is_said_in_a_program_without_standard_output(monkeypatch):
    monkeypatch.setattr(sys, "stdout", None)
    console.say("nobody hears it")
