"""What a page holds, as far as a lesson cares: a few variables with values, or a text."""

from __future__ import annotations

from typing import NamedTuple


class Cell(NamedTuple):
    """One thing a page holds: a variable and its value, or (name ``""``) some text."""

    name: str
    value: str

    def __str__(self) -> str:
        return f"{self.name} = {self.value}" if self.name else self.value


Content = tuple[Cell, ...]  # what is in a frame; () is a page of zeroes


def parse_cell(text: str) -> Cell:
    """``"x = 42"`` is the variable x; any other text stands for the whole page."""
    name, equals, value = text.partition(" = ")
    return Cell(name.strip(), value.strip()) if equals else Cell("", text)


def store(content: Content, cell: Cell) -> Content:
    """The content after one store: a variable keeps its neighbours, bare text replaces the page."""
    if not cell.name:
        return (cell,)
    old = tuple(c for c in content if c.name)
    if any(c.name == cell.name for c in old):
        return tuple(cell if c.name == cell.name else c for c in old)
    return (*old, cell)


def content_text(content: Content) -> str:
    """What a page holds, for people: ``"x = 42, y = 1"``; a page of zeroes is ``"0"``."""
    return ", ".join(map(str, content)) or "0"
