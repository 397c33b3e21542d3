"""Tells the progress of a fault in short words: fault, copy, remap, retry."""

from __future__ import annotations

from collections.abc import Iterable

from cowviz.language import _
from cowviz.memory.events import Accessed, Event
from cowviz.narration.event_rows import row_of


def rail_words(events: Iterable[Event]) -> list[str]:
    """Name the parts of a fault in their order, each word once in a row; an access that no fault held up is none."""
    words: list[str] = []
    for event in events:
        word = _word(event)
        if not word or (isinstance(event, Accessed) and not words):
            continue
        if words[-1:] != [word]:
            words.append(word)
    return words


def _word(event: Event) -> str:
    row = row_of(event)
    word = "" if row is None else row.rail if isinstance(row.rail, str) else row.rail(event)
    return word and _(word)
