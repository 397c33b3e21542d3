"""A claim holds, or ends the render, however Python is run; titles stay, and no work is done inside an assert."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path
from types import FunctionType
from typing import Any

import pytest

import cowviz
from cowviz import claims
from cowviz.commands.new import TEMPLATE
from cowviz.errors import CowvizError
from cowviz.story.loader import bundled

ROOT = Path(__file__).parents[1]

PLAY = '''"""The module's title."""

import {module}


def helper(process):
    assert process.faults == 7, "in a function beside it"


class Checks:
    def method(self, process):
        assert process.faults == 7, "in a method"


def play(story):
    """The play's title."""
    process = story.process("P", heap="x = 1")
    story.say("One.")
    {claim}
'''
CLAIMS = {
    "its own": 'assert process.faults == 7, "its own"',
    "in a function beside it": "helper(process)",
    "in a method": "Checks().method(process)",
    "in a neighbour": "neighbour.check(process)",
    "in a package beside it": "package.inner.check(process)",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Scenarios with a false claim each, and what they import."""
    folder = tmp_path_factory.mktemp("claims")
    (folder / "package").mkdir()
    (folder / "package" / "__init__.py").write_text("")
    where = {"neighbour.py": "in a neighbour", "package/inner.py": "in a package beside it"}
    for name, message in where.items():
        (folder / name).write_text(f'def check(process):\n    assert process.faults == 7, "{message}"\n')
    for number, (message, claim) in enumerate(CLAIMS.items()):
        module = "neighbour" if "neighbour" in message else "package.inner" if "package" in message else "os"
        (folder / f"lesson_{number}.py").write_text(PLAY.format(module=module, claim=claim))
    return folder


def run(*command: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *command],
        cwd=folder,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )


EVERY_LESSON = """
import sys
from cowviz.errors import ClaimError
import cowviz
for number in range({count}):
    try:
        print("ran", cowviz.load(f"lesson_{{number}}.py").title)
    except ClaimError as error:
        print(str(error).rpartition("(")[2].rstrip(")"))
"""


@pytest.mark.parametrize("flag", ["-O", "-OO"])
def test_a_claim_of_a_file_is_made_whatever_the_flags(folder: Path, flag: str) -> None:
    done = run(flag, "-c", EVERY_LESSON.format(count=len(CLAIMS)), folder=folder)
    assert done.stdout.splitlines() == list(CLAIMS), done.stderr


def test_a_false_claim_is_no_file_and_status_1_under_pythonoptimize(folder: Path) -> None:
    done = run("-m", "cowviz", "render", "lesson_0.py", "out.txt", folder=folder, PYTHONOPTIMIZE="2")
    assert (done.returncode, len(done.stderr.splitlines())) == (1, 1)
    assert not (folder / "out.txt").exists()


def function(text: str, path: Path, optimize: int) -> FunctionType:
    """The ``play`` of a module that Python has compiled in its own way."""
    path.write_text(text)
    names: dict[str, Any] = {"__name__": "lesson", "__file__": str(path)}
    exec(compile(text, str(path), "exec", dont_inherit=True, optimize=optimize), names)
    play = names["play"]
    assert isinstance(play, FunctionType)
    return play


@pytest.mark.parametrize("message", list(CLAIMS)[:3])
def test_a_function_gets_back_its_claims(tmp_path: Path, message: str) -> None:
    play = function(PLAY.format(module="os", claim=CLAIMS[message]), tmp_path / "a.py", optimize=2)
    before = play.__code__
    assert cowviz.run(play).steps  # nothing is claimed
    with claims.restored(play) as docs, pytest.raises(AssertionError, match=message):
        cowviz.run(play)
    assert docs == ("The play's title.", "The module's title.")
    assert play.__code__ is before


def test_a_function_without_a_text_is_refused(tmp_path: Path) -> None:
    play = function(PLAY.format(module="os", claim="pass"), tmp_path / "a.py", optimize=2)
    (tmp_path / "a.py").write_text("something = 'else'\n")
    with (
        pytest.raises(CowvizError, match=r"play\(\) cannot be read: run python without -O"),
        claims.restored(play),
    ):
        pass


def test_run_heeds_the_flags(tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text(
        PLAY.format(module="cowviz", claim=CLAIMS["its own"])
        + "\n\ntry:\n    cowviz.run(play)\nexcept AssertionError as error:\n    print(error)\n"
    )
    assert run("-OO", "own.py", folder=tmp_path).stdout == "its own\n"


# No work inside an assert

ACTS = {
    *("read", "write", "execute", "save", "fork", "vfork", "thread", "exit", "wait", "exec", "mmap", "malloc"),
    *("munmap", "mprotect", "madvise", "mlock", "pin", "unpin", "limit", "memory", "ksm", "reclaim", "process", "file"),
    *("code", "at", "say"),
}


def work(text: str) -> list[str]:
    """The asserts that do something, which ``python -O`` would leave out."""
    asserts = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Assert)]
    calls = [(one, inner) for one in asserts for inner in ast.walk(one) if isinstance(inner, ast.Call | ast.NamedExpr)]
    return [
        ast.unparse(one)
        for one, inner in calls
        if isinstance(inner, ast.NamedExpr) or (isinstance(inner.func, ast.Attribute) and inner.func.attr in ACTS)
    ]


def documented() -> dict[str, str]:
    found = {"cowviz new": TEMPLATE}
    for path in [*bundled().glob("*.py"), *ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]:
        text = path.read_text(encoding="utf-8")
        found[path.name] = (
            text
            if path.suffix == ".py"
            else "\n".join(re.findall(r"^```python.*?\n(.*?)^```", text, re.DOTALL | re.MULTILINE))
        )
        if path.suffix == ".md":
            found[path.name] += "\n".join(["", *re.findall(r"`(assert [^`]+)`", text.replace("\n", " "))])
    return found


def test_work_inside_an_assert_is_seen() -> None:
    assert work("assert p.read(p.heap) == 'x'\nassert p.faults == len(p.heap)\nassert (y := 3)") == [
        "assert p.read(p.heap) == 'x'",
        "assert (y := 3)",
    ]


@pytest.mark.parametrize("name", sorted(documented()))
def test_no_work_is_done_inside_an_assert(name: str) -> None:
    assert work(documented()[name]) == []
