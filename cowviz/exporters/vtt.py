"""WebVTT: the captions, timed for the video of the same scenario: x.vtt goes with x.mp4."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from cowviz.exporters._frame_deltas import ticks
from cowviz.exporters.request import ExportRequest, Shows
from cowviz.language import tag

SUFFIXES = (".vtt",)
SHOWS: Shows = "animation"
SET_BY_VIEWER = True

_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


def export(request: ExportRequest, path: Path) -> None:
    """Write a cue for every step, from the start of its motion to the end of its hold."""
    cues = [f"{_time(start)} --> {_time(end)}\n{text}" for start, end, text in _cues(request)]
    path.write_text(
        "\n\n".join([f"WEBVTT\nKind: captions\nLanguage: {tag(request.trace.lang)}", *cues]) + "\n", encoding="utf-8"
    )


def _cues(request: ExportRequest) -> Iterator[tuple[float, float, str]]:
    """Start and end in seconds, and the caption; a step that takes no time, or says nothing, has no cue."""
    ends = _ends(request)
    start = 0.0
    for step, play in zip(request.trace.steps, request.plays, strict=True):
        end = ends.get(id(play[-1]), start)
        text = "\n".join(line for line in step.caption.translate(_ENTITIES).split("\n") if line.strip())
        if text and end > start:
            yield start, end, text
        start = end


def _ends(request: ExportRequest) -> dict[int, float]:
    """When each still ends, by its scene, in seconds: counted in the video's images, as it counts them."""
    lengths = ticks((still.seconds for still in request.stills), 1 / request.fps, least=1 / request.fps)
    ends, images = {}, 0
    for still, length in zip(request.stills, lengths, strict=True):
        images += length
        ends[id(still.scene)] = images / request.fps
    return ends


def _time(seconds: float) -> str:
    """``00:01:02.500``."""
    whole, thousandths = divmod(round(seconds * 1000), 1000)
    minutes, second = divmod(whole, 60)
    return f"{minutes // 60:02}:{minutes % 60:02}:{second:02}.{thousandths:03}"
