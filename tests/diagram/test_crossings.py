"""Crossings are counted right, and the least is the least: against every order there is."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cowviz.diagram.frame_order import Link, cross, crossings, links, minimise_crossings
from cowviz.diagram.things import FrameRange
from cowviz.scene.shapes import Line, Rect, Scene

PITCH = 80


def picture(joins, order):
    """Frames in a column, an arrow for each (side, row, frame)."""
    shapes = {
        f"frame:{frame}/box": Rect(
            x=500, y=PITCH * i, w=200, h=60, role="box", of=FrameRange(frame), group=f"frame:{frame}"
        )
        for i, frame in enumerate(order)
    }
    for i, (side, row, frame) in enumerate(joins):
        end = 500 if side == "left" else 700
        points = ((300 if side == "left" else 900, PITCH * row + 30), (end, PITCH * order.index(frame) + 30))
        shapes[f"pte:{i}"] = Line(points=points, stroke="#000000", width=3, head=True, role="arrow")  # type: ignore[assignment]
    return Scene(shapes, "#ffffff")


@pytest.mark.parametrize(
    ("one", "other", "is_cross"),
    [
        (((0, 0), (10, 10)), ((0, 10), (10, 0)), True),
        (((0, 0), (10, 10)), ((0, 10), (4, 6)), False),
        (((0, 0), (10, 10)), ((0, 10), (10, 10)), False),  # they meet at their tips
        (((0, 0), (10, 10)), ((5, 5), (10, 0)), False),  # one begins on the other
        (((0, 0), (10, 0)), ((5, 0), (15, 0)), False),  # along each other
    ],
)
def test_two_strokes_cross_within_both_or_not_at_all(one, other, is_cross):
    assert cross(one, other) is cross(other, one) is is_cross


def test_arrows_of_one_side_are_counted():
    assert crossings(picture([("left", 0, 0), ("left", 1, 1)], [0, 1])) == 0
    assert crossings(picture([("left", 0, 1), ("left", 1, 0)], [0, 1])) == 1
    assert crossings(picture([("left", 0, 1), ("right", 1, 0)], [0, 1])) == 0
    assert crossings(picture([("left", 0, 2), ("left", 1, 1), ("left", 2, 0)], [0, 1, 2])) == 3


def test_an_elbow_that_crosses_twice_is_one_pair():
    elbow = Line(points=((0, 0), (10, 0), (10, 9), (0, 9)), stroke="#000000", width=3, role="arrow")
    upright = Line(points=((5, -5), (5, 20)), stroke="#000000", width=3, role="arrow")
    assert crossings(Scene({"a": elbow, "b": upright}, "#ffffff")) == 1


def test_links_are_read_off_the_picture():
    scene = picture([("left", 0, 1), ("right", 1, 0)], [0, 1])
    assert links(scene) == [Link((300, 500), 30, "frame:1"), Link((900, 700), 110, "frame:0")]


def test_the_order_stays_where_nothing_is_gained():
    assert minimise_crossings([[Link("left", 0, "a"), Link("left", 1, "b")]], ["a", "free", "b"]) == (
        0,
        ["a", "free", "b"],
    )
    assert minimise_crossings([[Link("left", 0, "b"), Link("left", 1, "a")]], ["a", "free", "b"]) == (
        0,
        ["b", "free", "a"],
    )
    assert minimise_crossings([], ["b", "a"]) == (0, ["b", "a"])


def test_too_many_frames_are_told():
    with pytest.raises(ValueError, match="14 frames"):
        minimise_crossings([], list(range(14)))


JOINS = st.lists(st.tuples(st.sampled_from(["left", "right"]), st.integers(0, 4), st.integers(0, 4)), max_size=7)


@given(st.lists(JOINS, min_size=1, max_size=3))
def test_it_is_the_least_of_all_orders(movie):
    total, order = minimise_crossings([[Link(*join) for join in joins] for joins in movie], list(range(5)))
    counted = {p: sum(crossings(picture(joins, list(p))) for joins in movie) for p in permutations(range(5))}
    assert counted[tuple(order)] == total == min(counted.values())
    if counted[tuple(range(5))] == total:
        assert order == list(range(5))
