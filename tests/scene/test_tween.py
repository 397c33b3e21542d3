"""The laws of the tween: its ends are the scenes themselves, what rests is shared, what moves is between."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cowviz.scene.easing import ease_in_out, linear
from cowviz.scene.shapes import Circle, Line, Rect, Scene, Shape, Text
from cowviz.scene.tween import INFLATION, alike, between

NUMBERS = st.integers(-50, 800).map(float)
COLOURS = st.sampled_from(["#000000", "#ffffff", "#c2185b"])
POINTS = st.lists(st.tuples(NUMBERS, NUMBERS), min_size=2, max_size=4).map(tuple)
SEEN = {"opacity": st.sampled_from([1.0, 0.5]), "pulse": st.booleans(), "origin": st.sampled_from([None, "a", "b"])}
SEEN |= {"transition": st.sampled_from(["move", "swap", "fade"]), "group": st.sampled_from(["", "g"])}
SHAPES: st.SearchStrategy[Shape] = st.one_of(
    st.builds(Rect, x=NUMBERS, y=NUMBERS, w=NUMBERS, h=NUMBERS, fill=st.none() | COLOURS, stroke=COLOURS, **SEEN),
    st.builds(Circle, x=NUMBERS, y=NUMBERS, r=NUMBERS, fill=st.none() | COLOURS, **SEEN),
    st.builds(Line, points=POINTS, stroke=COLOURS, width=NUMBERS, head=st.booleans(), **SEEN),
    st.builds(Text, x=NUMBERS, y=NUMBERS, text=st.sampled_from(["r--", "rw-"]), size=NUMBERS, fill=COLOURS, **SEEN),
)
SCENES = st.builds(Scene, st.dictionaries(st.sampled_from("abcdef"), SHAPES), COLOURS)
INSIDE = st.floats(0.01, 0.99)


def square(x: float, **more: Any) -> Rect:
    return replace(Rect(x=x, y=0, w=10, h=10, fill="#000000"), **more)


def scene(**shapes: Shape) -> Scene:
    return Scene(shapes, "#ffffff")


@given(SCENES, SCENES)
def test_the_ends_are_the_scenes_themselves(before: Scene, after: Scene) -> None:
    assert between(before, after, 0) is before
    assert between(before, after, 1) is after


@given(SCENES, SCENES, INSIDE)
def test_only_known_shapes_are_shown_and_none_brighter_than_it_was(before: Scene, after: Scene, t: float) -> None:
    for name, shape in between(before, after, t).shapes.items():
        known = [s.shapes[name] for s in (before, after) if name in s.shapes]
        if (origin := known[-1].origin) in before.shapes:
            known.append(before.shapes[origin])  # type: ignore[index]
        assert 0 < shape.opacity <= max(s.opacity for s in known) + 1e-9


@given(SCENES, INSIDE)
def test_what_does_not_change_is_the_same_object(one: Scene, t: float) -> None:
    mixed = between(one, one, t)
    assert list(mixed.shapes) == list(one.shapes)
    assert all(mixed.shapes[name] is shape for name, shape in one.shapes.items())


@given(NUMBERS, NUMBERS, INSIDE)
def test_numbers_lie_between(x0: float, x1: float, t: float) -> None:
    shape = between(scene(a=square(x0)), scene(a=square(x1)), t).shapes["a"]
    assert isinstance(shape, Rect)
    assert min(x0, x1) - 1e-6 <= shape.x <= max(x0, x1) + 1e-6
    assert (shape.y, shape.w) == (0, 10)


@given(SCENES, SCENES, INSIDE)
def test_those_that_stay_keep_the_order_of_the_scene_to_come(before: Scene, after: Scene, t: float) -> None:
    staying = [name for name in after.shapes if name in before.shapes]
    shown = between(before, after, t).shapes
    assert [n for n in shown if n in staying] == [n for n in staying if n in shown]


def test_colours_and_points_are_mixed() -> None:
    old = Line(points=((0, 0), (10, 0)), stroke="#000000", width=2)
    new = Line(points=((0, 0), (10, 20)), stroke="#ffffff", width=4, dash=(6, 4))
    early, late = (between(scene(a=old), scene(a=new), t).shapes["a"] for t in (0.25, 0.5))
    assert early == Line(points=((0, 0), (10, 5)), stroke="#404040", width=2.5)
    assert late == Line(points=((0, 0), (10, 10)), stroke="#808080", width=3, dash=(6, 4))


def test_a_straight_line_bends_into_an_elbow() -> None:
    old = Line(points=((0, 0), (10, 0)), stroke="#000000", width=2)
    new = replace(old, points=((0, 0), (5, 8), (10, 0)))
    bent = between(scene(a=old), scene(a=new), 0.5).shapes["a"]
    assert isinstance(bent, Line)
    assert bent.points == ((0, 0), (5, 4), (10, 0))


def test_words_take_the_place_of_others_at_once_and_there_are_always_some() -> None:
    old = Text(x=0, y=9, text="r--", size=20, fill="#000000")
    new = replace(old, text="rw-")
    early, late = (between(scene(a=old), scene(a=new), t).shapes["a"] for t in (0.49, 0.51))
    assert (early, late) == (old, new)


def test_the_lines_of_a_caption_change_together() -> None:
    words = ("one", "two", "next")
    lines = [Text(x=0, y=9, text=text, size=20, fill="#000000", transition="swap") for text in words]
    before, after = scene(a=lines[0], b=lines[1]), scene(a=lines[2])
    assert between(before, after, 0.49).shapes == before.shapes
    assert between(before, after, 0.51).shapes == after.shapes
    assert between(after, before, 0.51).shapes == before.shapes


def test_a_box_stands_until_another_covers_it() -> None:
    empty, full = square(0, fill="#ffffff", dash=(6, 5)), square(0)
    mixed = between(scene(empty=empty), scene(full=full), 0.75).shapes
    assert list(mixed.items()) == [("empty", empty), ("full", replace(full, opacity=0.5))]


def test_leaving_shapes_keep_their_place_while_they_fade() -> None:
    before, after = scene(a=square(0), gone=square(1), z=square(2)), scene(a=square(0), new=square(3), z=square(2))
    assert list(between(before, after, 0.25).shapes) == ["a", "gone", "z"]
    assert list(between(before, after, 0.75).shapes) == ["a", "new", "z"]


def test_a_shape_with_an_origin_travels_from_it_on_top() -> None:
    before = scene(a=square(0), z=square(50))
    after = scene(copy=square(100, origin="a"), a=square(0), z=square(50))
    mixed = between(before, after, 0.5)
    assert list(mixed.shapes) == ["a", "z", "copy"]
    assert alike(mixed.shapes["copy"], square(50))


def test_words_stand_on_their_chip_until_they_change() -> None:
    chip = square(0, group="a", transition="swap")
    short = Text(x=0, y=9, text="r--", size=20, fill="#ffffff", group="a")
    full = replace(short, text="rw-", fill="#000000")
    mixed = between(Scene({"a/chip": chip, "a/pte": short}, "#ffffff"), Scene({"a/pte": full}, "#ffffff"), 0.25).shapes
    assert mixed == {"a/chip": chip, "a/pte": short}
    mixed = between(Scene({"a/chip": chip, "a/pte": short}, "#ffffff"), Scene({"a/pte": full}, "#ffffff"), 0.5).shapes
    assert mixed == {"a/pte": full}
    mixed = between(Scene({"a/pte": full}, "#ffffff"), Scene({"a/chip": chip, "a/pte": short}, "#ffffff"), 0.5).shapes
    assert mixed == {"a/chip": chip, "a/pte": short}


def test_words_and_the_mark_of_the_current_line_change_colour_at_once() -> None:
    """Half way from the ground's colour to the mark's, on half the mark, they could not be read."""
    line = Text(x=0, y=9, text="x = 1;", size=20, fill="#000000")
    before = scene(bar=square(0, transition="swap"), line=line)
    after = scene(bar=square(100, transition="swap"), line=replace(line, fill="#ffffff"))
    for moment, expected in ((0.49, before), (0.5, after)):
        assert dict(between(before, after, moment).shapes) == dict(expected.shapes)


def test_what_swaps_fades_where_its_whole_group_does() -> None:
    chip, box = square(0, group="a", transition="swap"), square(0, group="a")
    mixed = between(scene(), scene(box=box, chip=chip), 0.75).shapes
    assert mixed == {"box": replace(box, opacity=0.5), "chip": replace(chip, opacity=0.5)}


def test_what_fades_lets_the_other_go_before_it_comes() -> None:
    old, new = square(0), square(100, transition="fade")
    assert between(scene(a=old), scene(a=new), 0.25).shapes == {"a": replace(old, opacity=0.5)}
    assert not between(scene(a=old), scene(a=new), 0.5).shapes
    assert between(scene(a=old), scene(a=new), 0.75).shapes == {"a": replace(new, opacity=0.5)}


def test_what_is_written_on_a_box_travels_with_it_and_appears_on_the_way() -> None:
    words = Text(x=105, y=9, text="Frame D", size=20, fill="#000000", group="b")
    after = Scene({"a": square(0), "b/box": square(100, origin="a", group="b"), "b/name": words}, "#ffffff")
    early, late = (between(scene(a=square(0)), after, t).shapes for t in (0.25, 0.75))
    assert list(early) == ["a", "b/box"]
    assert late["b/name"] == replace(words, x=80, opacity=0.5)


def test_words_travel_from_the_middle_of_a_frame() -> None:
    words = Text(x=200, y=50, text="x = 1", size=20, fill="#000000", anchor="middle", origin="a")
    early = between(scene(a=square(0)), scene(a=square(0), words=words), 0.001).shapes["words"]
    assert isinstance(early, Text)
    assert early.x == pytest.approx(5, abs=0.5)


def test_words_travel_from_words_by_where_they_are_anchored() -> None:
    old = Text(x=10, y=50, text="x = 1", size=20, fill="#000000")
    new = Text(x=90, y=90, text="x = 42 now", size=20, fill="#000000", bold=True, origin="a")
    early = between(scene(a=old), scene(a=old, b=new), 0.25).shapes["b"]
    assert early == replace(new, x=30, y=60, opacity=0.5)


def test_a_pulse_lands_from_a_larger_size() -> None:
    early = between(scene(), scene(a=square(0, w=100, h=100, pulse=True)), 0.5).shapes["a"]
    assert isinstance(early, Rect)
    assert (early.x, early.w, early.opacity) == (-INFLATION / 4, 100 + INFLATION / 2, 1)


def test_a_tag_that_lands_always_holds_its_words() -> None:
    box = Rect(x=0, y=0, w=100, h=36, fill="#000000", pulse=True)
    words = Text(x=50, y=26, text="write fault", size=20, fill="#ffffff", anchor="middle", pulse=True)
    early = between(scene(), scene(box=box, words=words), 0.375).shapes
    assert early["words"] == replace(words, opacity=0.5)
    assert early["box"].opacity == 0.5


def test_one_tag_is_gone_before_the_next_lands() -> None:
    before, after = scene(old=square(0, pulse=True)), scene(new=square(5, pulse=True))
    assert [list(between(before, after, t).shapes) for t in (0.2, 0.25, 0.3)] == [["old"], [], ["new"]]


def test_what_is_not_seen_makes_no_motion() -> None:
    flagged = square(0, pulse=True, origin="b", role="page")
    assert alike(square(0), flagged)
    assert between(scene(a=square(0)), scene(a=flagged), 0.5).shapes["a"] is flagged


def test_easing_keeps_its_ends_and_never_turns_back() -> None:
    for ease in (linear, ease_in_out):
        values = [ease(i / 20) for i in range(21)]
        assert (values[0], values[-1]) == (0, 1)
        assert values == sorted(values)
