"""Each rule finds the picture that is made to break it, and nothing in the one that is not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cowviz.legibility.rule import Look, rules
from cowviz.memory.events import PageMapped, ProcessStarted
from cowviz.movie import load
from cowviz.scene.shapes import Circle, Line, Rect, Text
from cowviz.scene.tween import between

MOVIE = load("fork_cow")
STEP = 7  # the child's page is remapped
SCENE = MOVIE.picture(STEP)
BEFORE = MOVIE.picture(2)
TAG = next(name for name, shape in SCENE.shapes.items() if shape.role == "tag" and isinstance(shape, Rect))
MAPPED = SCENE.shapes["page:1:400/box"]


def changed(name, **change):
    return Look(replace(SCENE, shapes={**SCENE.shapes, name: replace(SCENE.shapes[name], **change)}), STEP)


def added(**shapes):
    return Look(replace(SCENE, shapes={**SCENE.shapes, **shapes}), STEP)


def line(*points, **style):
    return Line(**{"points": points, "stroke": "#222831", "width": 3, "head": True, "role": "arrow", **style})


def moved(name, events=(), **change):
    """The middle of a motion to a picture that differs in one shape."""
    after = changed(name, **change).scene
    return Look(between(SCENE, after, 0.5), STEP, before=SCENE, after=after, events=events)


def dots(**style):
    """Two dots that mean different things."""
    return added(
        one=Circle(x=600, y=70, r=8, fill="#d00000", stroke="#d00000", role="state"),
        other=Circle(**{"x": 640, "y": 70, "r": 8, "fill": "#00a000", "stroke": "#00a000", "role": "state", **style}),
    )


X0, Y = MAPPED.x + MAPPED.w, MAPPED.y + MAPPED.h / 2  # where the arrow of the parent's .text leaves
X1 = SCENE.shapes["frame:0/box"].x

BROKEN = [
    ("overlapping_texts", changed("page:1:800/name", y=60, x=60), "page:1:800/name"),
    ("overlapping_texts", changed("page:1:800/pte", y=SCENE.shapes["page:1:800/vma"].y + 10), "page:1:800/pte"),
    ("cut_by_canvas", changed("process:2/panel", x=900), "process:2/panel"),
    ("cut_by_canvas", changed("caption:0", text="word " * 30), "caption:0"),
    ("cut_by_box", changed("page:1:800/name", text="a name that is too long for its bar"), "page:1:800/name"),
    ("cut_by_box", changed("frame:2/box", h=20), "frame:2/name"),
    ("hidden_texts", added(lid=Rect(x=40, y=20, w=80, h=50, fill="#ffffff")), "title"),
    ("hidden_texts", changed(TAG, y=SCENE.shapes["frame:2/name"].y - 20), "frame:2/name"),
    ("crossed_texts", changed("pte:1:400", points=((200, 175), (523, 175))), "page:1:400/vma"),
    ("crossed_texts", added(stroke=line((60, 40), (400, 40))), "title"),
    ("covering_tags", changed(TAG, y=SCENE.shapes["frame:3/box"].y - 8), "frame:3/box"),
    ("shortened_texts", changed("title", text="Copy-on-wr…"), "title"),
    ("empty_texts", changed("page:1:800/name", text=""), "page:1:800/name"),
    ("arrows_through_boxes", changed("pte:2:800", points=((872, 376), (450, 470))), "pte:2:800"),
    ("arrows_through_boxes", added(stray=line((90, 120), (90, 540))), "stray"),
    ("arrow_ends", changed("pte:1:400", points=((X0, Y), (X1 - 3, Y))), "pte:1:400"),
    ("arrow_ends", changed("pte:1:400", points=((X0, Y), (X1 - 12, Y))), "pte:1:400"),  # at the panel's edge
    ("arrow_ends", changed("pte:1:400", points=((X0, Y), (X1 + 3, Y))), "pte:1:400"),
    ("arrow_ends", changed("pte:1:400", points=((X0 + 3, Y), (X1, Y))), "pte:1:400"),
    ("small_type", changed("caption:0", size=31), "caption:0"),
    ("small_type", changed("page:1:800/name", size=26), "page:1:800/name"),
    ("small_type", changed("legend/frames", size=21), "legend/frames"),
    ("missing_letters", changed("frame:2/content", text="\u4e2d"), "frame:2/content"),
    ("pale_texts", changed("caption:0", fill="#888888"), "caption:0"),
    ("pale_texts", changed("page:1:400/name", fill=MAPPED.fill), "page:1:400/name"),
    ("pale_texts", changed("page:1:400/name", opacity=0.5), "page:1:400/name"),
    ("pale_texts", changed("page:1:400/box", fill="#0b62a4"), "page:1:400/name"),  # the ground, not the ink
    ("pale_lines", changed("pte:1:400", stroke="#bbbbbb"), "pte:1:400"),
    ("pale_lines", changed("page:1:400/box", stroke="#dddddd"), "page:1:400/box"),
    ("pale_lines", changed("page:1:400/stripe", fill="#dddddd"), "page:1:400/stripe"),
    ("pale_lines", changed("dot:9", stroke="#dddddd"), "dot:9"),
    ("hue_alone", changed("pte:2:800", width=3, dash=(9, 6)), "pte:1:400"),
    ("hue_alone", dots(), "one"),
    ("close_colours", changed("pte:2:800", stroke="#3b4350"), "pte:1:400"),
    ("close_colours", dots(fill=None), "one"),  # another form: red and green all the same
    ("unbidden_motion", moved("frame:0/box", x=540), "frame:0/box"),
    ("unbidden_motion", moved("title", x=44), "title"),
    ("unbidden_motion", moved("pte:1:400", points=((X0, Y), (X1, Y + 90))), "pte:1:400"),
    ("unbidden_motion", moved("pte:1:400", (ProcessStarted(2),), points=((X0, Y), (X1, Y + 90))), "pte:1:400"),
    ("long_captions", Look(SCENE, STEP, caption="word " * 10, hold=2), "caption:0"),
    ("long_captions", Look(SCENE, STEP, caption="word " * 41), "caption:0"),
]  # fmt: skip


def found(look, name):
    (judge,) = [judge for judge in rules() if judge.__name__ == name]
    return list(judge(look))


@pytest.mark.parametrize(("name", "look", "shape"), BROKEN, ids=[f"{n}-{s}" for n, _, s in BROKEN])
def test_what_breaks_a_rule_is_found(name, look, shape):
    flaws = found(look, name)
    assert any(shape in flaw.shapes for flaw in flaws), flaws
    assert all(flaw.what and flaw.by and len(flaw.where) == 4 for flaw in flaws)


def test_every_rule_is_broken_here():
    assert {name for name, _, _ in BROKEN} == {judge.__name__ for judge in rules()}


def test_nothing_is_found_where_all_is_well():
    look = Look(SCENE, STEP, caption="A caption of a few words.", hold=3)
    assert [flaw for judge in rules() for flaw in judge(look)] == []
    middle = Look(between(BEFORE, SCENE, 0.5), STEP, before=BEFORE, after=SCENE, events=MOVIE.steps[STEP - 1].events)
    assert found(middle, "pale_texts") == []


def test_what_happens_to_a_page_may_move_its_arrow():
    mapped = PageMapped(pid=1, vpn=0x400, pfn=1, old=0, kind=None)  # type: ignore[arg-type]
    assert found(moved("pte:1:400", (mapped,), points=((X0, Y), (X1, Y + 90))), "unbidden_motion") == []


def test_an_arrow_on_its_way_need_not_touch():
    look = moved("pte:1:400", points=((X0, Y), (X1, Y + 94)))
    assert found(look, "arrow_ends") == []


def test_what_fades_may_be_faint():
    after = changed("caption:0").scene
    paler = {**after.shapes, "ghost": Text(x=40, y=75, text="gone", size=22, fill="#000000", opacity=0.3)}
    fading = Look(replace(after, shapes=paler), STEP, before=replace(SCENE, shapes=paler), after=after)
    assert found(fading, "pale_texts") == []
    assert found(Look(replace(after, shapes=paler), STEP), "pale_texts") != []


def test_broader_darker_or_worded_marks_are_told_apart():
    assert found(dots(r=14, fill="#ffd0d0", stroke="#ffd0d0"), "hue_alone") == []
    assert found(dots(r=14, fill="#ffd0d0", stroke="#ffd0d0"), "close_colours") == []
    worded = {}
    for colour in ("#d00000", "#00a000"):
        worded[f"{colour}/mark"] = Rect(x=600, y=70, w=9, h=9, fill=colour, role="state", group=colour)
        worded[f"{colour}/word"] = Text(x=600, y=70, text=colour, size=22, fill=colour, group=colour)  # type: ignore[assignment]
    assert found(added(**worded), "hue_alone") == []


def test_type_is_measured_on_the_slide():
    half = replace(Look(SCENE), points=0.75 * 0.75)
    assert {flaw.shapes[0] for flaw in found(half, "small_type")} >= {"title", "caption:0", "frame:2/content"}
