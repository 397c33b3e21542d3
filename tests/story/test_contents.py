"""What a page holds, as a scenario says it: a text, variables in a text, a dict, a list of them, a number of pages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cowviz.errors import CowvizError
from cowviz.memory.content import Cell, content_text, parse_content
from cowviz.story.contents import content_of, contents_of
from cowviz.story.story import Story
from cowviz.trace.limits import MOST_WRITTEN


@pytest.mark.parametrize(
    ("text", "cells"),
    [
        ("x = 42", {"x": "42"}),
        ("refs = 1, v = 7", {"refs": "1", "v": "7"}),
        ("a = 1; b = 2", {"a": "1", "b": "2"}),
        ("a = 1;b = 2,c = 3", {"a": "1", "b": "2", "c": "3"}),
        ("x = 1, x = 2", {"x": "2"}),
        ("x = y = 3, z = 1", {"x": "y = 3", "z": "1"}),
        ('t = "a, b = 2"', {"t": '"a, b = 2"'}),
        ('t = "a, b = 2", c = 3', {"t": '"a, b = 2"', "c": "3"}),
        (r't = "a \", b = 2"', {"t": r'"a \", b = 2"'}),
        ("c = 'a, d = 3'", {"c": "'a, d = 3'"}),
        ("x = it's, y = that's", {"x": "it's", "y": "that's"}),
        ("s = {a = 1, b = 2}", {"s": "{a = 1, b = 2}"}),
        ("x = f(1, b = 2), c = 3", {"x": "f(1, b = 2)", "c": "3"}),
        ("n = 10, and then", {"n": "10, and then"}),
        ("pid = ?", {"pid": "?"}),
        ("main()", {"": "main()"}),
        ("f(a, b = 1)", {"": "f(a, b = 1)"}),
        ("hello, x = 1", {"": "hello, x = 1"}),
        ("{a = 1}", {"": "{a = 1}"}),
        (" = 3", {"": " = 3"}),
        ("x == 1", {"": "x == 1"}),
        ("", {"": ""}),
    ],
)
def test_variables_in_a_text(text: str, cells: dict[str, str]) -> None:
    assert parse_content(text) == tuple(Cell(*cell) for cell in cells.items())


names = st.text("abcxyz_*. ", min_size=1, max_size=6).map(str.strip).filter(bool)
values = st.text("abc123 +-?", max_size=8).map(str.strip)


@given(st.dictionaries(names, values, min_size=1, max_size=5), st.sampled_from([", ", "; ", ",", ";"]))
def test_variables_are_read_back_from_any_text_of_them(variables: dict[str, str], between: str) -> None:
    text = between.join(f"{name} = {value}" for name, value in variables.items())
    assert parse_content(text) == content_of(variables)
    assert parse_content(content_text(content_of(variables))) == content_of(variables)


@given(st.text())
def test_any_text_is_what_a_page_can_hold(text: str) -> None:
    cells = parse_content(text)
    assert cells == (Cell("", text),) or all(cell.name and not set(cell.name) & set(",;(){}") for cell in cells)


def test_a_dict_is_taken_everywhere() -> None:
    story = Story(check=True)
    p = story.process("P", heap=[{"refs": 1, "v": 7}, None, "x = 1; y = 2"], data={"d": 1.5}, stack={"t": True})
    assert [page.content for page in p.heap] == ["refs = 1, v = 7", "0", "x = 1, y = 2"]
    assert p.heap[0].variables == {"refs": "1", "v": "7"}
    assert (p.data.content, p.stack.content, p.heap[1].variables) == ("d = 1.5", "t = True", {})
    p.write(p.heap[0], {"refs": 2, "w": "new"})
    assert p.heap[0].variables == {"refs": "2", "v": "7", "w": "new"}
    story.file("f", [{"a": 1}, "b"])
    p.mmap("m", 2, file="f")
    assert [p.read(page) for page in p.m] == ["a = 1", "b"]
    p.exec("ls", heap={"l": 1})
    assert p.heap.content == "l = 1"


def test_two_variables_are_two_stores_and_one_fault() -> None:
    story = Story(check=True)
    parent = story.process("Parent", heap="refs = 1, v = 7")
    child = parent.fork()
    child.write(child.heap, "refs = 2; v = 8", fault="A fault.", access="The store goes through.")
    assert (child.faults, child.copies) == (1, 1)
    assert (parent.heap.content, child.heap.content) == ("refs = 1, v = 7", "refs = 2, v = 8")
    story.say("Done.")
    assert [step.caption for step in story.trace("t", "T", "").steps] == [
        "A fault.",
        "The store goes through.",
        "Done.",
    ]


def test_a_number_of_pages_is_so_many_empty_ones() -> None:
    story = Story(check=True)
    story.file("f", 400)
    p = story.process("P")
    p.mmap("m", 400, file="f")
    assert p.read(p.m[399]) == "0"


def test_what_comes_from_a_generator_is_taken_as_far_as_it_may() -> None:
    assert contents_of((f"x = {n}" for n in range(2)), "heap") == ((Cell("x", "0"),), (Cell("x", "1"),))
    with pytest.raises(CowvizError, match=r"heap=\[\.\.\.\]: at most 131,072 pages with contents"):
        contents_of(iter(lambda: "x", None), "heap")
    assert len(contents_of(["x"] * MOST_WRITTEN, "heap")) == MOST_WRITTEN


@pytest.mark.parametrize(
    ("held", "told"),
    [
        (42, 'what a page holds is text or variables: "42" or "x = 42"'),
        (3.5, '"3.5" or "x = 3.5"'),
        (None, 'text or variables: "42" or "x = 42", and not None'),
        (b"x", "and not b'x'"),
        (["x"], "and not a list"),
        ({1: 2}, "1 cannot name a variable"),
        ({"a, b": 2}, '"a, b" cannot name a variable: a name is text without , ; ( ) { } and " = "'),
        ({"": 2}, '"" cannot name a variable'),
        ({"a": None}, "a = None: a variable's value is a text or a number"),
        ({"a": [1]}, "a = a list: a variable's value is a text or a number"),
        ({"a": 10**100_000}, "has more than the 10,000 characters"),
        ("x" * 10_001, "what a page holds has 10,001 characters, and 10,000 are allowed"),
        ({f"v{n}": n for n in range(101)}, "a page holds at most 100 variables"),
    ],
)
def test_what_no_page_can_hold(held: object, told: str) -> None:
    with pytest.raises(CowvizError) as caught:
        content_of(held)
    assert told in str(caught.value)


@pytest.mark.parametrize("held", ["a\x1bb", {"x": "a\x1bb"}, {"a\x1bb": "x"}])
def test_control_characters_are_shown_as_such(held: object) -> None:
    (cell,) = contents_of([held], "heap")[0] or ()
    assert "a\ufffdb" in cell


@pytest.mark.parametrize("held", ["\ud800", {"x": "\ud800"}, {"\ud800": "x"}])
def test_half_a_character_is_no_text(held: object) -> None:
    with pytest.raises(CowvizError, match=r"cannot be text: U\+D800"):
        contents_of(held, "heap")


@pytest.mark.parametrize("pages", [3.5, True, b"x", {"x"}, object(), float("nan")])
def test_what_is_no_section(pages: object) -> None:
    with pytest.raises(CowvizError, match=r"heap=.*: a text, a dict, a list of them, or a number of pages"):
        contents_of(pages, "heap")


@pytest.mark.parametrize("pages", [-1, 10**9, 10**30])
def test_numbers_of_pages_that_cannot_be(pages: int) -> None:
    with pytest.raises(CowvizError, match=r"heap=.*: a whole number of pages, from 0 to 4,194,304"):
        contents_of(pages, "heap")
