"""What moves takes its time, what rests is one still, and a caption is held until it is read."""

from __future__ import annotations

from itertools import accumulate

import pytest

from cowviz.errors import CowvizError
from cowviz.scene.shapes import Circle, Rect, Scene, Text
from cowviz.scene.timeline import BEAT, LAST, Still, reading_time, timeline

CAPTION = "The child writes: the frame is copied, then its page is remapped."


def scene(x: float, words: str = "r--", dot: str = "#ffffff") -> Scene:
    shapes = {
        "box": Rect(x=x, y=0, w=10, h=10, fill="#000000"),
        "words": Text(x=0, y=60, text=words, size=20, fill="#000000"),
        "dot": Circle(x=9, y=9, r=4, fill=dot),
    }
    return Scene(shapes, "#ffffff")  # type: ignore[arg-type]


def test_the_first_still_is_the_poster_and_holds_are_single_stills() -> None:
    first, second = scene(0), scene(90)
    stills = timeline([[first], [second]], [CAPTION, "Done."])
    assert stills[0].scene is first
    assert stills[-1].scene is second
    assert len(stills) == 1 + 12 + 1
    assert [still.seconds for still in stills[1:-1]] == [0.05] * 12
    assert (stills[0].seconds, stills[-1].seconds) == (pytest.approx(1 + 0.25 * 12), 2.0 + LAST)  # type: ignore[comparison-overlap]


def test_a_motion_goes_one_way_and_shares_what_rests() -> None:
    first = scene(0)
    stills = timeline([[first], [Scene({**first.shapes, "box": Rect(x=90, y=0, w=9, h=9)}, "#ffffff")]], ["", ""])
    xs = [still.scene.shapes["box"].x for still in stills]
    assert xs == sorted(xs)
    assert len(set(xs)) == len(xs)
    assert all(still.scene.shapes["words"] is first.shapes["words"] for still in stills)


def test_key_scenes_within_a_step_are_beats() -> None:
    stills = timeline([[scene(0)], [scene(50), scene(90)]], ["", CAPTION])
    assert [still.seconds for still in stills if still.seconds != 0.05] == [2.0, BEAT, reading_time(CAPTION) + LAST]


def test_words_and_dots_alone_switch_quickly() -> None:
    stills = timeline([[scene(0)], [scene(0, "rw-", "#000000")]], ["", ""])
    assert len(stills) == 1 + 4 + 1


def test_what_does_not_differ_is_one_longer_still() -> None:
    stills = timeline([[scene(0)], [scene(0)]], ["", ""])
    assert [still.seconds for still in stills] == [2.0 + 2.0 + LAST]


def test_speed_divides_every_duration() -> None:
    steps, captions = [[scene(0)], [scene(50), scene(90)]], ["", CAPTION]
    slow, fast = (sum(still.seconds for still in timeline(steps, captions, speed=speed)) for speed in (1, 2))
    assert fast == pytest.approx(slow / 2, abs=0.02)


@pytest.mark.parametrize(("fps", "speed"), [(0, 1), (20, 0), (20, -1)])
def test_a_speed_that_is_not_positive_is_refused(fps: float, speed: float) -> None:
    with pytest.raises(CowvizError, match="more than 0"):
        timeline([[scene(0)]], [""], fps=fps, speed=speed)


def test_reduced_motion_cuts_at_the_moment_at_which_the_motion_would_end() -> None:
    steps, captions = [[scene(0)], [scene(50), scene(90)], [scene(90, "rw-")]], ["", CAPTION, ""]
    keys = [each for step in steps for each in step]

    def beginnings(stills: list[Still]) -> list[float]:
        """The moments from which each key scene stands."""
        starts = accumulate((still.seconds for still in stills), initial=0.0)
        return [start for still, start in zip(stills, starts, strict=False) if any(still.scene is key for key in keys)]

    moving, cutting = timeline(steps, captions), timeline(steps, captions, reduced_motion=True)
    assert [still.scene for still in cutting] == keys
    assert beginnings(cutting) == pytest.approx(beginnings(moving))
    total = sum(still.seconds for still in moving)
    assert sum(still.seconds for still in cutting) == pytest.approx(total)


def test_two_ideographs_take_as_long_as_a_word() -> None:
    assert reading_time("子进程写入：内核复制页框 fork()") == 1 + 0.25 * (12 / 2 + 1)
