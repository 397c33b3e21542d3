"""The checks find what they are for: each picture here is spoilt in one way."""

from __future__ import annotations

from dataclasses import replace

import pytest
from legibility import jumps, layout_findings, misused_accent
from lessons import scenes, theme, trace
from truth import Things, untrue

STEP = 7  # of fork_cow: the child's page is remapped
SCENE = scenes("fork_cow")[STEP - 1][-1]
MACHINE = trace("fork_cow").steps[STEP - 1].machine


def spoilt(name, **change):
    return replace(SCENE, shapes={**SCENE.shapes, name: replace(SCENE.shapes[name], **change)})


def without(name):
    return replace(SCENE, shapes={key: shape for key, shape in SCENE.shapes.items() if key != name})


def truth(scene):
    return untrue(scene, MACHINE, Things([(SCENE, MACHINE)]))


def test_the_picture_itself_is_fine():
    assert layout_findings(SCENE) + truth(SCENE) == []


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("process:2/counters", {"text": "faults 0 · copies 0"}),
        ("page:2:800/pte", {"text": "r--"}),
        ("page:2:800/vma", {"text": "r--"}),
        ("page:2:800/name", {"text": "stack"}),
        ("frame:2/count", {"text": "×2"}),
        ("frame:3/content", {"text": "x = 1"}),
        ("frame:3/name", {"text": "Frame E"}),
        ("pte:2:800", {"dash": (9.0, 6.0)}),
        ("pte:2:400", {"dash": ()}),
        ("pte:2:800", {"head": False}),
        ("pte:2:800", {"points": SCENE.shapes["pte:2:500"].points}),
    ],
)
def test_an_untruth_is_found(name, change):
    assert len(truth(spoilt(name, **change))) >= 1


@pytest.mark.parametrize(
    "name", ["pte:1:400", "page:1:400/box", "page:1:800/pte-chip", "frame:0/box", "process:1/name", "page:1:800/vma"]
)
def test_what_is_missing_is_found(name):
    assert truth(without(name)) != []


def test_what_is_too_much_is_found():
    more = {**SCENE.shapes, "page:2:800/pte-chip": SCENE.shapes["page:1:800/pte-chip"]}
    assert truth(replace(SCENE, shapes=more)) != []
    more = {**SCENE.shapes, "pte:2:900": SCENE.shapes["pte:2:800"]}
    assert truth(replace(SCENE, shapes=more)) != []


def test_a_jump_is_found():
    moved = spoilt("page:1:400/box", y=SCENE.shapes["page:1:400/box"].y + 1)
    assert jumps([(SCENE, MACHINE), (moved, MACHINE)]) != []
    moved = spoilt("page:1:400/name", x=SCENE.shapes["page:1:400/name"].x + 1)
    assert jumps([(SCENE, MACHINE), (moved, MACHINE)]) != []


def test_a_misused_accent_is_found():
    assert list(misused_accent(SCENE, theme("light"))) == []
    assert list(misused_accent(spoilt("title", fill=theme("light").accent), theme("light"))) != []
