"""Breaks captions into the lines that a picture has room for."""

from __future__ import annotations

import re

from cowviz.errors import CowvizError
from cowviz.scene.builder import CAPTION, MARGIN
from cowviz.scene.shapes import WIDTH
from cowviz.scene.text_metrics import wrap
from cowviz.scene.typeface import Typeface
from cowviz.trace.model import Trace

MOST_LINES, MOST_CLOSE_LINES = 3, 4  # of a caption; of one on a narrower canvas, which holds fewer words a line
_UNBROKEN = re.compile(r"(?<=\bFrame) (?=[A-Z]+\b)|(?<=\w) (?== \S)|(?<=\w =) (?=\S)")  # blanks where no line ends


def caption_lines(trace: Trace, step: int, font: Typeface, width: float = WIDTH) -> list[str]:
    """Break the caption of a step (from 1) into lines. Raises CowvizError if there are too many lines."""
    whole = trace.steps[step - 1].caption
    caption = _UNBROKEN.sub("\u00a0", whole)
    lines = wrap(caption, CAPTION, width - 2 * MARGIN, font)
    most = MOST_LINES if width >= WIDTH else MOST_CLOSE_LINES
    if width < WIDTH and len(lines) > MOST_LINES:  # no room for breaks of the author's
        lines = wrap(caption.replace("\n", " "), CAPTION, width - 2 * MARGIN, font)
    if len(lines) > most:
        raise CowvizError(
            f"step {step}'s caption takes {len(lines)} lines, and {most} fit: "
            f"shorten it or make two steps of it ({whole[:40]!r} ...)"
        )
    return [line.replace("\u00a0", " ") for line in lines]
