"""What a folder for slides is made from: a movie's steps in words, its pictures, and text files.

A destination is one module of this package, named as ``--to`` names it. Its docstring's first line says what it makes;
``export(movie, folder, wishes)`` writes that folder and gives its files; ``THEN``, if there is one, is what one does
with them next, in that folder.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cowviz import plugins, targets
from cowviz.exporters.wishes import wished
from cowviz.movie import Movie
from cowviz.narration.transcript import step_lines
from cowviz.scene.shapes import Scene


@dataclass(frozen=True, slots=True)
class Slide:
    """A step in words, each of them one line but the notes."""

    number: int  # from 1
    caption: str
    alt: str  # for who does not see the picture
    notes: str  # for the speaker: the step's transcript
    background: str  # the picture's, "#rrggbb"


def slides(movie: Movie, wishes: Mapping[str, Any]) -> list[Slide]:
    """The movie's steps."""
    found, trace = [], movie.trace
    for number, (step, play) in enumerate(zip(trace.steps, plays(movie, wishes), strict=True), 1):
        before = trace.steps[number - 2].machine if number > 1 else None
        notes = "\n".join(printable(line).rstrip() for line in step_lines(trace, step, number, before))
        words = one_line(step.caption), one_line(play[-1].description or step.caption), notes.strip("\n")
        found.append(Slide(number, *words, play[-1].background))
    return found


def plays(movie: Movie, wishes: Mapping[str, Any]) -> list[list[Scene]]:
    """The scenes of each step, in the look that is wished for."""
    how = wished(dict(wishes))
    return movie.scenes(how.theme, how.view, how.font, how.size)


def file_name(movie: Movie) -> str:
    """The movie's name as TeX, Markdown and the web take it without quoting."""
    return re.sub(r"[^A-Za-z0-9_]+", "-", movie.name).strip("-") or "movie"


def draw(movie: Movie, path: Path, wishes: Mapping[str, Any], step: int | None = None) -> list[Path]:
    """Save the movie, or a step, heeding of the wishes what this format can. The folder is named as it is."""
    heeded = wished(dict(wishes)).only(plugins.format_of(path)[1].heeds)
    return movie.save(targets.literal(path.parent) / path.name, step=step, **heeded.as_dict())


def draw_steps(movie: Movie, folder: Path, wishes: Mapping[str, Any]) -> list[Path]:
    """An SVG for each step: NAME-01.svg ..."""
    digits = max(2, len(str(len(movie.trace.steps))))
    return draw(movie, folder / f"{file_name(movie)}-{{step:0{digits}d}}.svg", wishes)


def write(path: Path, lines: Iterable[str]) -> Path:
    """A text file of these lines, which may be several each."""
    with targets.written(path) as beside:
        beside.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8", newline="\n")
    return path


def one_line(text: str) -> str:
    """The text in one line, without what steers terminals and programs."""
    return printable(" ".join(text.split()))


def printable(text: str) -> str:
    """The text with a "?" for each character that cannot be printed."""
    return "".join(c if c.isprintable() else "?" for c in text.expandtabs(4))


def in_html(text: str) -> str:
    """The text for HTML, also between quotation marks."""
    return html.escape(text)
