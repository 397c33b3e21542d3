"""The laws of the tween: its ends are the scenes themselves, what rests is shared, what moves is between."""

from __future__ import annotations

from dataclasses import replace

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
SHAPES: st.SearchStrategy[Shape] = st.one_of(
    st.builds(Rect, x=NUMBERS, y=NUMBERS, w=NUMBERS, h=NUMBERS, fill=st.none() | COLOURS, stroke=COLOURS, **SEEN),
    st.builds(Circle, x=NUMBERS, y=NUMBERS, r=NUMBERS, fill=st.none() | COLOURS, **SEEN),
    st.builds(Line, points=POINTS, stroke=COLOURS, width=NUMBERS, head=st.booleans(), **SEEN),
    st.builds(Text, x=NUMBERS, y=NUMBERS, text=st.sampled_from(["r--", "rw-"]), size=NUMBERS, fill=COLOURS, **SEEN),
)
SCENES = st.builds(Scene, st.dictionaries(st.sampled_from("abcdef"), SHAPES), COLOURS)
INSIDE = st.floats(0.01, 0.99)


def square(x: float, **more: object) -> Rect:
    return replace(Rect(x=x, y=0, w=10, h=10, fill="#000000"), **more)  # type: ignore[arg-type]


def scene(**shapes: Shape) -> Scene:
    return Scene(shapes, "#ffffff")


@given(SCENES, SCENES)
def test_the_ends_are_the_scenes_themselves(before: Scene, after: Scene) -> None:
    assert between(before, after, 0) is before
    assert between(before, after, 1) is after


@given(SCENES, SCENES, INSIDE)
def test_only_known_shapes_are_shown_and_none_brighter_than_it_was(before: Scene, after: Scene, t: float) -> None:
    for name, shape in between(before, after, t).shapes.items():
        known = [s.shapes[key] for s in (before, after) for key in (name.removesuffix("~old"),) if key in s.shapes]
        if (origin := known[-1].origin) in before.shapes:
            known.append(before.shapes[origin])
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


def test_words_give_way_to_other_words() -> None:
    old = Text(x=0, y=9, text="r--", size=20, fill="#000000")
    new = replace(old, text="rw-")
    early, late = (between(scene(a=old), scene(a=new), t).shapes for t in (0.25, 0.75))
    assert early == {"a~old": replace(old, opacity=0.5)}
    assert late == {"a": replace(new, opacity=0.5)}


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


def test_words_travel_from_the_middle_of_a_frame() -> None:
    words = Text(x=200, y=50, text="x = 1", size=20, fill="#000000", anchor="middle", origin="a")
    early = between(scene(a=square(0)), scene(a=square(0), words=words), 0.001).shapes["words"]
    assert isinstance(early, Text)
    assert early.x == pytest.approx(5, abs=0.5)


def test_words_travel_from_words_by_where_they_are_anchored() -> None:
    old = Text(x=10, y=50, text="x = 1", size=20, fill="#000000")
    new = Text(x=90, y=90, text="x = 42 now", size=20, fill="#000000", bold=True, origin="a")
    early = between(scene(a=old), scene(a=old, b=new), 0.25).shapes["b"]
    assert early == replace(new, x=30, y=60)


def test_a_pulse_lands_from_a_larger_size() -> None:
    early = between(scene(), scene(a=square(0, pulse=True)), 0.5).shapes["a"]
    assert isinstance(early, Rect)
    assert (early.x, early.w, early.opacity) == (-INFLATION / 2, 10 + INFLATION, 1)


def test_what_is_not_seen_makes_no_motion() -> None:
    flagged = square(0, pulse=True, origin="b", role="page")
    assert alike(square(0), flagged)
    assert between(scene(a=square(0)), scene(a=flagged), 0.5).shapes["a"] is flagged


def test_easing_keeps_its_ends_and_never_turns_back() -> None:
    for ease in (linear, ease_in_out):
        values = [ease(i / 20) for i in range(21)]
        assert (values[0], values[-1]) == (0, 1)
        assert values == sorted(values)
