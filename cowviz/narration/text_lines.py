"""Lays out lines of a transcript: tables, wrapped texts, many rows in few."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Hashable, Sequence
from itertools import groupby
from typing import TypeVar

WIDTH = 88

T = TypeVar("T")


def in_few(items: Sequence[T], keys: Sequence[Callable[[T], Hashable]], most: int) -> list[list[T]]:
    """Group the items: neighbours with the same key, by the first key that makes few groups; else all alike."""
    for key in keys:
        groups = [list(group) for _, group in groupby(items, key)]
        if len(groups) <= most:
            return groups
    alike: dict[Hashable, list[T]] = {}
    for item in items:
        alike.setdefault(keys[-1](item), []).append(item)
    return list(alike.values())


def table(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Return rows of cells as lines, each column as wide as its widest cell."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["    " + "  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]


def wrapped(text: str, head: str) -> list[str]:
    """Return the text after ``head``, wrapped and hanging below its own beginning."""
    return textwrap.wrap(" ".join(text.split()), WIDTH, initial_indent=head, subsequent_indent=" " * len(head))


def clean(line: str) -> str:
    """Return the line as a terminal may have it: a recording's text must not steer the terminal."""
    return "".join(c if c.isprintable() else "?" for c in line.expandtabs(4)).rstrip()
