"""WebP: the animation, lossless; each still stores only the box of pixels that changed.

Pillow compresses each box, and this module writes the container: Pillow's ``save(save_all=True)`` keeps all stills
in memory and compresses each whole.
"""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from struct import pack
from typing import BinaryIO

import numpy as np
from PIL import Image

from cowviz.exporters._frame_deltas import Patch, patches, ticks
from cowviz.exporters.request import ExportRequest, Shows
from cowviz.renderers.matplotlib import animate

SUFFIXES = (".webp",)
SHOWS: Shows = "animation"
SUPPORTS = ("transparent", "loop", "poster")

LONGEST = 0xFFFFFF  # ms, 4.6 hours
CLEAR = 0  # a transparent pixel
METHOD, QUALITY = 2, 50  # how hard Pillow tries (0 to 6, 0 to 100): no smaller beyond, only slower


def export(request: ExportRequest, path: Path) -> None:
    """Write the animation as a lossless WebP.

    Source: https://developers.google.com/speed/webp/docs/riff_container
    """
    times = ticks((still.seconds for still in request.stills), 0.001)
    with path.open("wb") as file:
        file.write(b"RIFF\0\0\0\0WEBP")
        animated_with_alpha = 0x12
        _chunk(
            file, b"VP8X", pack("<I", animated_with_alpha) + _uint24(request.width - 1) + _uint24(request.height - 1)
        )
        _chunk(file, b"ANIM", pack("<IH", 0, request.options.loop))
        transparent = request.options.transparent
        drawn = animate((still.scene for still in request.stills), request.width, request.height, transparent)
        clear = None if transparent else CLEAR
        for patch in patches(request.tracked(drawn, len(request.stills)), times, clear, align=2):
            _chunk(file, b"ANMF", _image(patch, transparent))
        size = file.tell() - 8
        file.seek(4)
        file.write(pack("<I", size))


def _image(patch: Patch, replaces: bool) -> bytes:
    """One image laid on those before it; or in place of them, as what vanishes leaves nothing behind."""
    height, width = patch.values.shape
    where = [patch.x // 2, patch.y // 2, width - 1, height - 1, min(patch.ticks, LONGEST)]
    blend_and_keep, replace_and_keep = b"\0", b"\2"
    out = BytesIO()
    rgba = patch.values.view(np.uint8).reshape(height, width, 4)
    Image.fromarray(rgba).save(out, "WEBP", lossless=True, method=METHOD, quality=QUALITY)
    riff_header = 12
    return (
        b"".join(map(_uint24, where))
        + (replace_and_keep if replaces else blend_and_keep)
        + out.getvalue()[riff_header:]
    )


def _chunk(file: BinaryIO, name: bytes, content: bytes) -> None:
    """Write a chunk; its length is made even."""
    file.write(name + pack("<I", len(content)) + content + b"\0" * (len(content) % 2))


def _uint24(number: int) -> bytes:
    return number.to_bytes(3, "little")
