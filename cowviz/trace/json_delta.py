"""What is different between two frozen values, as JSON can say it, and the second one made again of the first.

Of a dataclass only the fields that changed are told. Tables (``Radix``) are runs, [key, value, count], whose values
advance along with the keys; the value null takes keys out. Mappings are lists of [key, change], null for one gone.
What a change does not mention is shared with the old value.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass, replace
from functools import cache
from itertools import repeat
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
    runs: list[list[Any]] = []
    for key, _, value in old.differences(new):
        if runs and key == runs[-1][3] and value == runs[-1][4]:
            runs[-1][2] += 1
        else:
            runs.append([key, value, 1, 0, None])
        runs[-1][3:] = key + 1, following(value)  # what would continue this run
    budget.spend(TREE_COST)
    last = -1
    for first, value, count, _, _ in runs:
        last = _spend_run(old, first, count, last, budget)
        if isinstance(value, Frame) and value.cached_page:
            budget.spend(count)
    return [[first, encode(value), count] for first, value, count, _, _ in runs]


def following(value: object) -> object:
    """Return what the next key of a run holds: frame and file page advance with it, the zero page stays what it is."""
    match value:
        case Pte():
            return value if value.pfn == ZERO_PFN else value._replace(pfn=value.pfn + 1)
        case Frame(cached_page=(file, offset)):
            return value._replace(cached_page=(file, offset + 1))
        case int():
            return value + 1
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
    return old.updated(_unrolled(kind, old, a_list(data), budget))


def _unrolled(kind: Any, old: Any, runs: list[Json], budget: Budget) -> Iterator[tuple[int, Any]]:
    last = -1
    read_value = decoder(kind)
    for run in runs:
        key, item, count = decode(tuple[int, object, int], run)
        if key < 0 or count < 1 or key + count > KEYS:
            raise MalformedError(f"no run of {count} from {key}")
        last = _spend_run(old, key, count, last, budget)
        values = repeat(None) if item is None else _advancing(read_value(item), count, budget)
        yield from zip(range(key, key + count), values)  # noqa: B905  # what stays the same has no end


def _spend_run(old: Any, key: int, count: int, last: int, budget: Budget) -> int:
    """Spend what a run costs that comes after one which ended in leaf ``last``; returns the leaf that it ends in."""
    first, end = key // FANOUT, (key + count - 1) // FANOUT
    entries = count if isinstance(old, Radix) else count / WORDS_PER_ENTRY
    budget.spend(entries + LEAF_COST * (end - first + (first != last)) + old.breadth(key) // 2)
    return end


def _advancing(value: Any, count: int, budget: Budget) -> Iterable[Any]:
    """What so many keys of a run hold: ``following``, many times over, without a step of Python for each."""
    match value:
        case Pte(pfn, prot, dirty) if pfn != ZERO_PFN:
            return map(Pte, numbers(pfn, count), repeat(prot), repeat(dirty))
        case Frame(cached_page=(file, offset)):
            budget.spend(count)  # each has a place of its own beside it
            caches = zip(repeat(file), numbers(offset, count))
            return (value._replace(cached_page=cache) for cache in caches)
        case int():
            return numbers(value, count)
    return repeat(value)


def numbers(first: int, count: int) -> range:
    """Return so many whole numbers from ``first`` on. Raises MalformedError where the last is too large."""
    if first + count > LARGEST:
        raise MalformedError(f"no {count} numbers from {first}")
    return range(first, first + count)
