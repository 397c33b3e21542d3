"""Defines EventRow: all that is said and shown of one kind of event."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from cowviz.memory.events import Event
from cowviz.narration.emphasis import Emphasis

E = TypeVar("E", bound=Event)


@dataclass(frozen=True, slots=True)
class Moment:
    """Where a scenario's caption may stand inside an operation: ``child.write(page, "x = 42", copy="...")``."""

    keyword: str
    absent: str  # what to say where the moment never came: "nothing was copied"


@dataclass(frozen=True, slots=True)
class EventRow(Generic[E]):
    """What is said and shown of the events of one class.

    Sentences are marked with ``N_`` and have no full stop. A ``{word}`` in them is in the table ``MAKERS`` of
    ``cowviz/narration/sentences.py``, or is a field of the event.
    """

    event: type[E]
    # Which event of a step its alternate text is about: the lowest rank that the step has. Ranks are distinct. To add
    # one, look which events a step has beside yours, and take a free number below those that say less than it.
    rank: int
    sentence: str  # of the transcript
    plural: str = ""  # of the transcript, for many such events at once; "" where each is told by itself
    picture: str = ""  # of the alternate text; "" where it is the transcript's
    pauses: bool = False  # whether the picture rests after it, within a step
    moment: Moment | None = None
    mark: Callable[[E, Emphasis], None] | None = None  # lets the accent fall on what the event is about
    rail: str | Callable[[E], str] = ""  # its word in a fault's progress, such as "copy"; "" for none
