"""The legend: in one row with the counter where that fits, else its last entry below the others."""

from __future__ import annotations

import pytest

from cowviz import plugins
from cowviz.diagram.legend import Legend
from cowviz.movie import load
from cowviz.scene.builder import SceneBuilder
from cowviz.scene.shapes import Line, Text
from cowviz.scene.typeface import DEJAVU
from cowviz.views import columns

THEME = plugins.find("themes", "light").THEME


def words(trace, width):
    legend, builder = Legend(trace, [columns.LEGEND], 700, DEJAVU, width), SceneBuilder(THEME, width)
    legend.draw(builder, trace.steps[-3].machine)
    return legend, builder.shapes


@pytest.mark.parametrize("width", [1280, 960])
@pytest.mark.parametrize("name", ["fork_cow", "fork_faults", "fork_heap_real"])
def test_bundled_lessons_take_one_row(name, width):
    legend, shapes = words(load(name).trace, width)
    assert [entry.meaning for entry, _, _ in legend.places] == ["writable PTE", "read-only PTE", "copy-on-write"]
    assert legend.height == 0
    assert {y for _, _, y in legend.places} == {700}
    assert {shape.y for shape in shapes.values() if isinstance(shape, Text)} == {700}


def test_samples_are_as_long_as_there_is_room_for():
    trace = load("fork_faults").trace
    lines = [
        [s.points[1][0] - s.points[0][0] for s in words(trace, width)[1].values() if isinstance(s, Line)]
        for width in (1280, 960)
    ]
    assert set(lines[0]) == {48} and set(lines[1]) == {38}


def test_longer_words_take_two_rows():
    legend, shapes = words(load("fork_faults").trace, 800)
    assert legend.height == 32
    assert [y for _, _, y in legend.places] == [668, 668, 700]
    assert shapes["legend/frames"].y == 700
