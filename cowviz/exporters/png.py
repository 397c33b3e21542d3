"""PNG: one picture."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import imageio.v3 as imageio
from PIL.PngImagePlugin import PngInfo

from cowviz.exporters.request import ExportRequest, Shows
from cowviz.language import tag
from cowviz.renderers.matplotlib import rasterise

SUFFIXES = (".png",)
SHOWS: Shows = "picture"
SUPPORTS = ("transparent",)

DPI = 96  # at scale 1, so that a slide program shows every scale at the slide's size
LEVEL = 6  # of compression


def export(request: ExportRequest, path: Path) -> None:
    """Write the scene as a PNG."""
    (scene,) = request.tracked(request.scenes)
    pixels = rasterise(scene, request.width, request.height, request.options.transparent)
    dpi = DPI * request.scale
    words = PngInfo()  # for who does not see the picture; iTXt, for it may be in any language
    words.add_itxt("Title", scene.title, lang=tag(request.trace.lang))
    words.add_itxt("Description", scene.description, lang=tag(request.trace.lang))
    how: dict[str, Any] = {"compress_level": LEVEL, "dpi": (dpi, dpi), "pnginfo": words}
    # Not into the file: where the disk is full, imageio would complain once more at the interpreter's end.
    path.write_bytes(imageio.imwrite("<bytes>", pixels, plugin="pillow", extension=".png", **how))
