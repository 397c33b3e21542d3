"""Slides for PowerPoint, LibreOffice Impress and Google Slides."""

from __future__ import annotations

from pathlib import Path

from cowviz.destinations._slides import draw, file_name
from cowviz.exporters.options import RenderOptions
from cowviz.movie import Movie


def export(movie: Movie, folder: Path, options: RenderOptions) -> list[Path]:
    """Write NAME.pptx."""
    return draw(movie, folder / f"{file_name(movie)}.pptx", options)
