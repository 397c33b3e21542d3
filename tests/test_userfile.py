"""Whatever a scenario raises or takes away is told in one line, or is no matter at all."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from cowviz import watch
from cowviz.cli import cli
from cowviz.errors import ClaimError, CowvizError
from cowviz.story.loader import load_scenario

PLAY = '''"""T."""
import os, sys, threading, time, warnings

def play(story):
    p = story.process("P", heap="x = 1")
    story.say("One.")
    {body}
'''


@pytest.fixture
def write(tmp_path):
    def write(body: str) -> Path:
        path = tmp_path / "lesson.py"
        path.write_text(PLAY.format(body=body.replace("\n", "\n    ")))
        return path

    return write


RAISED = {
    "raise BaseException('base')": "BaseException: base",
    "raise GeneratorExit": "GeneratorExit",
    "raise KeyboardInterrupt": "KeyboardInterrupt",
    "sys.exit()": "SystemExit",
    "sys.exit('bye\\nbye')": "SystemExit: bye bye",
    "class Own(BaseException): pass\nraise Own(3)": "Own: 3",
    "raise ExceptionGroup('many', [ValueError(1), KeyError(2)])": "ExceptionGroup: many (2 sub-exceptions)",
    "raise BaseExceptionGroup('many', [SystemExit(1)])": "BaseExceptionGroup: many (1 sub-exception)",
    "raise StopIteration(3)": "StopIteration: 3",
    "raise MemoryError": "the scenario takes more memory than is allowed",
    "raise ValueError('a\\nb \\x1b[31m\\u202e\\0')": "ValueError: a b ?[31m??",
    "raise ValueError('\\udc80')": "ValueError: ?",
    "raise type('A\\nB\\x1b', (Exception,), {})": "A B?",
    "class E(Exception):\n  def __str__(self): raise OSError\nraise E": "its __str__ raises OSError",
    "class E(Exception):\n  def __str__(self): sys.exit(3)\nraise E": "its __str__ raises SystemExit",
    "class E(Exception):\n  def __str__(self): return 3\nraise E": "its __str__ raises TypeError",
    "class E(Exception):\n  def __str__(self):\n    while True: pass\nraise E": "its __str__ raises EndlessError",
}


@pytest.mark.parametrize("body", RAISED)
def test_what_a_scenario_raises_is_told_in_one_line(write, body, monkeypatch):
    monkeypatch.setattr(watch, "MOST_SECONDS", 0.2)
    with pytest.raises(CowvizError) as caught:
        load_scenario(write(body)).record()
    assert RAISED[body] in str(caught.value)
    assert "lesson.py, line " in str(caught.value)
    assert str(caught.value).isprintable()
    assert caught.value.exit_status == 2


def test_a_very_long_word_is_cut(write):
    with pytest.raises(CowvizError) as caught:
        load_scenario(write("raise ValueError('y' * 10**8)")).record()
    assert len(str(caught.value)) < 700


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("class A:\n  def __repr__(self): raise OSError\na = A()\nassert a == 3", "assert a == 3"),
        ("class A:\n  def __repr__(self): sys.exit()\na = A()\nassert a == 3", "assert a == 3"),
        ("a = 'x' * 10**7\nassert a == 3", "assert a == 3; a is 'xxx"),
        ("class A:\n  def __str__(self): raise OSError\nassert 0, A()", "its __str__ raises OSError"),
        ("os.remove(__file__)\nassert 0", "its source cannot be read"),
    ],
)
def test_a_claim_that_cannot_be_shown_is_one_all_the_same(write, body, told):
    with pytest.raises(ClaimError) as caught:
        load_scenario(write(body)).record()
    assert told in str(caught.value)
    assert len(str(caught.value)) < 1000


def test_a_scenarios_path_may_be_relative(write, tmp_path, monkeypatch):
    """A claim of a neighbour is a claim, wherever one stands."""
    (tmp_path / "beside.py").write_text("def check(p):\n    assert p.faults == 7\n")
    write("import beside\nbeside.check(p)")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ClaimError, match="the claim does not hold: beside"):
        load_scenario("lesson.py").record()


TAKEN = [
    "import tempfile; d = tempfile.mkdtemp(); os.chdir(d); os.rmdir(d)",
    "os.chdir('/')",
    "print('noise'); sys.stdout.close()",
    "sys.stderr.close()",
    "sys.__stdout__.close(); sys.__stderr__.close()",
    "os.close(1)",
    "os.close(1); os.close(2)",
    "os.closerange(0, 256)",
    "os.dup2(os.open(os.devnull, os.O_WRONLY), 1)",
    "sys.stdout = sys.stderr = None",
    "import io; sys.stdout = io.StringIO()",
    "sys.setrecursionlimit(90)",
    "sys.path.clear()",
    "threading.Thread(target=time.sleep, args=(1000,)).start()",
    "warnings.warn('careful')",
]
EACH = """
import os, sys
from pathlib import Path
from cowviz.cli import cli
here = os.getcwd()
for number in range({count}):
    try:
        cli.main(["show", f"lesson_{{number}}.py"])
    except SystemExit as end:
        left = (end.code, os.getcwd() == here, sys.getrecursionlimit() > 900, sys.stdout is not None)
        print("END", number, *left, flush=True)
