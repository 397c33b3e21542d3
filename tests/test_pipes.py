"""A scenario from standard input or a pipe, a picture to standard output or a pipe, and folders that are not there."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

import pytest
from click.testing import CliRunner

import cowviz
from cowviz.cli import cli
from cowviz.story import piped

LESSON = '''"""From a pipe."""


def play(story):
    process = story.process("P", heap="x = 1")
    story.say("One.")
    process.write(process.heap, "x = 2")
    story.say("Two.")
    assert process.faults == 0
'''
FALSE = LESSON.replace("faults == 0", "faults == 7")
QUICK = ["--size", "320x180", "--fps", "5"]
posix = pytest.mark.skipif(sys.platform == "win32", reason="there are no pipes that are files")


@pytest.fixture(autouse=True)
def _own_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(piped, "_contents", {})


def run(*args: str, given: str | bytes = ""):
    piped._contents.clear()
    return CliRunner().invoke(cli, args, input=given, prog_name="cowviz")


@pytest.fixture
def pipe(tmp_path):
    """``pipe(text)`` is a named pipe out of which that comes, to whoever opens it, until the test ends."""
    done, feeding = threading.Event(), []

    def feed(path: Path, text: str) -> None:
        while not done.wait(0.01):
            with suppress(OSError):  # nobody reads
                os.write(file := os.open(path, os.O_WRONLY | os.O_NONBLOCK), text.encode())
                os.close(file)

    def make(text: str, name: str = "named.pipe") -> str:
        os.mkfifo(tmp_path / name)
        feeding.append(threading.Thread(target=feed, args=(tmp_path / name, text), daemon=True))
        feeding[-1].start()
        return str(tmp_path / name)

    yield make
    done.set()
    for thread in feeding:
        thread.join(10)


def test_a_scenario_from_standard_input():
    Path("lesson.py").write_text(LESSON)
    shown = run("show", "lesson.py").output
    assert shown.startswith("From a pipe")
    assert run("show", "-", given=LESSON).output == shown
    trace = run("show", "lesson.py", "--json").output
    assert run("show", "-", given=trace).output == shown, "what it is shows in it"
    assert run("check", "-", "--lang", "en", "--lang", "ro", given=LESSON).exit_code == 0, "it is read but once"
    assert "2 operations" not in run("verify", "-", "--simulate-only", given=LESSON).stderr
    assert run("verify", "-", "--simulate-only", given=LESSON).exit_code == 0
    facts = Path(__file__).parent / "verify" / "rarer_facts.json"
    assert "11 ok" in run("verify", "-", "--simulate-only", given=facts.read_text()).output
    assert run("export", "-", "deck", "--to", "html", given=LESSON).output == "deck/index.html\n"
    run("render", "-", *QUICK, given=LESSON)
    assert Path("output/stdin/stdin.gif").exists()


@posix
def test_a_scenario_from_a_pipe(pipe):
    Path("lesson.py").write_text(LESSON)
    shown = run("show", "lesson.py").output
    assert run("show", pipe(LESSON)).output == shown
    assert run("show", pipe(LESSON, "p.py")).output == shown
    assert run("show", pipe(run("show", "lesson.py", "--json").output, "p.json")).output == shown
    assert cowviz.load(pipe(LESSON, "anew")).name == "anew"


def test_a_neighbour_of_standard_input_lies_in_the_current_folder():
    Path("common_part.py").write_text("def start(story):\n    return story.process('P', heap='x = 1')\n")
    lesson = "from common_part import start\ndef play(story):\n    start(story)\n    story.say('One.')\n"
    assert run("show", "-", given=lesson).exit_code == 0


@pytest.mark.parametrize(
    ("given", "status", "told"),
    [
        (FALSE, 1, "-, line 9: the claim does not hold: assert process.faults == 7"),
        ("def play(story)\n", 2, "-, line 1: expected ':'"),
        ('{"a": 1}', 2, "-: trace: not a cowviz trace"),
        ("", 2, "nothing comes from standard input"),
        ("\n \n", 2, "nothing comes from standard input"),
        (b"\xff\xfe\x00", 2, "-"),
        ("#" * (8 << 20) + "##", 2, "what comes from standard input is longer than 8 MB"),
    ],
)
def test_what_is_wrong_with_standard_input_is_told(given, status, told):
    result = run("show", "-", given=given)
    assert result.exit_code == status
    assert result.stderr.startswith(f"cowviz: {told}")
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize("form", ["svg", ".PNG", "gif", "html", "json", "txt", "pdf", "anim.svg"])
def test_a_picture_to_standard_output(form):
    Path("lesson.py").write_text(LESSON.replace("    process", '    print("not here")\n    process', 1))
    file = f"x.{form.lower().removeprefix('.')}"
    run("render", "lesson.py", file, *QUICK)
    result = run("render", "lesson.py", "-", "y.txt", "--format", form, *QUICK)
    assert result.stdout_bytes == Path(file).read_bytes(), "and nothing else"
    assert "y.txt" in result.stderr, "what else is made is told where it is in nobody's way"


@posix
def test_a_picture_to_a_pipe(tmp_path):
    Path("lesson.py").write_text(LESSON)
    run("render", "lesson.py", "x.png", *QUICK)
    os.mkfifo("sink")
    got = []
    reader = threading.Thread(target=lambda: got.append(Path("sink").read_bytes()), daemon=True)
    reader.start()
    assert run("render", "lesson.py", "sink", "--format", "png", *QUICK).exit_code == 0
    reader.join(10)
    assert got == [Path("x.png").read_bytes()]


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (["fork_cow", "-"], "say which format - gets: cowviz render SCENARIO - --format svg"),
        (["fork_cow", "-", "--format", "sgv"], "no format 'sgv'; did you mean svg?"),
        (["fork_cow", "x.svg", "--format", "png"], "--format is for - and for pipes"),
        (["fork_cow", "-", "--format", "svg", "--watch"], "--preview and --watch need a file"),
        (["-", "x.svg", "--watch"], "--preview and --watch need a file"),
        (["fork_cow", "-", "--format", "gif", "--step", "1"], "a .gif cannot show one step, or before and after"),
        (
            ["fork_cow", "x-{step:1000000000d}.png"],
            "x-{step:1000000000d}.png: {step:1000000000d} is not how a step's number is written",
        ),
    ],
)
def test_a_mistake_is_told_in_a_line(args, told):
    result = run("render", *args)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(f"cowviz: {told}")
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize("name", ["a{step}b", "{step:1000000000d}", "{{step}}", "{step!r}"])
def test_a_scenario_may_have_any_name(name):
    Path(f"{name}.py").write_text(LESSON)
    assert run("render", f"{name}.py", *QUICK).exit_code == 0
    made = {path.name for path in Path("output", name).iterdir()}
    assert made == {"01.png", "02.png", "before-after.png", f"{name}.gif"}
    assert run("export", f"{name}.py", f"deck {name}", "--to", "marp").exit_code == 0
    assert Path(f"deck {name}", "deck.md").exists()
    movie = cowviz.load(f"{name}.py")
    assert movie.save_all(f"all {name}", quality="draft")[0] == Path(f"all {name}", f"{name}.gif")


@posix
@pytest.mark.parametrize(
    ("args", "status"),
    [
        (["list"], 0),
        (["show", "fork_cow"], 0),
        (["show", "-"], 0),
        (["doctor"], 0),
        (["render", "fork_cow", "{there}/x.png"], 0),
        (["render", "fork_cow", "x.png"], 4),
        (["render", "fork_cow"], 4),
        (["export", "fork_cow", "deck", "--to", "html"], 4),
        (["new", "x.py"], 4),
        (["show", "x.py"], 2),
    ],
)
def test_a_folder_that_is_no_more(tmp_path, monkeypatch, args, status):
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    result = run(*(arg.format(there=tmp_path) for arg in args), given=LESSON)
    assert result.exit_code == status, result.output
    assert len(result.stderr.splitlines()) == (status > 0)
    if status == 4:
        assert "the current folder has been removed" in result.stderr
    monkeypatch.chdir(tmp_path)


def test_a_scenario_does_not_say_where_files_go(tmp_path):
    Path("lesson.py").write_text(LESSON.replace("    process", f"    import os; os.chdir({os.sep!r})\n    process", 1))
    assert run("render", "lesson.py", "x.svg").output.startswith("x.svg")
    assert (tmp_path / "x.svg").exists()


HOMELESS = """
import os, sys, tempfile
from pathlib import Path
def gettempdir(): raise FileNotFoundError(2, "none")
tempfile.gettempdir = gettempdir
from cowviz.cli import main
main()
"""


@pytest.mark.parametrize("args", [["x.png", "x.pdf", "x.gif"], ["x.pptx", "--pictures", "gif"]])
def test_nothing_but_the_folder_can_be_written(args, tmp_path):
    Path("lesson.py").write_text(LESSON)
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1]), "MPLCONFIGDIR": f"{os.devnull}/x"}
    command = [sys.executable, "-c", HOMELESS, "render", "lesson.py", *args, *QUICK]
    done = subprocess.run(command, env=environment, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    run("render", "lesson.py", *(f"with-{arg}" if arg.startswith("x.") else arg for arg in args), *QUICK)
    for file in (arg for arg in args if arg.startswith("x.")):
        assert Path(file).read_bytes() == Path(f"with-{file}").read_bytes()
    told = subprocess.run([sys.executable, "-m", "cowviz", "doctor"], env=environment, capture_output=True, check=False)
    assert b"set MPLCONFIGDIR to a folder that can be written" in told.stdout
    assert told.stderr == b""
