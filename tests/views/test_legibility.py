"""The checks find what they are for: each picture here is spoilt in one way."""

from __future__ import annotations

from dataclasses import replace

import pytest
from legibility import Things, contrast, jumps, layout_findings, misused_accent, pale, shortened, untrue
from lessons import scenes, theme, trace

from cowviz.scene.shapes import Rect

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
    ("name", "change", "finding"),
    [
        ("process:2/panel", {"x": 900}, "process:2/panel sticks out of the canvas"),
        ("caption:0", {"text": "word " * 20}, "caption:0 sticks out of the canvas"),
        ("page:1:800/name", {"text": "a name that is too long"}, "sticks out over page:1:800/"),
        ("page:1:800/name", {"y": 60}, "title ('Copy-on-write after fork()') and page:1:800/name"),
        ("page:1:800/name", {"size": 20}, "is 20.00 px high, not 26.67"),
        ("legend/frames", {"size": 21}, "is 21.00 px high, not 21.33"),
        ("caption:0", {"size": 30}, "is 30.00 px high, not 32.00"),
        ("frame:2/content", {"text": "\u4e2d"}, "characters that the font cannot show"),
        ("pte:2:800", {"points": ((888, 300), (600, 480))}, "pte:2:800 runs through frame:"),
        ("pte:1:400", {"points": ((200, 180), (523, 180))}, "lies under pte:1:400"),
        ("frame:2/box", {"h": 20}, "sticks out over frame:2/box"),
    ],
)
def test_a_spoilt_layout_is_found(name, change, finding):
    findings = layout_findings(spoilt(name, **change))
    assert any(finding in found for found in findings), findings


def test_a_tag_over_a_text_is_found():
    tag = next(name for name, shape in SCENE.shapes.items() if shape.role == "tag" and isinstance(shape, Rect))
    assert any("lies over" in found for found in layout_findings(spoilt(tag, y=SCENE.shapes["frame:2/name"].y - 20)))


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


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("caption:0", {"fill": "#888888"}),
        ("page:1:400/name", {"fill": theme("light").tint(".text", "r-x").fill}),
        ("pte:1:400", {"stroke": "#bbbbbb"}),
        ("page:1:400/box", {"stroke": "#dddddd"}),
        ("page:1:400/stripe", {"fill": "#dddddd"}),
    ],
)
def test_what_is_pale_is_found(name, change):
    assert any(found.startswith(f"{name}:") for found in pale(spoilt(name, **change)))


def test_a_misused_accent_is_found():
    assert list(misused_accent(SCENE, theme("light"))) == []
    assert list(misused_accent(spoilt("title", fill=theme("light").accent), theme("light"))) != []


def test_an_ellipsis_is_found():
    assert list(shortened(spoilt("title", text="Copy…"))) != []


@pytest.mark.parametrize(
    ("one", "other", "ratio"), [("#000000", "#ffffff", 21), ("#777777", "#ffffff", 4.48), ("#123456", "#123456", 1)]
)
def test_contrast_is_wcags(one, other, ratio):
    assert contrast(one, other) == contrast(other, one) == pytest.approx(ratio, abs=0.01)
