"""SVG: one picture with real text."""

from __future__ import annotations

from pathlib import Path

from cowviz.exporters.request import ExportRequest, Shows
from cowviz.renderers.svg import to_svg

SUFFIXES = (".svg",)
SHOWS: Shows = "picture"
SET_BY_VIEWER = True
SUPPORTS = ("transparent",)


def export(request: ExportRequest, path: Path) -> None:
    """Write the scene as an SVG."""
    (scene,) = request.tracked(request.scenes)
    text = to_svg(scene, request.width, request.height, request.options.transparent, is_apart=True)
    path.write_text(text, encoding="utf-8", newline="\n")
