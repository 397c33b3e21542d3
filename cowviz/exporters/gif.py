"""GIF: one palette for the movie; each still stores only the box of pixels that changed.

The palette must be known before the first image is written. Until then the changes are kept as runs of one colour, a
fortieth of the pixels: those of a long movie in a file without a name, which is gone however the writing ends. Pillow's
own ``save(save_all=True)`` keeps all stills in memory and makes no smaller a file, so only Pillow's compression of one
image is used.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from struct import pack
from tempfile import SpooledTemporaryFile
from typing import NamedTuple, cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.GifImagePlugin import getdata

from cowviz.exporters._frame_deltas import patches, ticks
from cowviz.exporters._palette import CLEAR, Colours, Runs, choose, colours, histogram, lengths, lookup, runs, unpacked
from cowviz.exporters.request import ExportRequest, Shows
from cowviz.renderers.matplotlib import animate

SUFFIXES = (".gif",)
SHOWS: Shows = "animation"
SUPPORTS = ("loop", "poster")

UNIT_MS = 10  # durations are whole multiples of it
LONGEST = 0xFFFF  # of these units: eleven minutes
MOST_IN_MEMORY = 16 << 20  # bytes of runs; the movies of most lessons have fewer
MOST_UNCOUNTED = 4 << 20  # bytes of runs whose colours are not yet counted
NO_RUNS: Runs = np.empty(0, np.uint64)
CLEAR_INDEX = 255  # of the transparent colour


class RunLengthPatch(NamedTuple):
    """Holds a patch whose pixels are runs of one colour."""

    x: int
    y: int
    shape: tuple[int, ...]  # h, w
    content: Runs
    ticks: int


class KeptPatches:
    """Keeps patches until they are read in order, a few of them in memory; and counts the pixels of each colour."""

    def __init__(self, folder: Path) -> None:
        """``folder`` is where a file has room."""
        self._file = SpooledTemporaryFile(MOST_IN_MEMORY, dir=str(folder))  # noqa: SIM115  # closed by __exit__
        self._patches: list[tuple[RunLengthPatch, int]] = []  # without content, which takes so many bytes
        self._seen: list[Runs] = []
        self._uncounted = 0

    def add(self, patch: RunLengthPatch) -> None:
        """Keep a patch."""
        self._file.write(patch.content.tobytes())
        self._patches.append((patch._replace(content=NO_RUNS), patch.content.nbytes))
        self._seen.append(patch.content)
        self._uncounted += patch.content.nbytes
        if self._uncounted > MOST_UNCOUNTED:
            self.seen()

    def seen(self) -> Runs:
        """Return how many pixels of each colour there are so far, sorted by colour."""
        self._seen, self._uncounted = [histogram(self._seen)], 0
        return self._seen[0]

    def __iter__(self) -> Iterator[RunLengthPatch]:
        self._file.seek(0)
        for patch, size in self._patches:
            yield patch._replace(content=np.frombuffer(self._file.read(size), np.uint64))

    def __enter__(self) -> KeptPatches:
        return self

    def __exit__(self, *error: object) -> None:
        self._file.close()


def export(request: ExportRequest, path: Path) -> None:
    """Write the animation as a GIF."""
    with KeptPatches(path.parent) as images:
        for patch in _patches(request):
            images.add(patch)
        seen = images.seen()
        seen = seen[colours(seen) != CLEAR]
        palette = choose(seen, CLEAR_INDEX)
        table = lookup(seen, palette)
        table[CLEAR] = CLEAR_INDEX
        shown = np.full((request.height, request.width), CLEAR_INDEX, np.uint8)
        with path.open("wb") as file:
            file.write(_header(request, palette))
            for image in images:
                file.writelines(_image(image, table, shown))
            file.write(b";")


def _patches(request: ExportRequest) -> Iterator[RunLengthPatch]:
    """All that changes from still to still."""
    times = ticks((still.seconds for still in request.stills), UNIT_MS / 1000)
    drawn = request.tracked(
        animate((still.scene for still in request.stills), request.width, request.height), len(request.stills)
    )
    for patch in patches(drawn, times, CLEAR):
        content = runs(cast(Colours, patch.values))
        yield RunLengthPatch(patch.x, patch.y, patch.values.shape, content, patch.ticks)


def _header(request: ExportRequest, palette: Colours) -> bytes:
    """All that stands before the first image."""
    entries = unpacked(palette).tobytes().ljust(3 * 256, b"\0")
    size = pack("<HHBBB", request.width, request.height, 0xF7, 0, 0)  # 0xF7: a palette for all images, of 256 colours
    return b"GIF89a" + size + entries + _loop(request.options.loop)


def _loop(plays: int) -> bytes:
    """Netscape's extension counts what comes after the first play, and 0 is for ever: a GIF without it plays once."""
    if plays == 1:
        return b""
    repeats = plays - 1 if plays else 0
    return pack("<BBB11sBBHB", 0x21, 0xFF, 11, b"NETSCAPE2.0", 3, 1, repeats, 0)


def _image(image: RunLengthPatch, table: NDArray[np.uint8], shown: NDArray[np.uint8]) -> list[bytes]:
    """One image laid on what is shown; of a colour that changed to one merged with it, nothing is seen."""
    indices = np.repeat(table[colours(image.content)], lengths(image.content)).reshape(image.shape)
    height, width = image.shape
    before = shown[image.y : image.y + height, image.x : image.x + width]
    indices[indices == before] = CLEAR_INDEX
    np.copyto(before, indices, where=indices != CLEAR_INDEX)
    duration = min(image.ticks, LONGEST) * UNIT_MS
    corner = (image.x, image.y)
    return getdata(Image.fromarray(indices), corner, duration=duration, transparency=CLEAR_INDEX, disposal=1)
