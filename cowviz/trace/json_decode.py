"""What JSON says, as frozen values again, led by their types; checked to the last number.

A decoder is put together once for a type: what it returns is what the type promises.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from functools import cache, partial
from types import NoneType, UnionType
from typing import Any, NoReturn, TypeVar, Union, cast, get_args, get_origin

from cowviz.memory.machine import Prot
from cowviz.text import clean
from cowviz.trace.json_encode import LARGEST, Json, MalformedError, check_length, default, hints, short
from cowviz.trace.json_names import RETIRED, TABLES, field_names, members

Decoder = Callable[[Json], object]  # makes a value of one type, or raises MalformedError


T = TypeVar("T")


def decode(kind: type[T], data: Json) -> T:
    """Return the value of type ``kind`` that ``data`` says; MalformedError where it says none."""
    return cast(T, decoder(cast(Hashable, kind))(data))


@cache
def decoder(kind: Hashable) -> Decoder:
    """Return what decodes a type: put together once, not anew for each of many values."""
    origin, args = get_origin(kind) or kind, get_args(kind)
    if origin in (UnionType, Union):
        return _one_of(args)
    if origin is tuple and args:
        return _some(decoder(args[0])) if args[-1] is ... else _each([decoder(arg) for arg in args])
    if origin is frozenset:
        items = _some(decoder(args[0]))
        return lambda data: frozenset(cast(Iterable[object], items(data)))
    if is_dataclass(kind) and kind not in TABLES:
        return _dataclass(kind)
    if hasattr(kind, "_fields"):
        return _named_tuple(kind)
    if kind in _SCALARS:
        return _SCALARS[kind]
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return partial(_member, kind)
    return partial(_formless, kind)


@cache
def _fields_decoder(kind: type) -> Callable[[Json], dict[str, Any]]:
    """Return what decodes the fields of a dataclass that an object names; every one without a default must be there."""
    called = field_names(kind)
    readers = {called[name]: (name, decoder(hint)) for name, hint in hints(kind).items() if name in called}
    needed = {called[field.name] for field in fields(kind) if default(field) is MISSING}
    retired = RETIRED.get(kind, set())

    def read(data: Json) -> dict[str, Any]:
        told = an_object(data)
        if retired:
            told = {name: value for name, value in told.items() if name not in retired}
        if not told.keys() <= readers.keys():
            raise _unexpected(f"a field of {kind.__name__}", next(name for name in told if name not in readers))
        if not needed <= told.keys():
            missing(kind, told)
        decoded, name = dict[str, Any](), ""
        try:
            for name, value in told.items():
                field, reader = readers[name]
                decoded[field] = reader(value)
        except ValueError as error:  # ``within`` in so many words: this is done for every event
            raise MalformedError(f"{name}: {error}") from None
        return decoded

    return read


def _dataclass(kind: Any) -> Decoder:
    values = _fields_decoder(kind)
    return lambda data: kind(**values(data))


def missing(kind: type, data: Mapping[str, Json]) -> None:
    """Raise MalformedError for a field that has no default and is not in ``data``."""
    for field in fields(kind):
        name = field_names(kind)[field.name]
        if name not in data and default(field) is MISSING:
            raise MalformedError(f"{kind.__name__} without {name!r}")


def a_list(data: Json) -> list[Json]:
    """Return the data, which must be a list."""
    if isinstance(data, list):
        return data
    raise _unexpected("a list", data)


def an_object(data: Json) -> dict[str, Json]:
    """Return the data, which must be an object."""
    if isinstance(data, dict):
        return data
    raise _unexpected("an object", data)


def _one_of(kinds: tuple[Any, ...]) -> Decoder:
    """The first type that fits; where none does, the last one's complaint is the clearest."""
    *others, last = [decoder(kind) for kind in kinds if kind is not NoneType]
    is_optional = NoneType in kinds

    def read(data: Json) -> Any:
        if data is None and is_optional:
            return None
        for other in others:
            try:
                return other(data)
            except MalformedError:
                pass
        return last(data)

    return read


def _some(read: Decoder) -> Decoder:
    return lambda data: tuple([read(item) for item in a_list(data)])


def _each(readers: list[Decoder]) -> Decoder:
    def read(data: Json) -> tuple[Any, ...]:
        items = a_list(data)
        if len(items) != len(readers):
            raise _unexpected(f"{len(readers)} items", data)
        return tuple([reader(item) for reader, item in zip(readers, items, strict=True)])

    return read


def _named_tuple(kind: Any) -> Decoder:
    readers = [decoder(hints(kind)[name]) for name in kind._fields]
    least, most = len(readers) - len(kind._field_defaults), len(readers)

    def read(data: Json) -> Any:
        items = a_list(data)
        if not least <= len(items) <= most:
            raise _unexpected(f"a {kind.__name__}", data)
        return kind(*[reader(item) for reader, item in zip(readers, items, strict=False)])

    return read


def _text(data: Json) -> str:
    """Half of a surrogate pair is no character: it could never be written to a file again."""
    if not isinstance(data, str):
        raise _unexpected("text", data)
    check_length(data)
    try:
        data.isascii() or data.encode()
    except UnicodeEncodeError:
        raise _unexpected("text", data) from None
    return clean(data)


def _truth(data: Json) -> bool:
    if isinstance(data, bool):
        return data
    raise _unexpected("true or false", data)


def _number(data: Json) -> int:
    """Of -1, the zero page's number, or more: nothing that is counted goes below. True is no number."""
    if type(data) is int and -1 <= data < LARGEST:
        return data
    raise _unexpected("a whole number in range", data)


def _range(data: Json) -> range:
    told = an_object(data)
    if told.keys() != {"range"}:
        raise _unexpected("a range", data)
    start, stop, step = decode(tuple[int, int, int], told["range"])
    if not step:
        raise _unexpected("a step", step)
    return range(start, stop, step)


def _prot(data: Json) -> Prot:
    text = _text(data)
    if len(text) > len("none"):
        raise _unexpected("a protection", data)
    return Prot.parse(text)


def _member(kind: Any, data: Json) -> Any:
    if (found := members(kind).get(_text(data))) is None:
        raise _unexpected(f"{kind.__name__} by name", data)
    return found


def _formless(kind: Any, data: Json) -> NoReturn:
    """Tables and mappings are told by what is different in them (``delta``)."""
    raise TypeError(f"no plain form for {kind}")


def _unexpected(what: str, data: Json) -> MalformedError:
    return MalformedError(f"expected {what}, not {short(data)}")


_SCALARS: dict[Any, Decoder] = {
    object: lambda data: data,  # whoever asks decodes it further
    str: _text,
    bool: _truth,
    int: _number,
    range: _range,
    Prot: _prot,
}
