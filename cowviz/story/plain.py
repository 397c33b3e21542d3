"""Frozen values to what JSON can say, and back, led by their types: a new class or field needs no line here.

A dataclass becomes an object without the fields that stand at their default, a NamedTuple a list, an enum its name.
Whatever comes back is checked to the last number: what ``decode`` returns is what the types promise.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import MISSING, Field, fields, is_dataclass
from functools import cache
from reprlib import repr as short
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from cowviz.memory.machine import Prot

Json = Any  # None, bool, int, str, lists and objects of these; floats are never written, and refused when read
LARGEST = 1 << 53  # what every JSON reader holds exactly


class MalformedError(ValueError):
    """Something that is not what its type promises, in a few plain words."""


@contextmanager
def within(place: str) -> Iterator[None]:
    """Tell where in the text an error lies: each level puts its own name in front."""
    try:
        yield
    except ValueError as error:
        raise MalformedError(f"{place}: {error}") from None


def default(field: Field[Any]) -> object:
    """What the field holds where nothing is written; MISSING where something must be."""
    return field.default if field.default_factory is MISSING else field.default_factory()


@cache
def hints(kind: type) -> dict[str, Any]:
    """The types of a class's fields, by name."""
    return get_type_hints(kind)


def encode(value: object) -> Json:
    """The value as JSON can say it."""
    match value:
        case Prot():
            return str(value)
        case enum.Enum():
            return value.name
        case None | bool() | int() | str():
            return value
        case range():
            return {"range": [value.start, value.stop, value.step]}
        case frozenset():
            return sorted(value)
        case tuple():
            return [encode(item) for item in _told(value)]
    if is_dataclass(value):
        return {f.name: encode(now) for f in fields(value) if (now := getattr(value, f.name)) != default(f)}
    raise TypeError(f"no plain form for {type(value).__name__}")


def _told(items: tuple[object, ...]) -> tuple[object, ...]:
    """All items; of a NamedTuple, without the last ones that stand at their default."""
    defaults: dict[str, object] = getattr(items, "_field_defaults", {})
    names: tuple[str, ...] = getattr(items, "_fields", ())
    count = len(items)
    while count and names and names[count - 1] in defaults and items[count - 1] == defaults[names[count - 1]]:
        count -= 1
    return items[:count]


def decode(kind: Any, data: Json) -> Any:
    """The value of type ``kind`` that ``data`` says; MalformedError where it says none."""
    origin, args = get_origin(kind) or kind, get_args(kind)
    if origin in (UnionType, Union):
        return _one_of(args, data)
    if kind is object:
        return data  # whoever asks decodes it further
    if kind is NoneType:
        return _expect(None if data is None else MISSING, "null", data)
    if origin is tuple and args:
        return _items(args, data)
    if origin is frozenset:
        return frozenset(_items((*args, ...), data))
    if is_dataclass(kind):
        return kind(**decode_fields(kind, data))  # type: ignore[operator]  # a class, never an instance
    if hasattr(kind, "_fields"):
        return _named_tuple(kind, data)
    return _scalar(kind, data)


def decode_fields(kind: Any, data: Json) -> dict[str, Any]:
    """The fields of a dataclass that ``data`` names, decoded; every one without a default must be there."""
    types = hints(kind)
    for name in an_object(data):
        _expect(name if name in types else MISSING, f"a field of {kind.__name__}", name)
    missing(kind, data)
    decoded = {}
    for name, value in data.items():
        with within(name):
            decoded[name] = decode(types[name], value)
    return decoded


def missing(kind: Any, data: dict[str, Json]) -> None:
    """Complain of a field of the dataclass that has no default and is not in ``data``."""
    for field in fields(kind):
        if field.name not in data and default(field) is MISSING:
            raise MalformedError(f"{kind.__name__} without {field.name!r}")


def a_list(data: Json) -> list[Json]:
    items: list[Json] = _expect(data if isinstance(data, list) else MISSING, "a list", data)
    return items


def an_object(data: Json) -> dict[str, Json]:
    items: dict[str, Json] = _expect(data if isinstance(data, dict) else MISSING, "an object", data)
    return items


def _one_of(kinds: tuple[Any, ...], data: Json) -> Any:
    """The first type that fits; where none does, the last one's complaint is the clearest."""
    ordered = sorted(kinds, key=lambda kind: kind is not NoneType)
    for kind in ordered[:-1]:
        try:
            return decode(kind, data)
        except MalformedError:
            pass
    return decode(ordered[-1], data)


def _items(kinds: tuple[Any, ...], data: Json) -> tuple[Any, ...]:
    if kinds[-1] is ...:
        return tuple([decode(kinds[0], item) for item in a_list(data)])
    _expect(data if len(a_list(data)) == len(kinds) else MISSING, f"{len(kinds)} items", data)
    return tuple([decode(kind, item) for kind, item in zip(kinds, data, strict=True)])


def _named_tuple(kind: Any, data: Json) -> Any:
    least, most = len(kind._fields) - len(kind._field_defaults), len(kind._fields)
    _expect(data if least <= len(a_list(data)) <= most else MISSING, f"a {kind.__name__}", data)
    return kind(*[decode(hints(kind)[name], item) for name, item in zip(kind._fields, data, strict=False)])


def _scalar(kind: Any, data: Json) -> Any:
    if kind is str:
        return _expect(data if _is_text(data) else MISSING, "text", data)
    if kind is bool:
        return _expect(data if isinstance(data, bool) else MISSING, "true or false", data)
    if kind is int:  # -1 is the zero page's number; nothing that is counted goes below
        fits = type(data) is int and -1 <= data < LARGEST
        return _expect(data if fits else MISSING, "a whole number in range", data)
    if kind is range:
        numbers = _items((int, int, int), an_object(data).get("range"))
        return range(*numbers) if numbers[2] else _expect(MISSING, "a step", 0)
    if kind is Prot:
        return Prot.parse(_scalar(str, data))
    if issubclass(kind, enum.Enum):
        return _expect(kind.__members__.get(_scalar(str, data), MISSING), f"{kind.__name__} by name", data)
    raise TypeError(f"no plain form for {kind}")


def _is_text(data: Json) -> bool:
    """Half of a surrogate pair is no character: it could never be written to a file again."""
    return isinstance(data, str) and (data.isascii() or not any("\ud800" <= c <= "\udfff" for c in data))


def _expect(value: Any, what: str, data: Json) -> Any:
    if value is MISSING:
        raise MalformedError(f"expected {what}, not {short(data)}")
    return value
