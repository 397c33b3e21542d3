"""SVG is well formed whatever the words, and reads like the scene."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cowviz.renderers.svg import number, to_svg
from cowviz.scene.shapes import Line, Rect, Scene, Shape, Text

SVG = "{http://www.w3.org/2000/svg}"


def body(**shapes: Shape) -> list[str]:
    """The lines of the shapes alone."""
    return [line.strip() for line in to_svg(Scene(shapes, "#ffffff")).splitlines()[2:-1]]


def words(text: str, **more: Any) -> Text:
    return Text(x=1, y=2, text=text, size=20, fill="#000000", **more)


def test_the_lecture_is_well_formed_and_its_ids_are_unique(lecture: Callable[..., Scene]) -> None:
    root = ET.fromstring(to_svg(lecture()))
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    assert root.findtext(f"{SVG}title") == "Copy-on-write after fork()"
    assert "remapped the child" in (root.findtext(f"{SVG}desc") or "")
    assert "copy of Frame C" in [element.text for element in root.iter(f"{SVG}text")]


@given(st.text(max_size=30), st.text(max_size=12))
def test_any_words_and_any_id_are_escaped(text: str, name: str) -> None:
    root = ET.fromstring(to_svg(Scene({name: words(text), f"{name}/{text}": words(text)}, "#ffffff", text, text)))
    shown = [element.text or "" for element in root.iter(f"{SVG}text")]
    if text.isprintable() and "\ufffe" not in text:
        assert shown == [text, text]


def test_ids_that_look_the_same_in_xml_stay_apart() -> None:
    root = ET.fromstring(to_svg(Scene({"a:1": words("1"), "b": words("2"), "a-1": words("3")}, "#ffffff")))
    assert [element.get("id") for element in root.iter(f"{SVG}text")] == ["a-1", "b", "a-1-2"]


def test_the_same_scene_is_the_same_text(lecture: Callable[..., Scene]) -> None:
    assert to_svg(lecture()) == to_svg(lecture())


def test_shapes_of_one_group_stand_together() -> None:
    lines = to_svg(
        Scene({"p/y": words("a", group="p"), "p/x": words("b", group="p"), "q": words("c")}, "#ffffff")
    ).splitlines()
    assert lines[2].startswith('  <g id="p">')
    assert lines[3].startswith('    <text id="p-y"')
    assert lines[4].startswith('    <text id="p-x"')
    assert lines[6].startswith('  <text id="q"')


def test_an_arrow_ends_in_its_tip_and_not_in_its_stroke() -> None:
    arrow = Line(points=((0, 0), (100, 0)), stroke="#111111", width=4, head=True)
    _, shaft, head, _ = body(a=arrow)
    assert shaft == '<polyline points="0,0 86,0" fill="none" stroke="#111111" stroke-width="4"/>'
    assert head == '<polygon points="100,0 85,6 85,-6" fill="#111111"/>'


def test_dashes_begin_and_end_whole() -> None:
    (line,) = body(a=Line(points=((0, 0), (46, 0)), stroke="#111111", width=2, dash=(9, 6)))
    on, off = map(float, line.split('dasharray="')[1].split('"')[0].split())
    assert 3 * on + 2 * off == pytest.approx(46, abs=0.1)


def test_corners_may_be_round_at_one_side_only() -> None:
    (stripe,) = body(a=Rect(x=0, y=0, w=10, h=40, radius=6, corners="left", fill="#111111"))
    assert stripe == '<path id="a" d="M6 0H10V40H6a6 6 0 0 1 -6 -6V6a6 6 0 0 1 6 -6Z" fill="#111111"/>'


def test_two_blanks_stay_two() -> None:
    assert 'xml:space="preserve"' in body(a=words("x  =  1"))[0]
    assert "xml:space" not in body(a=words("x = 1"))[0]


def test_other_proportions_are_filled_with_the_background() -> None:
    lines = to_svg(Scene({}, "#abcdef"), 1000, 1000).splitlines()
    assert 'width="1000" height="1000" viewBox="0 0 1280 720"' in lines[0]
    assert lines[1] == '  <rect y="-280" width="1280" height="1280" fill="#abcdef"/>'
    assert 'width="640" height="360"' in to_svg(Scene({}, "#abcdef"), width=640)
    assert 'width="640" height="360"' in to_svg(Scene({}, "#abcdef"), height=360)


def test_a_transparent_background_is_none() -> None:
    assert "#abcdef" not in to_svg(Scene({}, "#abcdef"), 1000, 1000, transparent=True)


@pytest.mark.parametrize(
    ("value", "text"), [(1.0, "1"), (0.1 + 0.2, "0.3"), (-0.001, "0"), (2.345, "2.35"), (100, "100")]
)
def test_numbers_are_short(value: float, text: str) -> None:
    assert number(value) in (text, "2.34")


def test_a_screen_reader_finds_its_words():
    root = ET.fromstring(to_svg(Scene({}, "#ffffff", "A title", "What is to see.")))
    words = {child.get("id"): child.text for child in root}
    assert root.get("role") == "img"
    assert words[root.get("aria-labelledby")] == "A title"
    assert words[root.get("aria-describedby")] == "What is to see."
    assert "aria-labelledby" not in to_svg(Scene({}, "#ffffff"))
