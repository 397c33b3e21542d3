"""Makes the parts of a folder for slides: a movie's steps in words, its pictures, and text files.

A destination is a module of this package; ``--to`` takes its name. Its docstring's first line says what it makes;
``Destination`` lists what it defines.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from cowviz import output_files, plugins
from cowviz.exporters.options import RenderOptions
from cowviz.movie import Movie
from cowviz.narration.transcript import step_lines
from cowviz.scene.shapes import Scene


class Destination(Protocol):
    """Types a module that writes a folder; it may also define ``THEN``: what to do next in that folder."""

    def export(self, movie: Movie, folder: Path, options: RenderOptions, /) -> list[Path]:
        """Write the folder; return its files."""


@dataclass(frozen=True, slots=True)
class Slide:
    """Holds a step in words; each field but the notes is one line."""

    number: int  # from 1
    caption: str
    alt: str  # for who does not see the picture
    notes: str  # for the speaker: the step's transcript
    background: str  # the picture's, "#rrggbb"


def slides(movie: Movie, options: RenderOptions) -> list[Slide]:
    """Return the movie's steps in words."""
    found, trace = [], movie.trace
    for number, (step, play) in enumerate(zip(trace.steps, plays(movie, options), strict=True), 1):
        before = trace.steps[number - 2].machine if number > 1 else None
        notes = "\n".join(printable(line).rstrip() for line in step_lines(trace, step, number, before))
        words = one_line(step.caption), one_line(play[-1].description or step.caption), notes.strip("\n")
        found.append(Slide(number, *words, play[-1].background))
    return found


def plays(movie: Movie, options: RenderOptions) -> list[list[Scene]]:
    """Compose the scenes of each step, with these options."""
    return movie.scenes_of(options)


def file_name(movie: Movie) -> str:
    """Return the movie's name in characters that TeX, Markdown and URLs need not quote."""
    return re.sub(r"[^A-Za-z0-9_]+", "-", movie.name).strip("-") or "movie"


def draw(movie: Movie, path: Path, options: RenderOptions, step: int | None = None) -> list[Path]:
    """Save the movie, or a step (from 1), with the options that the format supports."""
    supported = options.only(plugins.format_of(path)[1].supports)
    return movie.save(output_files.literal(path.parent) / path.name, step=step, options=supported)


def draw_steps(movie: Movie, folder: Path, options: RenderOptions) -> list[Path]:
    """Save an SVG for each step: NAME-01.svg ..."""
    digits = max(2, len(str(len(movie.trace.steps))))
    return draw(movie, folder / f"{file_name(movie)}-{{step:0{digits}d}}.svg", options)


def write(path: Path, lines: Iterable[str]) -> Path:
    """Write a text file of these lines; an item may hold several lines."""
    with output_files.atomic_write(path) as temporary:
        temporary.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8", newline="\n")
    return path


def one_line(text: str) -> str:
    """Return the text in one line, without control characters."""
    return printable(" ".join(text.split()))


def printable(text: str) -> str:
    """Return the text with a "?" for each character that cannot be printed."""
    return "".join(c if c.isprintable() else "?" for c in text.expandtabs(4))


def in_html(text: str) -> str:
    """Return the text escaped for HTML, also for attributes in quotation marks."""
    return html.escape(text)
