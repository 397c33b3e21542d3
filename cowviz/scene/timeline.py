"""Turns scenes into timed stills: a hold is one still, a motion is many short ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cowviz.errors import CowvizError
from cowviz.scene.easing import ease_in_out
from cowviz.scene.shapes import Circle, Scene, Shape, Text
from cowviz.scene.text_metrics import IDEOGRAPH
from cowviz.scene.tween import alike, between

MOTION = 0.6  # seconds that something takes to move
SWITCH = 0.2  # seconds in which only words or dots change
BEAT = 0.5  # seconds of rest between two motions of one step
LAST = 2.0  # seconds that the very last picture is shown longer
READING = 0.25  # seconds a word of a caption takes
NOTICING = 1.0  # seconds until reading begins
BRIEFLY = 0.02  # seconds below which players show a still for 0.1, or not at all
SHORTEST = 2.0  # seconds a step is shown at least


@dataclass(frozen=True, slots=True)
class Still:
    """Holds one picture of the movie, shown for ``seconds``."""

    scene: Scene
    seconds: float


def timeline(
    steps: Sequence[Sequence[Scene]],
    captions: Sequence[str],
    fps: float = 20,
    speed: float = 1.0,
    reduced_motion: bool = False,
) -> list[Still]:
    """Return the stills of a movie: each step's scenes in turn, with motion from one to the next.

    A step's last scene is held while its caption is read: 1 s and 0.25 s a word, at least 2 s. Motion has ``fps``
    stills a second; ``speed`` 2 takes half the time. With reduced motion the scene before is held until the motion
    would have ended, so that all scenes keep their times. Seconds are multiples of 0.01 if ``fps`` allows.

    Raises CowvizError for a speed that is not positive, ValueError for steps without scenes or captions.
    """
    if fps <= 0 or speed <= 0:
        raise CowvizError(f"fps and speed must be more than 0, not {fps} and {speed}")
    if len(steps) != len(captions):
        raise ValueError(f"{len(steps)} steps need as many captions, not {len(captions)}")
    stills: list[Still] = []
    for number, (scenes, caption) in enumerate(zip(steps, captions, strict=True), 1):
        if not scenes:
            raise ValueError(f"step {number} has no scene; give it the one before it")
        for scene in scenes[:-1]:
            rest = BEAT if scene.rest is None else scene.rest
            _show(stills, scene, rest / speed, fps, speed, reduced_motion)
        extra = LAST if number == len(steps) else 0
        _show(stills, scenes[-1], (reading_time(caption) + extra) / speed, fps, speed, reduced_motion)
    return stills


def reading_time(caption: str) -> float:
    """Return how many seconds it takes to notice a caption, read it, and look at the picture again."""
    ideographs = len(IDEOGRAPH.findall(caption))  # two of them are about a word
    return max(SHORTEST, NOTICING + READING * (len(IDEOGRAPH.sub(" ", caption).split()) + ideographs / 2))


def differences(before: Scene, after: Scene) -> Iterator[tuple[Shape | None, Shape | None]]:
    """Yield the shapes that look different, as pairs (old, new); None stands for a missing one."""
    for name in dict.fromkeys((*before.shapes, *after.shapes)):
        old, new = before.shapes.get(name), after.shapes.get(name)
        if old is None or new is None or not alike(old, new):
            yield old, new


def motion_time(before: Scene, after: Scene) -> float:
    """Return the seconds of the motion from one scene to the next at speed 1; 0 if they look the same."""
    pairs = list(differences(before, after))
    if not pairs and before.background == after.background:
        return 0
    return SWITCH if all(_is_quiet(old, new) for old, new in pairs) else MOTION


def _show(stills: list[Still], scene: Scene, seconds: float, fps: float, speed: float, reduced_motion: bool) -> None:
    """Move to the scene and hold it; if nothing would move, hold the last one longer."""
    seconds = round(seconds, 2)
    if stills:
        before = stills[-1].scene
        motion = motion_time(before, scene)
        if not motion:
            stills[-1] = Still(scene, round(stills[-1].seconds + seconds, 2))
            return
        count = max(1, round(motion / speed * fps))
        if reduced_motion:
            stills[-1] = Still(before, _even(stills[-1].seconds + count / fps))
            count = 0
        moments = (ease_in_out(i / (count + 1)) for i in range(1, count + 1))
        stills += [Still(between(before, scene, moment), _even(1 / fps)) for moment in moments]
    stills.append(Still(scene, seconds))


def _is_quiet(old: Shape | None, new: Shape | None) -> bool:
    """Return whether a change needs no motion: words that come, go or change in place, dots that change colour."""
    if isinstance(old, Circle) and isinstance(new, Circle):
        return (old.x, old.y, old.r) == (new.x, new.y, new.r)
    if isinstance(old, Text) and isinstance(new, Text):
        return old.text != new.text or (old.x, old.y) == (new.x, new.y)
    if isinstance(new, Text):
        return old is None and not new.origin and not new.pulse
    return new is None and isinstance(old, Text)


def _even(seconds: float) -> float:
    """Round the seconds to hundredths if they differ by floating-point error alone."""
    rounded = round(seconds, 2)
    return rounded if abs(rounded - seconds) < 1e-9 else seconds
