"""GIF: one palette for the movie, and of each still only the box of pixels that changed.

The palette must be known before the first image is written. Until then the stills are kept as runs of one colour, a
fiftieth of their pixels. Pillow's own ``save(save_all=True)`` keeps all stills whole, for a file no smaller; so of
Pillow we only take the compression of one image.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from struct import pack

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.GifImagePlugin import getdata

from cowviz.exporters.job import Job, Shows
from cowviz.exporters.palette import Colours, Runs, choose, colours, histogram, lengths, lookup, runs, unpacked
from cowviz.exporters.patches import Box, Patch, Piece, patches, ticks
from cowviz.renderers.matplotlib import animate

SUFFIXES = (".gif",)
SHOWS: Shows = "animation"

UNIT_MS = 10  # durations are whole multiples of it
LONGEST = 0xFFFF  # of these units: eleven minutes
CLEAR = 255  # index of the transparent colour

Recorded = list[tuple[Box, Runs]]  # of one still


def export(job: Job, path: Path) -> None:
    """Write the animation as a GIF.

    Option ``loop``: how often it repeats; 0, the default, is for ever.
    """
    seen, stills = _recorded(job)
    palette = choose(seen, CLEAR)
    table = lookup(seen, palette)
    times = ticks((still.seconds for still in job.stills), UNIT_MS / 1000)
    with path.open("wb") as file:
        file.write(_header(job, palette))
        for patch in patches((_indexed(still, table) for still in stills), times, CLEAR):
            file.writelines(_image(patch))
        file.write(b";")


def _recorded(job: Job) -> tuple[Runs, list[Recorded]]:
    """The histogram of all stills, and of each still the boxes that may have changed."""
    stills = []
    seen = np.empty(0, np.uint64)
    for pixels, boxes in job.tracked(animate((s.scene for s in job.stills), job.width, job.height), len(job.stills)):
        still = [(box, runs(pixels[box[1] : box[3], box[0] : box[2]])) for box in boxes]
        seen = histogram([seen, *(content for _, content in still)])
        stills.append(still)
    return seen, stills


def _indexed(still: Recorded, table: NDArray[np.uint8]) -> Iterator[Piece]:
    """The boxes of a still as indices of the palette."""
    for box, content in still:
        x0, y0, x1, y1 = box
        yield box, np.repeat(table[colours(content)], lengths(content)).reshape(y1 - y0, x1 - x0)


def _header(job: Job, palette: Colours) -> bytes:
    """All that stands before the first image."""
    entries = unpacked(palette).tobytes().ljust(3 * 256, b"\0")
    size = pack("<HHBBB", job.width, job.height, 0xF7, 0, 0)  # 0xF7: a palette for all images, of 256 colours
    loop = pack("<BBB11sBBHB", 0x21, 0xFF, 11, b"NETSCAPE2.0", 3, 1, job.options.get("loop", 0), 0)
    return b"GIF89a" + size + entries + loop


def _image(patch: Patch) -> list[bytes]:
    """One image laid on those before it."""
    indices = Image.fromarray(patch.values)
    duration = min(patch.ticks, LONGEST) * UNIT_MS
    return getdata(indices, (patch.x, patch.y), duration=duration, transparency=CLEAR, disposal=1)
