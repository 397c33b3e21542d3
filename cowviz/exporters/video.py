"""MP4 and WebM: the animation at a constant rate, in encodings that browsers and slide programs play."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import av
import numpy as np
from av import VideoFrame
from numpy.typing import NDArray

from cowviz.exporters._frame_deltas import ticks
from cowviz.exporters.request import ExportRequest, Shows
from cowviz.renderers.matplotlib import animate

SUFFIXES = (".mp4", ".webm")
SHOWS: Shows = "animation"
SUPPORTS = ("poster",)

WHOLE_EVERY = 30  # s between pictures stored whole: they make most of the file
THREADS = 2  # not "as many as there are": the bytes depend on it
# How colours become luma and chroma (ITU-T H.273), named in the file as players guess otherwise.
BT709, LIMITED_RANGE = 1, 1


@dataclass(frozen=True)
class Encoding:
    """Holds a container's compression settings: sharp text and flat colours in few bytes."""

    codec: Literal["libx264", "libvpx-vp9"]
    options: dict[str, str]
    container: dict[str, str] = field(default_factory=dict)


ENCODINGS = {
    ".mp4": Encoding(
        "libx264",
        {"crf": "18", "preset": "veryfast", "tune": "stillimage"},
        {"movflags": "+faststart"},  # the index first: it plays before it is all there
    ),
    ".webm": Encoding("libvpx-vp9", {"crf": "24", "b": "0", "deadline": "realtime", "cpu-used": "5"}),
}


def export(request: ExportRequest, path: Path) -> None:
    """Write the animation as a video of ``request.fps`` stills a second; an odd width or height grows by one pixel."""
    encoding = ENCODINGS[path.suffix]
    without_dates_and_versions = {"fflags": "+bitexact"}
    with av.open(str(path), "w", options=encoding.container | without_dates_and_versions) as file:
        stream = file.add_stream(encoding.codec, rate=request.fps, options=encoding.options)
        _set_up(stream, request)
        for image in _images(request):
            file.mux(stream.encode(image))
        file.mux(stream.encode(None))


def _set_up(stream: av.VideoStream, request: ExportRequest) -> None:
    """Size and colours of the video."""
    context = stream.codec_context
    context.width, context.height = _even(request.width), _even(request.height)
    context.pix_fmt = "yuv420p"
    context.thread_count = THREADS
    context.gop_size = WHOLE_EVERY * request.fps
    context.color_primaries = context.color_trc = context.colorspace = BT709
    context.color_range = LIMITED_RANGE
    context.bit_rate = 0


def _images(request: ExportRequest) -> Iterator[VideoFrame]:
    """The stills at one rate: a hold is repeated, what is shorter than one image is left out."""
    repeats = ticks((still.seconds for still in request.stills), 1 / request.fps, least=1 / request.fps)
    drawn = animate((still.scene for still in request.stills), request.width, request.height)
    time = 0
    for still, count in zip(request.tracked(drawn, len(request.stills)), repeats, strict=True):
        if not count:
            continue
        image = VideoFrame.from_ndarray(_padded(still.pixels), format="rgb24")
        image = image.reformat(format="yuv420p", dst_colorspace=BT709, dst_color_range=LIMITED_RANGE)
        for _repeat in range(count):
            image.pts = time
            yield image
            time += 1


def _padded(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The picture with even sides: its edge, which is background, once more where one is odd."""
    height, width, _ = pixels.shape
    return np.pad(pixels, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")


def _even(length: int) -> int:
    return length + length % 2
