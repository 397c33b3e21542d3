"""Shows a picture in the terminal if it can; else names the picture's file.

Sources: https://iterm2.com/documentation-images.html, https://sw.kovidgoyal.net/kitty/graphics-protocol/
"""

from __future__ import annotations

import os
import shutil
import sys
from base64 import b64encode
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from cowviz import console, output_files

if TYPE_CHECKING:
    from cowviz.movie import Movie

CHUNK = 4096  # bytes of base64: kitty takes no more at once
INLINE = ("iTerm.app", "WezTerm")  # terminals by their TERM_PROGRAM
KITTY = ("kitty", "ghostty")  # by a part of their TERM, or by their TERM_PROGRAM


def show(movie: Movie, step: int | None = None) -> None:
    """Show a step, by default the last, in the terminal; one that shows no pictures is told the file's path.

    The file is ``output/NAME/NN.png``. Raises CowvizError for a step there is not, OutputError.
    """
    draw = protocol(os.environ) if sys.stdout and sys.stdout.isatty() else None
    if draw:
        with output_files.scratch(".png") as path:
            movie.save(path, step=step)
            console.write(draw(path.read_bytes()) + "\n")
    else:
        count = len(movie.trace.steps)
        name = f"{{step:0{max(2, len(str(count)))}d}}.png"
        (path,) = movie.save(Path("output") / output_files.literal(movie.name) / name, step=step or count)
        console.say(str(path))


def protocol(environ: Mapping[str, str]) -> Callable[[bytes], str] | None:
    """Return how the terminal wants a PNG, by what it says of itself; a multiplexer in between would swallow it."""
    term, program = environ.get("TERM", ""), environ.get("TERM_PROGRAM", "")
    if term.startswith(("screen", "tmux")):
        return None
    if program in INLINE:
        return inline
    if program in KITTY or any(name in term for name in KITTY):
        return kitty
    return None


def inline(png: bytes) -> str:
    """Return the escape sequence of iTerm2 and WezTerm, which make a large picture fit."""
    return f"\x1b]1337;File=inline=1;size={len(png)}:{b64encode(png).decode()}\x07"


def kitty(png: bytes) -> str:
    """Return the escape sequences of kitty and Ghostty; as wide as the terminal."""
    text = b64encode(png).decode()
    chunks = [text[i : i + CHUNK] for i in range(0, len(text), CHUNK)]
    heads = [f"a=T,f=100,c={shutil.get_terminal_size().columns},", *[""] * (len(chunks) - 1)]
    more = [*[1] * (len(chunks) - 1), 0]
    return "".join(f"\x1b_G{head}m={m};{chunk}\x1b\\" for head, m, chunk in zip(heads, more, chunks, strict=True))
