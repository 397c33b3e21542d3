"""Markdown for Quarto, which pandoc reads too: a slide a step, with notes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cowviz.destinations.slides import Slide, draw_steps, fenced, one_line, slides, write
from cowviz.exporters.wishes import wished
from cowviz.movie import Movie

THEN = "quarto render deck.qmd"


def export(movie: Movie, folder: Path, wishes: dict[str, Any]) -> list[Path]:
    """Write deck.qmd and an SVG a step."""
    pictures = draw_steps(movie, folder, wishes)
    shown = zip(slides(movie, wishes), pictures, strict=True)
    parts = [line for slide, picture in shown for line in _slide(slide, picture.name)]
    return [write(folder / "deck.qmd", [*_head(movie, wishes), *parts]), *pictures]


def _head(movie: Movie, wishes: dict[str, Any]) -> Iterator[str]:
    width, height = wished(wishes).size
    yield f"---\npagetitle: {json.dumps(one_line(movie.title), ensure_ascii=False)}"
    yield "format:\n  revealjs:"
    yield f"    width: {width}\n    height: {height}\n    margin: 0\n    center: false\n    controls: false"
    yield "---"


def _slide(slide: Slide, picture: str) -> Iterator[str]:
    """A slide without a heading: the caption is on the picture. Quarto asks for fig-alt, pandoc for alt."""
    alt = attribute(slide.alt)
    yield f'\n## {{background-color="{slide.background}"}}\n'
    yield f"![]({picture}){{fig-alt={alt} alt={alt} width=100%}}\n"
    yield from ("::: {.notes}", *fenced(slide.notes), ":::")


def attribute(text: str) -> str:
    """The text as the value of an attribute in Markdown of pandoc's kind."""
    quoted = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{quoted}"'
