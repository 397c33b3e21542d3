"""What a page holds, as far as a lesson cares: a few variables with values, or a text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple


class Cell(NamedTuple):
    """One thing a page holds: a variable and its value, or (name ``""``) some text."""

    name: str
    value: str

    def __str__(self) -> str:
        return f"{self.name} = {self.value}" if self.name else self.value


Content = tuple[Cell, ...]  # what is in a frame; () is a page of zeroes


# A quoted text or what stands in brackets is one piece, and so is any other sign.
_PIECES = re.compile(
    r"""(?<!\w)'[^']*' | "(?:\\.|[^"\\])*" | \([^()]*\) | \{[^{}]*\} | \[[^][]*\] | .""", re.VERBOSE | re.DOTALL
)
_NEXT = re.compile(r"[^=,;(){}]+ = ")  # what follows a comma that begins another variable


def parse_content(text: str) -> Content:
    """Parse what a page holds: ``"x = 42; y = 1"`` are two variables; other text stands for the whole page.

    One begins at the start, and after each ``;`` or ``,`` outside quotes and brackets that a ``name = `` follows.
    """
    cells: Content = ()
    for part in _parts(text):
        name, equals, value = part.partition(" = ")
        if not equals or not is_name(name):
            return (Cell("", text),)
        cells = store(cells, Cell(name.strip(), value.strip()))
    return cells


def is_name(text: str) -> bool:
    """Return whether a variable may be called so: brackets and the signs between variables are in no name."""
    return bool(text.strip()) and not any(sign in text for sign in ",;(){}") and " = " not in text


def _parts(text: str) -> Iterator[str]:
    """The text cut where another variable begins."""
    start = 0
    for piece in _PIECES.finditer(text) if "," in text or ";" in text else ():
        if piece[0] in ",;" and _NEXT.match(text, piece.end()):
            yield text[start : piece.start()]
            start = piece.end()
    yield text[start:]


def store(content: Content, cell: Cell) -> Content:
    """Return the content after one store: a variable keeps its neighbours, bare text replaces the page."""
    if not cell.name:
        return (cell,)
    old = tuple(c for c in content if c.name)
    if any(c.name == cell.name for c in old):
        return tuple(cell if c.name == cell.name else c for c in old)
    return (*old, cell)


def content_text(content: Content) -> str:
    """Return what a page holds, for people: ``"x = 42, y = 1"``; a page of zeroes is ``"0"``."""
    return ", ".join(map(str, content)) or "0"
