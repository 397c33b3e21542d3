"""Markdown for Marp: one slide a step, with notes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from cowviz.destinations._slides import Slide, draw_steps, one_line, slides, write
from cowviz.destinations.markdown import in_comment, in_markdown, in_yaml
from cowviz.exporters.options import RenderOptions
from cowviz.movie import Movie

THEN = "npx @marp-team/marp-cli deck.md -o deck.html"

# In Markdown, Marp takes some words of an alt text for options about the picture ("invert", "50%", "w:3"), ":cow:" for
# an emoji, and loses whatever is quoted; in HTML it keeps them.
PLAIN = re.compile(
    r"(?!.*(?<!\S)(?:bg|fit|auto|contain|cover|left|right|vertical|blur|brightness|contrast|drop-shadow|grayscale"
    r"|hue-rotate|invert|opacity|saturate|sepia|w|h|width|height)(?:[\s:]|$))(?:[^\W_]|[ ,;.()/=?'–’×-]|:(?!\S))*"
)


def export(movie: Movie, folder: Path, options: RenderOptions) -> list[Path]:
    """Write deck.md and an SVG a step."""
    pictures = draw_steps(movie, folder, options)
    shown = zip(slides(movie, options), pictures, strict=True)
    parts = ["\n".join(_slide(slide, picture.name)) for slide, picture in shown]
    return [write(folder / "deck.md", [*_head(movie, options), "\n---\n\n".join(parts).rstrip("\n")]), *pictures]


def _head(movie: Movie, options: RenderOptions) -> Iterator[str]:
    """The front matter: the picture fills the slide."""
    width, height = options.size
    yield "---\nmarp: true"
    yield f"title: {in_yaml(one_line(movie.title))}"
    yield f"size: {'4:3' if width * 3 == height * 4 else '16:9'}"
    yield "headingDivider: false"
    yield "style: |\n  section { padding: 0; display: block; }\n  section p { margin: 0; height: 100%; }"
    yield "  section img { display: block; width: 100%; height: 100%; object-fit: contain; }\n---\n"


def _slide(slide: Slide, picture: str) -> Iterator[str]:
    if PLAIN.fullmatch(slide.alt):
        yield f"![{slide.alt}]({picture})\n"
    else:
        yield f'<img src="{picture}" alt="{in_markdown(slide.alt)}">\n'
    # Marp reads a comment that is YAML as settings; no YAML begins with an asterisk and a space.
    yield f"<!--\n* {in_comment(slide.notes)}\n-->\n"
