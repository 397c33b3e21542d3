"""SVG: one picture whose text stays text."""

from __future__ import annotations

from pathlib import Path

from cowviz.exporters.job import Job, Shows
from cowviz.renderers.svg import to_svg

SUFFIXES = (".svg",)
SHOWS: Shows = "picture"
SET_BY_VIEWER = True
HEEDS = ("transparent",)


def export(job: Job, path: Path) -> None:
    """Write the scene as an SVG."""
    (scene,) = job.tracked(job.scenes)
    text = to_svg(scene, job.width, job.height, job.wishes.transparent, is_apart=True)
    path.write_text(text, encoding="utf-8", newline="\n")