"""


def test_what_a_scenario_takes_away_is_given_back(tmp_path):
    """One process shows all of them, and is there at the end of each."""
    for number, body in enumerate(TAKEN):
        (tmp_path / f"lesson_{number}.py").write_text(PLAY.format(body=body))
    start = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", EACH.format(count=len(TAKEN))],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    ends = [line for line in done.stdout.splitlines() if line.startswith("END")]
    assert ends == [f"END {number} 0 True True True" for number in range(len(TAKEN))], done.stderr
    assert done.stdout.count("One.") == len(TAKEN)
    assert "Traceback" not in done.stderr
    assert time.monotonic() - start < 60, "nobody waits for a thread of a scenario"


def test_a_scenario_that_closes_standard_error_is_told_about_all_the_same(write, tmp_path):
    path = write("os.close(1); os.close(2); sys.stderr.close(); 1 / 0")
    command = [sys.executable, "-m", "cowviz", "render", str(path), str(tmp_path / "out.txt")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"cowviz: {path}, line 7: ZeroDivisionError: division by zero\n"


def test_a_thread_that_fails_is_told_about_in_one_line(write):
    hook = threading.excepthook
    with pytest.warns(Warning, match=r"a thread of the scenario fails: ZeroDivisionError: division by zero"):
        load_scenario(write("t = threading.Thread(target=lambda: 1 / 0)\nt.start()\nt.join()")).record()
    assert threading.excepthook is hook
    assert not threading.current_thread().daemon


def test_errors_of_ours_are_not_swallowed(write, monkeypatch):
    """An OSError in the block is the scenario's, whatever is being given back."""
    with pytest.raises(CowvizError, match="FileNotFoundError"):
        load_scenario(write("open(__file__ + 'x')")).record()
    assert Path.cwd() == Path(os.curdir).absolute()


@pytest.mark.parametrize(
    ("head", "told"),
    [
        ("", "no title: lesson stands for it; a docstring's first line is the title"),
        ('f"""T."""\n', "no title: lesson stands for it; an f-string is no docstring, take the f away"),
    ],
)
@pytest.mark.parametrize("command", ["show", "show --json", "check"])
def test_a_file_without_a_title_is_warned_of_in_one_line(write, head, told, command):
    path = write("pass")
    path.write_text(head + path.read_text().partition("\n")[2])
    done = CliRunner().invoke(cli, [*command.split(), str(path)])
    assert done.exit_code == 0, done.output
    assert [line for line in done.stderr.splitlines() if told in line] == done.stderr.splitlines()
    assert len(done.stderr.splitlines()) == 1
    assert told not in done.stdout


def test_a_file_of_a_great_size_is_not_read(tmp_path):
    path = tmp_path / "lesson.py"
    path.write_text("#" * (9 << 20))
    with pytest.raises(CowvizError, match=r"lesson\.py: longer than 8 MB"):
        load_scenario(path)


def test_a_scenario_from_a_pipe_is_a_module_without_a_file(tmp_path):
    """Nobody who reads the files of all modules shall wait for it."""
    path = tmp_path / "pipe.py"
    os.mkfifo(path)
    writer = threading.Thread(target=lambda: path.write_text(PLAY.format(body="assert '__file__' not in globals()")))
    writer.start()
    scenario = load_scenario(path)
    writer.join()
    assert scenario.record().steps
