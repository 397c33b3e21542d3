"""Scenarios are found without being run, and a broken one is told about in one line with its own line's number."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cowviz.errors import ClaimError, CowvizError
from cowviz.memory.profile import LINUX, TEXTBOOK
from cowviz.story import loader
from cowviz.story.loader import bundled, load_scenario, locate, scenarios

GOOD = '''"""A title.

More words.
"""


def play(story):
    parent = story.process("Parent", heap="x = 1")
    story.say("One process.")
'''


@pytest.fixture
def write(tmp_path):
    def write(text: str, name: str = "my.py") -> Path:
        path = tmp_path / name
        path.write_text(text)
        return path

    return write


def test_bundled_scenarios_are_listed_with_their_titles():
    titles = {found.name: found.title for found in scenarios()}
    assert titles["fork_cow"] == "Copy-on-write after fork()"


def test_listing_runs_nothing(write, tmp_path):
    write('"""Explosive."""\nraise SystemExit\ndef play(story): pass\n', "explosive.py")
    write("def helper(): pass\n", "helper.py")
    write("def play(:\n", "torn.py")
    write(GOOD, "_private.py")
    found = {one.name: one.title for one in scenarios([tmp_path]) if one.path.parent == tmp_path}
    assert found["explosive"] == "Explosive"
    assert found["torn"].startswith("cannot be read: ")
    assert set(found) == {"explosive", "torn"}


def test_a_file_of_a_bundled_name_is_listed_by_its_path(write, tmp_path):
    """``cowviz show fork_cow`` plays the bundled one, and so does ``cowviz list`` say."""
    mine = write(GOOD, "fork_cow.py")
    by_name = {one.name: one.path for one in scenarios([tmp_path])}
    assert by_name[str(mine)] == mine
    assert by_name["fork_cow"] == bundled() / "fork_cow.py" == locate("fork_cow")[1]


def test_a_scenario_has_name_title_and_doc(write):
    scenario = load_scenario(write(GOOD))
    assert (scenario.name, scenario.title, scenario.doc) == ("my", "A title", "More words.")
    assert scenario.profile is None
    assert scenario.record(check=True).steps[0].caption == "One process."


def test_without_a_docstring_the_file_name_is_the_title(write):
    assert load_scenario(write(GOOD.partition("\n\n\n")[2])).title == "my"


def test_a_scenario_may_choose_its_profile(write):
    scenario = load_scenario(write(GOOD + 'PROFILE = "linux"\n'))
    assert scenario.profile is LINUX
    assert scenario.record().steps[0].machine.profile is LINUX


def test_neighbours_can_be_imported_and_nothing_is_left_behind(write, tmp_path):
    write("CAPTION = 'from next door'\n", "next_door.py")
    path = write(GOOD.replace('"One process."', "__import__('next_door').CAPTION"))
    before = list(sys.path)
    assert load_scenario(path).record().steps[0].caption == "from next door"
    write("CAPTION = 'something else'\n", "next_door.py")
    assert load_scenario(path).record().steps[0].caption == "something else"
    assert sys.path == before
    assert "next_door" not in sys.modules
    assert sorted(p.name for p in tmp_path.iterdir()) == ["my.py", "next_door.py"], "no .pyc beside them"


def test_a_scenario_called_mmap_does_not_hide_the_standard_library(write):
    path = write(GOOD.replace("    parent", "    import mmap; assert mmap.PAGESIZE\n    parent", 1), "mmap.py")
    assert load_scenario(path).record()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("def play(story):\n    x = (\n", "my.py, line 2: '(' was never closed: x = ("),
        ("import nonsense_module\n", "my.py, line 1: ModuleNotFoundError: No module named 'nonsense_module'"),
        ("x = 1\n", "my.py: it has no play(story) function"),
        ("play = 3\n", "my.py: it has no play(story) function"),
        ("\n\ndef play():\n    pass\n", "my.py, line 3: play takes one argument"),
        (
            "def play(story):\n    story.sya('x')\n",
            "my.py, line 2: story has no word 'sya'; did you mean say?",
        ),
        ("def play(story):\n    raise SystemExit(0)\n", "my.py, line 2: SystemExit: 0"),
        (
            "def play(story):\n    story.process('P', haep='x')\n",
            "my.py, line 2: no section 'haep'; did you mean heap",
        ),
        ("def play(story):\n    pass\n", "play(story) makes no step"),
        ("VIEW = 'colums'\ndef play(story):\n    pass\n", "my.py: VIEW: no view 'colums'; did you mean columns?"),
        ("VIEW = 3\ndef play(story):\n    pass\n", 'my.py: VIEW: a view\'s name is text: "3"'),
        ("VIEW = ('a', 'b', 'c')\ndef play(story):\n    pass\n", "my.py: VIEW: a stage holds two views, not 3"),
        ("PROFILE = 'linx'\ndef play(story):\n    pass\n", "my.py: no profile 'linx'; did you mean linux?"),
        ("\0", "my.py"),
    ],
)
def test_a_mistake_is_told_in_one_line(write, text, told):
    with pytest.raises(CowvizError) as caught:
        load_scenario(write(text)).record()
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.exit_status == 2


def test_a_mistake_inside_the_simulator_has_the_scenarios_line(write):
    text = GOOD + "    parent.exit()\n    parent.exit()\n"
    with pytest.raises(CowvizError, match=r"my\.py, line 11: ") as caught:
        load_scenario(write(text)).record()
    assert "Error:" not in str(caught.value), "the simulator's words are for people; no Python type before them"


@pytest.mark.parametrize(
    ("assertion", "told"),
    [
        (
            "assert parent.faults == 1",
            "line 10: the claim does not hold: assert parent.faults == 1; parent.faults is 0",
        ),
        ("assert len('abc') == 1", "line 10: the claim does not hold: assert len('abc') == 1"),
        ("assert not 1, f'{1 + 1} of them'", "line 10: the claim does not hold: assert not 1 (2 of them)"),
        ("assert (\n        parent.copies,\n        2) == (0, 1)", "assert ( parent.copies, 2) == (0, 1); ("),
    ],
)
def test_a_claim_that_does_not_hold(write, assertion, told):
    with pytest.raises(ClaimError) as caught:
        load_scenario(write(GOOD + f"    {assertion}\n")).record()
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_assert_of_cowviz_is_no_claim_of_the_scenario(write, monkeypatch):
    monkeypatch.setattr("cowviz.memory.invariants.violations", lambda machine: ["a count is wrong"])
    with pytest.raises(CowvizError, match="a count is wrong") as caught:
        load_scenario(write(GOOD)).record(check=True)
    assert not isinstance(caught.value, ClaimError)


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("fork_cw", "no scenario 'fork_cw'; did you mean fork_cow"),
        ("nowhere.py", "no file 'nowhere.py'"),
        ("some/where", "no file 'some/where'"),
    ],
)
def test_what_does_not_exist(source, told):
    with pytest.raises(CowvizError) as caught:
        load_scenario(source)
    assert str(caught.value).startswith(told)


def test_a_file_of_that_name_is_suggested(write, tmp_path, monkeypatch):
    write(GOOD, "lesson.py")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(CowvizError, match=r"did you mean lesson\.py"):
        load_scenario("lesson")


def test_scenarios_of_other_packages_are_found_without_importing_them(tmp_path, monkeypatch):
    package = tmp_path / "course" / "lessons"
    package.mkdir(parents=True)
    (tmp_path / "course" / "__init__.py").write_text("raise AssertionError('imported')\n")
    (package / "vfork.py").write_text(GOOD)
    info = tmp_path / "course-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Name: course\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[cowviz.scenarios]\nvfork_story = course.lessons.vfork\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert ("vfork_story", "A title", package / "vfork.py") in [one[:3] for one in scenarios()]
    assert load_scenario("vfork_story").name == "vfork_story"


def test_where_no_package_adds_any_the_slow_import_is_spared():
    code = (
        "import sys; from cowviz.story.loader import scenarios; scenarios(); print('importlib.metadata' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_installed_scenarios_lie_in_the_package(tmp_path, monkeypatch):
    monkeypatch.setattr(loader, "__file__", str(tmp_path / "cowviz" / "story" / "loader.py"))
    assert loader.bundled() == tmp_path / "scenarios"
    (tmp_path / "cowviz" / "scenarios").mkdir(parents=True)
    assert loader.bundled() == tmp_path / "cowviz" / "scenarios"


def test_a_lesson_of_one_profile_says_so(write):
    scenario = load_scenario(write(GOOD + 'PROFILE = "textbook"\n'))
    assert scenario.record(TEXTBOOK).steps
    with pytest.raises(CowvizError, match="my runs with the profile textbook alone: leave --profile out"):
        scenario.record(LINUX)


def test_what_cannot_be_read_hides_nothing_else(write, tmp_path):
    """A pipe is not waited for; whatever is in a file, the others are listed."""
    write(GOOD, "fine.py")
    os.mkfifo(tmp_path / "pipe.py")
    os.mkfifo(tmp_path / "pipe.json")
    (tmp_path / "folder.py").mkdir()
    (tmp_path / "folder.json").mkdir()
    (tmp_path / "gone.py").symlink_to(tmp_path / "nowhere.py")
    (tmp_path / "round.json").symlink_to(tmp_path / "round.json")
    write('{"format": "cowviz-trace", "title": "\\x", "steps": []}', "escape.json")
    write('{"format": "cowviz-trace", "title": "' + "t" * 9000 + '"}', "long.json")
    write("(" * 5000, "deep.py")
    write("-" * 100_000 + "1", "signs.py")
    (tmp_path / "latin.py").write_bytes(b'"""T\xe9."""\ndef play(story): pass\n')
    (tmp_path / "nul.py").write_bytes(b"\0def play(story): pass\n")
    (tmp_path / "large.py").write_bytes(b"#" * (9 << 20))
    found = {one.path.name: one.title for one in scenarios([tmp_path]) if one.path.parent == tmp_path}
    assert found.pop("fine.py") == "A title"
    assert {name for name, title in found.items() if not title.startswith("cannot be read: ")} == set()
    assert all("\n" not in title and "[Errno" not in title for title in found.values())
    readable = {"pipe.py", "pipe.json", "folder.py", "folder.json", "gone.py", "escape.json", "deep.py", "signs.py"}
    assert {*readable, "latin.py", "nul.py", "large.py"} <= found.keys()
