"""Ids say nothing: with other ids everything that reads a picture says the same of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache

import pytest

import cowviz
from cowviz.diagram.frame_order import crossings, links
from cowviz.legibility.figure import Figure
from cowviz.renderers._connectors import glued
from cowviz.renderers.alt_text import arrow_text, group_text
from cowviz.scene.shapes import Line, Scene, Shape
from cowviz.scene.tween import between

LESSONS = ["fork_cow", "swap", "three_generations", "demand_paging_vs_cow"]


@cache
def movie(name: str) -> cowviz.Movie:
    return cowviz.load(name)


def renamed(scenes: Sequence[Sequence[Scene]]) -> list[list[Scene]]:
    """The same pictures, whose ids are numbers: the same id is the same thing still."""
    numbers: dict[str, str] = {}

    def number(name: str) -> str:
        return numbers.setdefault(name, f"x{len(numbers)}")

    def shape(shape: Shape) -> Shape:
        return replace(shape, origin=number(shape.origin) if shape.origin else None)

    return [
        [replace(s, shapes={number(n): shape(one) for n, one in s.shapes.items()}) for s in step] for step in scenes
    ]


def pairs(name: str) -> tuple[list[list[Scene]], list[list[Scene]]]:
    # Names of lint's findings are ids, and so is nothing else; before and after, and lanes, have ids of their own.
    scenes = movie(name).scenes()
    return scenes, renamed(scenes)


def without_ids(scene: Scene) -> list[Shape]:
    return [replace(shape, origin=None) for shape in scene.shapes.values()]


@pytest.mark.parametrize("name", LESSONS)
def test_the_tween(name: str) -> None:
    one, other = ([scene for step in scenes for scene in step] for scenes in pairs(name))
    for i in range(1, len(one)):
        for t in (0.2, 0.5, 0.8):
            mine, its = between(one[i - 1], one[i], t), between(other[i - 1], other[i], t)
            assert without_ids(mine) == without_ids(its)


@pytest.mark.parametrize("name", LESSONS)
def test_the_lint(name: str) -> None:
    def findings(spoil: Callable[[Scene], Scene]) -> list[list[tuple[object, ...]]]:
        told = []
        for scenes in pairs(name):
            spoilt = [[spoil(scene) for scene in step] for step in scenes]
            found = Figure.of(movie(name).trace, spoilt, (1280, 720), 1.0).check()
            told.append([(one.step, one.rule, one.where, one.by) for one in found])
        return told  # type: ignore[return-value]

    mine, its = findings(lambda scene: scene)
    assert mine == its
    mine, its = findings(lambda scene: replace(scene, shapes=dict(_jumping(scene))))
    assert mine == its and mine


def _jumping(scene: Scene) -> list[tuple[str, Shape]]:
    """All arrows end short of their boxes, and one step's lie elsewhere than the next one's."""
    shift = len(scene.shapes) % 7

    def moved(shape: Shape) -> Shape:
        if not isinstance(shape, Line):
            return shape
        *points, (x, y) = shape.points
        return replace(shape, points=(*points, (x - 3, y + shift)))

    return [(name, moved(shape)) for name, shape in scene.shapes.items()]


@pytest.mark.parametrize("name", LESSONS)
def test_the_order_of_frames_and_the_alternate_texts(name: str) -> None:
    for mine, its in zip(*pairs(name), strict=True):
        one, other = mine[-1], its[-1]
        assert links(one) == links(other) and crossings(one) == crossings(other)
        assert [group_text(one, [n]) for n in one.shapes] == [group_text(other, [n]) for n in other.shapes]
        said = [
            [
                arrow_text(scene, line, ends)
                for name, ends in glued(scene).items()
                if isinstance(line := scene.shapes[name], Line)
            ]
            for scene in (one, other)
        ]
        assert said[0] == said[1]
        assert any(said[0]) or not links(one)
