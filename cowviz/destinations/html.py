"""One page: a player that works offline and on a website."""

from __future__ import annotations

from pathlib import Path

from cowviz.destinations._slides import draw
from cowviz.exporters.options import RenderOptions
from cowviz.movie import Movie


def export(movie: Movie, folder: Path, options: RenderOptions) -> list[Path]:
    """Write index.html."""
    return draw(movie, folder / "index.html", options)
