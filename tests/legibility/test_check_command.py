"""cowviz check: a line for each finding, exit status 1 where there is one."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from cowviz.cli import cli

LESSON = '''"""Letters."""

def play(story):
    process = story.process("Parent", heap=1)
    process.write(process.heap[0], "x = 1")
    story.say("A letter that the font lacks: \\u4e2d.")
'''

PALE = """from dataclasses import replace
from cowviz.themes.light import THEME
THEME = replace(THEME, line="#b0b0b0")
"""


def cowviz(*args: str):
    return CliRunner().invoke(cli, ["check", *args])


@pytest.fixture
def lesson(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "lesson.py").write_text(LESSON, encoding="utf-8")
    return "lesson.py"


def test_nothing_found():
    done = cowviz("fork_cow")
    assert done.exit_code == 0
    assert done.output == "fork_cow: 9 steps, 0 findings; arrows cross 0 times, the least is 0\n"


def test_findings_are_a_line_each(lesson):
    done = cowviz(lesson)
    finding, summary = done.output.splitlines()
    assert done.exit_code == 1
    assert finding.startswith('lesson.py: step 1: text "A letter that the font lacks: ')
    assert finding.endswith(": \u4e2d")
    assert summary.startswith("lesson.py: 1 step, 1 finding; ")


def test_for_programs(lesson):
    done = cowviz(lesson, "--json", "-t", "dark")
    (entry,) = json.loads(done.output)
    assert done.exit_code == 1
    assert {key: entry[key] for key in ("scenario", "theme", "size", "step", "rule", "moving")} == {
        "scenario": "lesson.py", "theme": "dark", "size": "16:9", "step": 1, "rule": "missing_letters", "moving": False,
    }  # fmt: skip
    assert json.loads(cowviz("fork_cow", "--json").output) == []


def test_several_looks_are_counted(lesson):
    done = cowviz(lesson, "--all-themes", "--size", "4:3", "--size", "16:9")
    assert "looks" in done.output
    assert done.output.splitlines()[-1].endswith(" findings")
    assert "lesson.py (4:3): step 1: text" in done.output


def test_a_theme_of_ones_own(lesson, tmp_path):
    (tmp_path / "pale.py").write_text(PALE, encoding="utf-8")
    done = cowviz("fork_cow", "-t", "pale.py")
    assert done.exit_code == 1
    assert "fork_cow (pale.py): step 1: pte:1:400 is pale: #b0b0b0 on #f5f6f8" in done.output


def test_pictures_of_what_was_found(lesson, tmp_path):
    done = cowviz(lesson, "--picture", "found")
    (file,) = (tmp_path / "found").iterdir()
    assert file.name == "lesson-en-columns-16x9-light-000-step-1.png"
    assert str(file.name) in done.output
    assert file.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("size", ["big", "0x9", "4:3:2"])
def test_a_wrong_size_is_told(size):
    done = cowviz("fork_cow", "--size", size)
    assert done.exit_code == 2
    assert "write 16:9, 4:3" in done.stderr


def test_no_scenario_is_told():
    assert "say which scenario" in cowviz().stderr
