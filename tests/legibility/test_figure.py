"""A movie is looked at whole: each picture, each motion; and the bundled ones have nothing to be found."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest
from sample import ALL

from cowviz import plugins
from cowviz.diagram.things import FrameRange
from cowviz.language import speaking
from cowviz.legibility.figure import Figure, check, crossed
from cowviz.legibility.marked import marked
from cowviz.movie import load
from cowviz.scene.shapes import Circle, Line, Rect, Scene, Text
from cowviz.story.loader import scenarios

MOVIE = load("fork_cow")


def figure(**options):
    return Figure.of(MOVIE.trace, MOVIE.scenes(), **{"size": (1280, 720), "speed": 1.0, **options})


def test_every_picture_and_every_motion_is_looked_at():
    looks = list(figure().looks())
    pictures = [scene for step in MOVIE.scenes() for scene in step]
    assert [look.scene for look in looks if not look.moving] == pictures
    assert sum(look.moving for look in looks) == len(pictures) - 1
    assert all(look.before is not look.after for look in looks if look.moving)
    assert sum(look.hold is not None for look in looks) == len(MOVIE.steps)


@pytest.mark.parametrize(
    ("size", "points"), [((1280, 720), 0.75), ((2560, 1440), 0.75), ((960, 720), 0.5625), ((1280, 960), 0.5625)]
)
def test_points_are_those_of_a_slide_that_is_seven_and_a_half_inches_high(size, points):
    look = next(figure(size=size).looks())
    assert look.points == pytest.approx(points)


def scene(**shapes):
    return Scene(shapes, "#ffffff")


def text(word, **where):
    return Text(**{"x": 100, "y": 100, "text": word, "size": 22, "fill": "#000000", **where})


def findings(*scenes):
    return check(Figure([[one] for one in scenes], [()] * len(scenes), [""] * len(scenes)))


def test_what_is_only_seen_in_motion_is_found():
    """Two words that change places meet half way."""
    before = scene(a=text("one"), b=text("two", y=300))
    after = scene(a=text("one", y=300), b=text("two"))
    found = [finding for finding in findings(before, after) if finding.rule == "overlapping_texts"]
    assert [(finding.step, finding.moving, finding.shapes) for finding in found] == [(2, True, ("a", "b"))]
    assert found[0].line().startswith('step 2, in motion: text "one" overlaps "two", at 100, ')


def test_what_stays_is_told_once_a_step():
    wrong = scene(a=text("one"), b=text("two"))
    moving = scene(a=text("one"), b=text("two"), c=Circle(x=9, y=9, r=3, fill="#000000"))
    found = [finding for finding in findings(wrong, moving) if finding.rule == "overlapping_texts"]
    assert [(finding.step, finding.moving) for finding in found] == [(1, False), (2, False)]


def test_a_finding_is_plain_for_programs():
    (finding,) = [one for one in findings(scene(a=text("one"), b=text("two"))) if one.rule == "overlapping_texts"]
    plain = finding.plain()
    assert plain["where"].keys() == {"x", "y", "w", "h"} and plain["by"].endswith(" px")
    assert (plain["step"], plain["picture"], plain["moving"], plain["shapes"]) == (1, 0, False, ("a", "b"))


def test_crossings_are_compared_with_the_best_order():
    def arrow(row, end):
        points = ((300.0, 80.0 * row + 30), (500.0, 80.0 * end + 30))
        return Line(points=points, stroke="#000000", width=3, head=True, role="arrow")

    frames = {
        f"frame:{i}/box": Rect(x=500, y=80 * i, w=200, h=60, role="box", of=FrameRange(i), group=f"frame:{i}")
        for i in range(2)
    }
    twice = [[scene(**frames, a=arrow(0, 1), b=arrow(1, 0))]] * 2
    assert crossed(twice) == (2, 0)
    both = [[scene(**frames, a=arrow(0, 1), b=arrow(1, 0))], [scene(**frames, a=arrow(0, 0), b=arrow(1, 1))]]
    assert crossed(both) == (1, 1)


def test_marks_are_put_on_the_picture_and_words_below():
    wrong = scene(a=text("one"), b=text("two"))
    found = findings(wrong)
    picture = marked(wrong, found)
    words = [shape.text for shape in picture.shapes.values() if isinstance(shape, Text)]
    assert [str(n) for n in range(1, len(found) + 1)] == [word for word in words if word.isdigit()]
    assert any(word.startswith('1  overlapping_texts: text "one" overlaps "two"') for word in words)
    assert picture.height > wrong.height
    assert [s for s in picture.shapes.values() if isinstance(s, Text) and s.y > picture.height] == []


NAMES = [found.name for found in scenarios()]
KINDS = list(product([(1280, 720), (960, 720)], ["en", "ro"]))
# Each scenario in one kind of picture after the other; in all of them at night, as `make check-figures` does.
BUNDLED = [(name, *kind) for n, name in enumerate(NAMES) for k, kind in enumerate(KINDS) if ALL or (n + k) % 3 == 0]


@pytest.mark.parametrize(("name", "size", "lang"), BUNDLED)
def test_nothing_is_found_in_what_comes_with_cowviz(name, size, lang):
    movie = load(name, lang=lang)
    themes = plugins.names("themes")
    for view in plugins.names("views"):
        for theme in themes:
            judged = Figure.of(movie.trace, movie.scenes(theme, view, size=size), size, 1.0)
            with speaking(movie.trace.lang):
                found = check(judged, layout=theme == themes[0])
            assert [(theme, finding.line()) for finding in found] == []


def test_a_movie_is_checked_in_a_word():
    assert MOVIE.check(theme="dark") == []
    assert {finding.rule for finding in MOVIE.check(speed=2)} == {"long_captions"}


def test_a_broken_theme_is_found_and_layout_is_not_asked_again():
    theme = plugins.find("themes", "light").THEME
    pale = replace(theme, line="#c0c0c0")
    judged = Figure.of(MOVIE.trace, MOVIE.scenes(pale), (1280, 720), 2.0)
    assert {finding.rule for finding in check(judged, layout=False)} == {"pale_lines"}
