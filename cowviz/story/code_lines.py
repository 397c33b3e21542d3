"""Finds a line of a story's code by its number or by a text in it."""

from __future__ import annotations

from collections.abc import Sequence

from cowviz.errors import CowvizError


def line_number(code: Sequence[str], line: int | str) -> int:
    """Find a line of the code; return its number, from 1. Raises CowvizError if there is none."""
    if isinstance(line, str):
        for number, text in enumerate(code, 1):
            if line in text:
                return number
        raise CowvizError(f"no line of the code contains {line!r}; {_lines(code)}")
    if not 1 <= line <= len(code):
        raise CowvizError(f"no line {line} of the code; {_lines(code)}")
    return line


def _lines(code: Sequence[str]) -> str:
    if not code:
        return "there is no code: call story.code() first"
    return f"it has {len(code)} {'line' if len(code) == 1 else 'lines'}"
