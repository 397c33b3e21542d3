"""Public docstrings: one plain sentence that begins with a verb, the errors that are raised, the units of lengths."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[1]
MOST_WORDS = 25
# What a docstring of a function does not begin with: it names a thing, and no deed.
NO_VERBS = set(
    """a an the this that these those what whether who whose which where when why how all any both each every no nothing
    one two so at as by for from in of on out to with without if it its there here everything everybody nobody some only
    not and or but also after before between beside below above""".split()  # noqa: SIM905  # it reads better so
)
UNITS = re.compile(
    r"\b(px|pt|em|ems|inch\w*|seconds?|s|ms|hundredths?|fps|bytes?|kB|MB|pages?|frames?|degrees?|words?|pixels?|0 to 1|"
    r"1 to 21|share|part|ratio|times|L\*|deltaE|CIE\w*|WCAG|IEC)\b"
)
LENGTHS = {"float"}


class Documented(NamedTuple):
    """A public thing and what it says of itself; ``around`` is what its class and its module say."""

    name: str
    node: ast.FunctionDef | ast.ClassDef
    text: str
    around: str

    @property
    def is_function(self) -> bool:
        return isinstance(self.node, ast.FunctionDef) and not self.is_property

    @property
    def is_property(self) -> bool:
        return any("property" in ast.unparse(decorator) for decorator in self.node.decorator_list)

    @property
    def sentence(self) -> str:
        return re.split(r"(?<=[.!?])\s|\n\n", self.text.strip(), maxsplit=1)[0]


def public(path: Path) -> Iterator[Documented]:
    """All that a module offers, but for what says nothing of itself."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    name = path.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".")
    yield from _public(tree.body, name, ast.get_docstring(tree) or "")


def _public(body: list[ast.stmt], prefix: str, around: str) -> Iterator[Documented]:
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            text = ast.get_docstring(node) or ""
            yield Documented(f"{prefix}.{node.name}", node, text, around)
            if isinstance(node, ast.ClassDef):
                yield from _public(node.body, f"{prefix}.{node.name}", f"{around} {text}")


EVERYTHING = [one for path in sorted((ROOT / "cowviz").rglob("*.py")) for one in public(path)]
SAID = [one for one in EVERYTHING if one.text]


def test_there_is_much_to_hold() -> None:
    assert len(SAID) > 900


def test_every_public_function_and_class_says_what_it_is() -> None:
    methods = {one.name for one in EVERYTHING if one.name.rpartition(".")[0] in {each.name for each in EVERYTHING}}
    assert [one.name for one in EVERYTHING if not one.text and one.name not in methods] == []


def test_the_first_sentence_is_short() -> None:
    assert {one.name: n for one in SAID if (n := len(one.sentence.split())) > MOST_WORDS} == {}


def test_a_function_s_begins_with_a_verb() -> None:
    wrong = [one for one in SAID if one.is_function and not _begins_with_a_verb(one.sentence)]
    assert {one.name: one.sentence for one in wrong} == {}


def _begins_with_a_verb(sentence: str) -> bool:
    first = sentence.split()[0]
    return bool(re.fullmatch(r"[A-Z][a-z]+(-[a-z]+)?,?", first)) and first.lower().rstrip(",") not in NO_VERBS


@pytest.mark.parametrize(
    ("sentence", "is_one"),
    [
        ("Return the frame.", True),
        ("The frame.", False),
        ("What it is.", False),
        ("``x`` of it.", False),
        ("Re-read it.", True),
        ("px of it", False),
    ],
)
def test_a_verb_is_known(sentence: str, is_one: bool) -> None:
    assert _begins_with_a_verb(sentence) is is_one


def _raised(node: ast.FunctionDef) -> set[str]:
    """The errors that stand in a function's own body."""
    found: set[str] = set()
    todo: list[ast.AST] = list(node.body)
    while todo:
        part = todo.pop()
        if isinstance(part, ast.FunctionDef | ast.Lambda | ast.ClassDef):
            continue
        if isinstance(part, ast.Raise) and isinstance(part.exc, ast.Call) and isinstance(part.exc.func, ast.Name):
            name = part.exc.func.id
            found |= {"CowvizError"} if name == "unknown" else {name} if name.endswith(("Error", "Tool")) else set()
        todo += ast.iter_child_nodes(part)
    return found - {"AssertionError", "TypeError", "AttributeError", "NotImplementedError"}


def test_errors_are_named() -> None:
    silent = {
        one.name: sorted(missing)
        for one in SAID
        if isinstance(one.node, ast.FunctionDef)
        and one.node.name != "command"  # its docstring is the command's help
        and (missing := {error for error in _raised(one.node) if error not in one.text})
        and "error" not in one.text.lower()
    }
    assert silent == {}


def test_lengths_have_units() -> None:
    """What a number with a fraction counts is said by the docstring, or by that of its class or module."""
    silent = [
        one.name
        for one in SAID
        if isinstance(one.node, ast.FunctionDef)
        and one.node.returns is not None
        and ast.unparse(one.node.returns) in LENGTHS
        and not UNITS.search(f"{one.text} {one.around}")
    ]
    assert silent == []
