"""What a wish for output comes to: which files, how large, how fast; and that they are written whole or not at all."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cowviz.errors import CowvizError, OutputError, unknown

QUALITIES = {"draft": (0.5, 10), "slides": (1.0, 20), "hd": (1.5, 30), "4k": (3.0, 30)}  # scale, stills a second
SMALLEST, LARGEST = 64, 16_000  # px of one side
FASTEST = 100  # stills a second; and how much faster than usual

_STEP = re.compile(r"\{step(?::([^{}]*))?\}")


def pixels(size: tuple[int, int], scale: float | None, quality: str) -> tuple[int, int]:
    """Width and height of the output in px."""
    scale = _preset(quality)[0] if scale is None else scale
    if not 0 < scale <= LARGEST:
        raise CowvizError(f"scale {scale:g}: it must be more than 0; 2 is twice as large")
    width, height = (round(side * scale) for side in size)
    if not all(SMALLEST <= side <= LARGEST for side in (width, height)):
        raise CowvizError(f"a picture of {width}x{height} px: each side must be {SMALLEST} to {LARGEST}")
    return width, height


def rate(fps: int | None, quality: str) -> int:
    """Stills a second while something moves."""
    fps = _preset(quality)[1] if fps is None else fps
    if not 1 <= fps <= FASTEST:
        raise CowvizError(f"fps {fps}: it must be 1 to {FASTEST}")
    return fps


def pace(speed: float) -> float:
    """How much faster than usual everything is shown."""
    if not 1 / FASTEST <= speed <= FASTEST:
        raise CowvizError(f"speed {speed:g}: it must be {1 / FASTEST:g} to {FASTEST}; 2 is twice as fast")
    return speed


def is_numbered(path: str | Path) -> bool:
    """Whether the path has a place for the step's number: ``{step}`` or ``{step:02d}``."""
    return bool(_STEP.search(str(path)))


def numbered(path: str | Path, step: int) -> Path:
    """The path with the step's number in its place."""
    try:
        return Path(_STEP.sub(lambda field: format(step, field[1] or ""), str(path)))
    except ValueError as error:
        raise CowvizError(f"{path}: {error}; write for example {{step:02d}}") from error


@contextmanager
def written(path: Path) -> Iterator[Path]:
    """Where to write what becomes ``path`` at the end. Raises OutputError where it cannot."""
    from cowviz.exporters.files import whole_file

    try:
        with whole_file(path) as beside:
            yield beside
    except FileExistsError as error:  # of all that is done, only making the folder raises it
        raise OutputError(f"cannot write {path}: {error.filename} is no folder") from error
    except OSError as error:
        raise OutputError(f"cannot write {error.filename or path}: {error.strerror or error}") from error


def _preset(quality: str) -> tuple[float, int]:
    if quality not in QUALITIES:
        raise unknown("quality", quality, QUALITIES)
    return QUALITIES[quality]
