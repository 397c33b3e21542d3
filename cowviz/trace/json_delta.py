"""What is different between two frozen values, as JSON can say it, and the second one made again of the first.

Of a dataclass only the fields that changed are told. Tables (``Radix``) are runs, [key, value, count], whose values
advance along with the keys; the value null takes keys out. Mappings are lists of [key, change], null for one gone.
What a change does not mention is shared with the old value.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass, replace
from functools import cache
from typing import Any, TypeVar, cast, get_args, get_origin

from cowviz.memory.machine import ZERO_PFN, Frame, Pte
from cowviz.memory.tables.frame_table import FrameTable
from cowviz.memory.tables.levels import FANOUT, KEYS
from cowviz.memory.tables.page_table import PageTable
from cowviz.memory.tables.radix import Radix
from cowviz.trace.json_decode import a_list, an_object, decode, decoder, missing
from cowviz.trace.json_encode import LARGEST, Json, MalformedError, default, encode, hints, short, within
from cowviz.trace.json_names import TABLES, field_names

T = TypeVar("T")

WORDS_PER_ENTRY = 8  # a word is an eighth of what an entry of objects takes
LEAF_COST, TREE_COST, MAPPING_COST = 50, 12, 4  # in entries: a leaf that is copied, a tree, a mapping that is changed


@dataclass(slots=True)
class Budget:
    """How many table entries (of about 100 bytes) may still be made: no short text may make a huge machine."""

    entries: float

    def spend(self, entries: float) -> None:
        self.entries -= entries
        if self.entries < 0:
            raise MalformedError("more pages and frames than any lesson needs")


def difference(old: object, new: object, budget: Budget) -> Json:
    """Return what must be said about ``new`` to one who knows ``old`` (or None); empty where they are equal.

    Raises MalformedError where it is more than ``changed`` would take.
    """
    if isinstance(new, Radix | PageTable | FrameTable):
        return _runs(old if isinstance(old, type(new)) else type(new)(), new, budget)
    if isinstance(new, Mapping):
        was: Mapping[Any, object] = old if isinstance(old, Mapping) else {}
        budget.spend(MAPPING_COST + len(was))
        gone = [[key, None] for key in was if key not in new]
        return gone + [
            [key, difference(was.get(key), value, budget)]
            for key, value in new.items()
            if was.get(key, MISSING) != value
        ]
    if not is_dataclass(new):
        return encode(new)
    before = {f.name: default(f) if old is None else getattr(old, f.name) for f in fields(new)}
    after = {f.name: getattr(new, f.name) for f in fields(new)}
    kind: Any = type(new)
    called = field_names(kind)
    return {
        called[name]: difference(None if before[name] is MISSING else before[name], value, budget)
        for name, value in after.items()
        if before[name] is not value and before[name] != value
    }


def _runs(old: Any, new: Any, budget: Budget) -> list[Json]:
    """Every key whose value is another one, or gone; what both tables share is not read."""
    runs: list[tuple[int, int, Any]] = []
    first = count = 0
    value = goes_on = None
    for key, times, begins in _changed_runs(old, new):
        if count and key == first + count and begins == goes_on:
            count += times
        else:
            if count:
                runs.append((first, count, value))
            first, count, value = key, times, begins
        goes_on = advanced(value, count)
    if count:
        runs.append((first, count, value))
    budget.spend(TREE_COST)
    last = -1
    for first, count, value in runs:
        last = _spend_run(old, first, count, last, budget)
        if isinstance(value, Frame) and value.cached_page:
            budget.spend(count)
    return [[first, encode(value), count] for first, count, value in runs]


def _changed_runs(old: Any, new: Any) -> Iterable[tuple[int, int, Any]]:
    """The keys of other values, as runs where a table tells them so: the first, how many, its new value."""
    if isinstance(new, Radix):
        return ((key, 1, value) for key, _, value in old.differences(new))
    return cast(Iterable[tuple[int, int, Any]], old.changes(new))


def advanced(value: object, by: int) -> object:
    """Return what a run's key so far on holds: frame and file page advance with it, the zero page stays as it is."""
    match value:
        case Pte(pfn=pfn):
            return value if pfn == ZERO_PFN else value._replace(pfn=pfn + by)
        case Frame(cached_page=(file, offset)):
            return value._replace(cached_page=(file, offset + by))
        case int():
            return value + by
    return value


