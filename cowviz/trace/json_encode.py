"""Frozen values to what JSON can say, led by their types.

A dataclass becomes an object without the fields that stand at their default, a NamedTuple a list, an enum its name
(``json_names`` has the names).
The way back is ``decoding``.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import MISSING, Field, fields, is_dataclass
from functools import cache
from reprlib import Repr
from typing import Any, TypeVar, get_type_hints

from cowviz.memory.machine import Prot
from cowviz.trace.json_names import field_names, member_name
from cowviz.trace.limits import MOST_SIGNS

Json = object  # None, bool, int, str, lists and objects of these; floats are never written, and refused when read
T = TypeVar("T")

LARGEST = 1 << 53  # what every JSON reader holds exactly

_SHORT = Repr()
_SHORT.maxlevel = _SHORT.maxlist = _SHORT.maxdict = 2  # reprlib's own six of six of six are pages
short = _SHORT.repr  # any value, however large, in a few words


class MalformedError(ValueError):
    """Something that is not what its type promises, in a few plain words."""


@contextmanager
def within(place: str) -> Iterator[None]:
    """Tell where in the text an error lies: each level puts its own name in front."""
    try:
        yield
    except ValueError as error:
        raise MalformedError(f"{place}: {error}") from None


def default(field: Field[T]) -> object:
    """Return what the field holds where nothing is written; MISSING where something must be."""
    return field.default if field.default_factory is MISSING else field.default_factory()


@cache
def hints(kind: type) -> dict[str, object]:
    """Return the types of a class's fields, by name."""
    return get_type_hints(kind)


def check_length(text: str, most: int = MOST_SIGNS) -> None:
    """Refuse a text that is longer than anybody reads. Raises MalformedError."""
    if len(text) > most:
        raise MalformedError(f"a text of {len(text):,} signs; {most:,} are many")


def encode(value: object) -> Json:
    """Return the value as JSON can say it."""
    match value:
        case Prot():
            return str(value)
        case enum.Enum():
            return member_name(value)
        case str():
            check_length(value)
            return value
        case None | bool() | int():
            return value
        case range():
            return {"range": [value.start, value.stop, value.step]}
        case frozenset():
            return sorted(value)
        case tuple():
            return [encode(item) for item in _told(value)]
    if is_dataclass(value):
        kind: Any = type(value)
        names = field_names(kind)
        return {names[f.name]: encode(now) for f in fields(value) if (now := getattr(value, f.name)) != default(f)}
    raise TypeError(f"no plain form for {type(value).__name__}")


def _told(items: tuple[object, ...]) -> tuple[object, ...]:
    """All items; of a NamedTuple, without the last ones that stand at their default."""
    defaults: dict[str, object] = getattr(items, "_field_defaults", {})
    names: tuple[str, ...] = getattr(items, "_fields", ())
    count = len(items)
    while count and names and names[count - 1] in defaults and items[count - 1] == defaults[names[count - 1]]:
        count -= 1
    return items[:count]
