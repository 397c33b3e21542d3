"""Slides for PowerPoint, LibreOffice Impress and Google Slides."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cowviz.destinations._slides import draw, file_name
from cowviz.movie import Movie


def export(movie: Movie, folder: Path, wishes: dict[str, Any]) -> list[Path]:
    """Write NAME.pptx."""
    return draw(movie, folder / f"{file_name(movie)}.pptx", wishes)
