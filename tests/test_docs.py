"""The documents say what the code says: tables are the code's, links lead somewhere, examples run."""

from __future__ import annotations

import re
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

import cowviz
from cowviz.memory.profile import PROFILES
from cowviz.narration.event_rows import moments
from cowviz.story.actor import Actor, Region
from cowviz.story.story import Story

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def ident(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.fixture(scope="module")
def generate() -> ModuleType:
    spec = spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("path", DOCUMENTS, ids=ident)
def test_tables_are_the_codes(path: Path, generate: ModuleType) -> None:
    text = path.read_text(encoding="utf-8")
    assert text == generate.regenerated(text), "make docs"


@pytest.mark.parametrize("path", DOCUMENTS, ids=ident)
def test_links_lead_to_files_that_exist(path: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", path.read_text(encoding="utf-8"))
    local = [link for link in links if not re.match(r"[a-z]+:", link)]
    assert [link for link in local if not (path.parent / link).exists()] == []


def test_nothing_is_to_be_installed_that_no_index_has():
    """Until there is a release, pip knows cowviz in a clone alone, and its extras by their own packages' names."""
    texts = [*DOCUMENTS, *(p for p in (ROOT / "cowviz").rglob("*") if p.suffix in (".py", ".po", ".html", ".js"))]
    texts += [ROOT / "Makefile", *(ROOT / "scenarios").glob("*.py"), *(ROOT / "docs").rglob("*.py")]
    wrong = re.compile(r"cowviz\[\w|pip3? install[^\n`#]* [\"']?cowviz\b")
    found = [(ident(path), wrong.findall(path.read_text(encoding="utf-8"))) for path in texts]
    assert [(name, words) for name, words in found if words] == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=ident)
def test_files_named_in_prose_exist(path: Path) -> None:
    """``cowviz/memory/access.py`` in backquotes is a file; names with capitals or braces stand for any."""
    named = re.findall(r"`((?:cowviz|scenarios|tests|docs|\.ci)/[a-z0-9_./-]*)`", path.read_text(encoding="utf-8"))
    made = {"tests/golden/"}  # by a test run
    assert [name for name in named if name not in made and not (ROOT / name).exists()] == []


def examples() -> list[tuple[str, str]]:
    """The Python blocks of the documents, each by its document and number; a block may opt out by ``python no-run``."""
    found = []
    for path in DOCUMENTS:
        blocks = re.findall(r"^```python\n(.*?)^```", path.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
        found += [(f"{ident(path)}-{number}", block) for number, block in enumerate(blocks, 1)]
    return found


@pytest.mark.parametrize("block", [pytest.param(block, id=name) for name, block in examples()])
def test_examples_run(block: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A block runs as it stands; one that defines ``play(story)`` is a scenario, and its claims hold."""
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    exec(compile(block, "example", "exec"), names)
    if "play" in names:
        assert cowviz.run(names["play"]).steps  # type: ignore[arg-type]


def test_every_moment_of_a_caption_is_documented() -> None:
    text = (ROOT / "docs" / "writing-a-scenario.md").read_text(encoding="utf-8")
    assert {word for word in moments() if f"| `{word}` |" not in text} == set()


def test_every_word_of_a_story_is_documented() -> None:
    text = (ROOT / "docs" / "writing-a-scenario.md").read_text(encoding="utf-8")
    ours = {"adopt", "install", "name_for", "next_pid", "run", "take_note", "told", "trace", "region", "state", "name"}
    words = {(owner, word) for owner in (Story, Actor, Region) for word in vars(owner) if not word.startswith("_")}
    asked = {(owner.__name__, word) for owner, word in words if word not in ours}
    assert {name for name in asked if f".{name[1]}" not in text} == set()


def test_every_profile_switch_is_documented() -> None:
    text = (ROOT / "docs" / "memory-model.md").read_text(encoding="utf-8")
    switches = set(type(PROFILES["textbook"]).__dataclass_fields__) - {"name"}
    assert {switch for switch in switches if f"`{switch}`" not in text} == set()


def test_decision_records_are_numbered_in_sequence() -> None:
    numbers = [int(path.name[:4]) for path in sorted((ROOT / "docs" / "decisions").glob("*.md"))]
    assert numbers == list(range(1, len(numbers) + 1))


def test_changelog_names_this_version() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert cowviz.__version__ in text