def changed(kind: type[T], old: T | None, data: Json, budget: Budget) -> T:
    """Return the value of type ``kind`` that ``difference`` told of, beside ``old`` (or None where there was none).

    Raises MalformedError.
    """
    return cast(T, _changed(kind, old, data, budget))


def _changed(kind: Any, old: Any, data: Json, budget: Budget) -> Any:
    args = get_args(kind)
    if kind in TABLES:
        return _with_runs(TABLES[kind], kind() if old is None else old, data, budget)
    if get_origin(kind) is Radix:
        return _with_runs(args[0], Radix() if old is None else old, data, budget)
    if get_origin(kind) is Mapping:
        return _with_pairs(args[0], args[1], old or {}, data, budget)
    if not is_dataclass(kind):
        return decode(kind, data)
    return _with_fields(cast(Any, kind), old, an_object(data), budget)


def _with_fields(kind: Any, old: Any, data: dict[str, Json], budget: Budget) -> Any:
    if old is None:
        missing(kind, data)
    new = {}
    attributes = _attributes(kind)
    for name, change in data.items():
        if (field := attributes.get(name)) is None:
            raise MalformedError(f"a {kind.__name__} has no {short(name)}")
        with within(name):
            new[field] = _changed(hints(kind)[field], getattr(old, field, None), change, budget)
    if old is None:
        return kind(**new)
    return replace(old, **new) if new else old


@cache
def _attributes(kind: Any) -> dict[str, str]:
    """A dataclass's fields in code, by what JSON calls them."""
    return {name: field for field, name in field_names(kind).items()}


def _with_pairs(key_kind: Any, kind: Any, old: Mapping[Any, Any], data: Json, budget: Budget) -> Mapping[Any, Any]:
    new = dict(old)
    budget.spend(MAPPING_COST + len(new))
    for pair in a_list(data):
        key, change = decode(tuple[key_kind, object], pair)
        with within(short(key)):
            if change is None:
                new.pop(key, None)
            else:
                new[key] = _changed(kind, new.get(key), change, budget)
    return new


def _with_runs(kind: Any, old: Any, data: Json, budget: Budget) -> Any:
    budget.spend(TREE_COST)
    runs = _read_runs(kind, old, a_list(data), budget)
    if not isinstance(old, Radix):
        return old.with_runs(runs)
    return old.updated((first + i, advanced(value, i)) for first, count, value in runs for i in range(count))


def _read_runs(kind: Any, old: Any, runs: list[Json], budget: Budget) -> Iterator[tuple[int, int, Any]]:
    last = -1
    read_value = decoder(kind)
    for run in runs:
        key, item, count = decode(tuple[int, object, int], run)
        if key < 0 or count < 1 or key + count > KEYS:
            raise MalformedError(f"no run of {count} from {key}")
        last = _spend_run(old, key, count, last, budget)
        value = None if item is None else read_value(item)
        match value:
            case Pte(pfn=number) if number != ZERO_PFN:
                numbers(number, count)
            case Frame(cached_page=(_, number)):
                budget.spend(count)  # each has a place of its own beside it
                numbers(number, count)
            case int():
                numbers(value, count)
        yield key, count, value


def _spend_run(old: Any, key: int, count: int, last: int, budget: Budget) -> int:
    """Spend what a run costs that comes after one which ended in leaf ``last``; returns the leaf that it ends in."""
    first, end = key // FANOUT, (key + count - 1) // FANOUT
    entries = count if isinstance(old, Radix) else count / WORDS_PER_ENTRY
    budget.spend(entries + LEAF_COST * (end - first + (first != last)) + old.breadth(key) // 2)
    return end


def numbers(first: int, count: int) -> range:
    """Return so many whole numbers from ``first`` on. Raises MalformedError where the last is too large."""
    if first + count > LARGEST:
        raise MalformedError(f"no {count} numbers from {first}")
    return range(first, first + count)
