"""Markdown for Quarto and pandoc: one slide a step, with notes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from cowviz.destinations._slides import Slide, draw_steps, one_line, slides, write
from cowviz.destinations.markdown import in_pandoc, in_pandoc_lines, in_yaml
from cowviz.exporters.options import RenderOptions
from cowviz.movie import Movie

THEN = "quarto render deck.qmd"


def export(movie: Movie, folder: Path, options: RenderOptions) -> list[Path]:
    """Write deck.qmd and an SVG a step."""
    pictures = draw_steps(movie, folder, options)
    shown = zip(slides(movie, options), pictures, strict=True)
    parts = [line for slide, picture in shown for line in _slide(slide, picture.name)]
    return [write(folder / "deck.qmd", [*_head(movie, options), *parts]), *pictures]


def _head(movie: Movie, options: RenderOptions) -> Iterator[str]:
    """The front matter, whose texts pandoc reads as Markdown. Nothing is to be run: there is no code in the deck."""
    width, height = options.size
    yield f"---\npagetitle: {in_yaml(in_pandoc(one_line(movie.title)))}"
    yield "engine: markdown"
    yield "format:\n  revealjs:"
    yield f"    width: {width}\n    height: {height}\n    margin: 0\n    center: false\n    controls: false"
    yield "---"


def _slide(slide: Slide, picture: str) -> Iterator[str]:
    """A slide without a heading: the caption is on the picture. Quarto asks for fig-alt, pandoc for alt."""
    alt = in_pandoc(slide.alt)
    yield f'\n## {{background-color="{slide.background}"}}\n'
    yield f'![]({picture}){{fig-alt="{alt}" alt="{alt}" width=100%}}\n'
    yield from ("::: {.notes}", '::: {style="font-family: monospace"}', *in_pandoc_lines(slide.notes), ":::", ":::")
