"""A LaTeX Beamer frame with one overlay a step, and a deck around it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from cowviz.destinations._slides import Slide, draw, file_name, one_line, slides, write
from cowviz.exporters.options import RenderOptions
from cowviz.movie import Movie

THEN = "pdflatex deck.tex"

NOTES, WIDE = 170.0, 420.0  # pt: the height and the width that Beamer's page of notes leaves to them
SIGN = 0.525  # of a typewriter font's size: how wide a sign is

SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "`": r"\textasciigrave{}",
    **{character: f"\\{character}" for character in "#$%&_"},
}
# pdfTeX stops at a character it has no name for; other engines know them all.
ANY_CHARACTER = (
    r"\providecommand\cowvizchar[1]{\ifdefined\Umathchar#1\else\ifcsname u8:\detokenize{#1}\endcsname#1\else?\fi\fi}"
)

DECK = r"""% A deck of one frame. Compile it in this folder: pdflatex deck.tex
\documentclass[aspectratio=169]{{beamer}}
\usepackage[T1]{{fontenc}}
\IfFileExists{{lmodern.sty}}{{\usepackage{{lmodern}}}}{{}}
\setbeamertemplate{{navigation symbols}}{{}}
% \setbeameroption{{show notes}}
{any_character}
\title{{{title}}}
\begin{{document}}
\input{{{frame}}}
\end{{document}}"""

FRAME = r"""% {title}
% In a deck of your own: \input{{{frame}}}, with {pages} where LaTeX finds pictures.
{any_character}
\begin{{frame}}[plain]
  \setkeys{{Gin}}{{width=\paperwidth,height=\paperheight,keepaspectratio}}%
  \vbox to\textheight{{\vss\makebox[\textwidth][c]{{%
{overlays}
  }}\vss}}
{notes}
\end{{frame}}"""


def export(movie: Movie, folder: Path, options: RenderOptions) -> list[Path]:
    """Write NAME-pages.pdf, NAME-frame.tex and deck.tex."""
    frame, pages = f"{file_name(movie)}-frame", f"{file_name(movie)}-pages.pdf"
    shown = slides(movie, options)
    words = {"frame": frame, "pages": pages, "any_character": ANY_CHARACTER}
    overlays = "%\n".join(_overlay(slide, pages) for slide in shown) + "%"
    notes = "\n".join(line for slide in shown for line in _note(slide))
    title = one_line(movie.title)
    return [
        *draw(movie, folder / pages, options),
        write(folder / f"{frame}.tex", [FRAME.format(title=in_tex(title), overlays=overlays, notes=notes, **words)]),
        write(folder / "deck.tex", [DECK.format(title=in_tex(title), **words)]),
    ]


def in_tex(text: str) -> str:
    """Return the text escaped for LaTeX, also against ligatures of hyphens, commas and quotation marks."""
    return re.sub(r"([-,'])(?=\1)", r"\1{}", "".join(_in_tex(character) for character in text))


def _in_tex(character: str) -> str:
    return SPECIAL.get(character, character if character.isascii() else f"\\cowvizchar{{{character}}}")


def _overlay(slide: Slide, pages: str) -> str:
    options = f"page={slide.number},alt={{{in_tex(slide.alt)}}}"
    return f"    \\only<{slide.number}>{{\\includegraphics[{options}]{{{pages}}}}}"


def _note(slide: Slide) -> Iterator[str]:
    """The notes as they stand, in columns, and as large as one page of notes allows."""
    lines = slide.notes.split("\n")
    pitch = max(2.0, min(8.0, NOTES / len(lines), WIDE / SIGN / max(map(len, lines)) * 6 / 5))
    size = f"\\fontsize{{{pitch * 5 / 6:.2f}}}{{{pitch:.2f}}}\\selectfont"
    yield f"  \\note<{slide.number}>{{\\ttfamily{size}\\parskip0pt\\parindent0pt"
    for line in lines:
        yield f"    \\mbox{{{re.sub(' ', '~', in_tex(line))}}}\\par"
    yield "  }"
