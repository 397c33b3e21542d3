"""Traces spoilt in every field, and what becomes of them:   python tests/trace/spoil.py 100000   (``make nightly``).

The same number gives the same spoilt trace. Each is refused in one line, or read, told again to an equal one, and told
in words and drawn, or refused by the picture in one line.
"""

from __future__ import annotations

import json
import os
import random
import resource
import sys
import time
import typing
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import dataclass, field, fields, is_dataclass, replace
from enum import Enum
from functools import cache
from multiprocessing import Pool
from types import NoneType
from typing import Any

from cowviz.diagram.stage import Stage
from cowviz.diagram.view import View
from cowviz.errors import CowvizError
from cowviz.memory.bulk_access import Numbers
from cowviz.memory.machine import Machine, Prot, Vma
from cowviz.memory.tables.frame_table import Frame, FrameTable
from cowviz.memory.tables.page_table import PageTable
from cowviz.memory.tables.pte import Pte
from cowviz.memory.tables.radix import Radix
from cowviz.narration.transcript import to_text
from cowviz.story.loader import load_scenario, scenarios
from cowviz.themes.light import THEME
from cowviz.trace.codec import dumps, loads
from cowviz.trace.json_encode import default, hints
from cowviz.trace.json_names import events as all_events
from cowviz.trace.model import Recording, Snapshot, Step, Trace
from cowviz.views import columns

COLUMNS = (View.of("columns", columns),)

Kind = tuple[Any, ...]  # of a place: the fields that lead to it, whichever of the records
ANYWHERE: Kind = ("any character",)
CHUNK = 250  # mutants that a processor takes at a time
ODD: tuple[Any, ...] = (
    *(None, True, -1, 0, 1, 2**40, 2**53, 2**70, 10**30, 1.5, float("nan"), "", "x", "rw-", "x" * 10_000),
    *([], {}, [[]], [[[[[]]]]], {"event": "forked"}, {"range": [0, 2**52, 1]}, {"range": [9, 0, -1]}, [[0, 1, 2**30]]),
    *("\ud800", "\x00\x1b[2J", "../../etc/passwd", "__class__"),
)
CHARACTERS = ("", "0", "9", '"', "]", "{", "-", "e", "\x00", "é", "\\ud800", "NaN", "[" * 3000)


def example(kind: Any, unlike: object = None) -> Any:
    """A value of that type, and in it of every field, which does not stand at its default and so is told."""
    origin, args = typing.get_origin(kind) or kind, typing.get_args(kind)
    if NoneType in args:
        return example(next(arg for arg in args if arg is not NoneType), unlike)
    if origin is tuple:
        return tuple(example(arg) for arg in args if arg is not ...)
    if origin in (frozenset, Radix, Mapping):
        some = [example(arg) for arg in args]
        return {frozenset: frozenset, Radix: lambda x: Radix.of([(1, *x)]), Mapping: lambda x: dict([x])}[origin](some)  # type: ignore[operator]
    if kind is Numbers:
        return Numbers([1])
    if kind is bytes:
        return bytes([2])
    if kind in (PageTable, FrameTable):
        return kind.of([(1, example(Pte if kind is PageTable else Frame))])
    if is_dataclass(kind):
        values = {f.name: example(hints(kind)[f.name], default(f)) for f in fields(kind)}  # type: ignore[arg-type]
        return kind(**values | ({"end": 2} if kind is Vma else {}))  # type: ignore[operator]
    if hasattr(kind, "_fields"):
        return kind(*[example(hints(kind)[name], kind._field_defaults.get(name)) for name in kind._fields])
    if isinstance(kind, type) and issubclass(kind, Enum):
        return Prot.R | Prot.W if kind is Prot else list(kind)[-1]
    if not isinstance(kind, type):  # one type or another
        return example(args[0])
    return {int: 2 if unlike == 1 else 1, str: "x", bool: unlike is not True}[kind]


def of_everything() -> Trace:
    """A trace that has every field of every record, and every event."""
    machine, events = example(Machine), tuple(example(kind) for kind in all_events().values())
    parent = replace(machine.processes[1], mm=None, thread_of=None)
    child = replace(parent, pid=2, mm=1, thread_of=1)  # what shares a memory has the same tables
    processes = {1: parent, 2: child}
    machine = replace(machine, processes=processes)
    later = replace(machine, processes={**processes, 3: replace(child, pid=3)}, swap_slots=5)
    first, second = (Snapshot(machine, events),), (Snapshot(later, events[:1] * 9),)
    steps = Step("One.", first, 1), Step("Two.", second, 1, ("columns", "table"), (1, 1024))
    return Trace("everything", "Everything", "Doc.", steps, ("x = 1;",), example(Recording), "ro", ("columns",))


@cache
def texts() -> tuple[list[str], list[str]]:
    """What is spoilt: a trace of everything and the small bundled ones most of the time; sometimes the long ones."""
    found = {one.name: one.path for one in scenarios()}
    told = [dumps(of_everything())]
    told += [p.read_text() if p.suffix == ".json" else dumps(load_scenario(p).record()) for p in found.values()]
    long = [text for text in told if '"times": 1024' in text]
    return [text for text in told if text not in long], long


@cache
def places(text: str) -> dict[Kind, list[tuple[Any, ...]]]:
    """Every place in the data, as the keys that lead there, by its kind: which field, of which record."""
    found: dict[Kind, list[tuple[Any, ...]]] = {}
    for kind, path in _places(json.loads(text), (), ()):
        found.setdefault(kind, []).append(path)
    return found


def _places(
    data: Any, kind: tuple[Any, ...], path: tuple[Any, ...]
) -> Iterator[tuple[tuple[Any, ...], tuple[Any, ...]]]:
    for key, item in data.items() if isinstance(data, dict) else enumerate(data):
        name = (
            "[]"
            if isinstance(data, list) and isinstance(item, list | dict)
            else min(key, 5)
            if isinstance(key, int)
            else key
        )
        inner = (*kind, item["event"] if isinstance(item, dict) and "event" in item else name)
        yield inner, (*path, key)
        if isinstance(item, dict | list):
            yield from _places(item, inner, (*path, key))


def turn(number: int) -> tuple[str, Kind]:
    """Which text is spoilt in the trace of that number, and in which kind of place: every kind has its turn."""
    short, long = texts()
    text = long[number // 50 % len(long)] if number % 50 == 49 else short[number % len(short)]
    if number % 5 == 4:
        return text, ANYWHERE
    kinds = list(places(text))
    return text, kinds[(number // len(short) + number // 997) % len(kinds)]


def spoilt(number: int) -> str:
    """The spoilt trace of that number."""
    chance = random.Random(number)
    text, kind = turn(number)
    if kind == ANYWHERE:
        return _odd_characters(text, chance)
    kinds = places(text)
    data = json.loads(text)
    for where in (kind, *chance.choices(list(kinds), k=chance.choice((0, 0, 1, 2)))):
        _spoil(data, chance.choice(kinds[where]), text, chance)
    return json.dumps(data)


def _spoil(data: Any, path: tuple[Any, ...], text: str, chance: random.Random) -> None:
    try:
        for key in path[:-1]:
            data = data[key]
        old = data[path[-1]]
        data[path[-1]] = old
    except (LookupError, TypeError):  # it went with what was spoilt before
        return
    match chance.randrange(10):
        case 0:
            del data[path[-1]]
        case 1 if isinstance(data, list):
            data.append(old)
        case 2:
            other: Any = json.loads(text)
            for key in chance.choice(chance.choice(list(places(text).values()))):
                other = other[key]
            data[path[-1]] = other
        case 3 | 4 | 5 | 6 | 7 if (other := _another(old, chance)) is not None:
            data[path[-1]] = other
        case _:
            data[path[-1]] = chance.choice(ODD)


def _another(old: Any, chance: random.Random) -> Any:
    """A value of the same type, which may pass for a true one; None where there is none."""
    match old:
        case bool():
            return not old
        case int():
            return old + chance.choice((-1, 1, 2, 512, -(old + 1), 1 << 36))
        case str():
            names = ("rw-", "r--", "r-x", "cow_copy", "demand_zero", "segv_maperr", "read", "stack", "heap", "accessed")
            return chance.choice((*names, old + "\n\x1b", old.upper(), old * 50, "heap", "", " ", "…", "🐄\u202e"))
        case list():
            return chance.choice((old * 2, old[::-1], old[1:], old[:-1], []))
    return None


def _odd_characters(text: str, chance: random.Random) -> str:
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(text))
        text = text[:at] + chance.choice(CHARACTERS) + text[at + chance.randrange(3) :]
    return text


@dataclass
class Tally:
    """What became of many."""

    outcomes: Counter[str] = field(default_factory=Counter)
    kinds: set[Kind] = field(default_factory=set)
    slowest: tuple[float, int] = (0.0, -1)  # seconds of processor time that a refusal took, and whose
    peak: int = 0  # MB, of the whole process, which also draws
    failures: list[str] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        self.outcomes += other.outcomes
        self.kinds |= other.kinds
        self.slowest = max(self.slowest, other.slowest)
        self.peak = max(self.peak, other.peak)
        self.failures += other.failures


def one_line(error: CowvizError, start: str = "") -> None:
    told = str(error)
    assert told.startswith(start)
    assert "\n" not in told, told
    assert len(told) < 400, told


def read(text: str, number: int, tally: Tally) -> Trace | None:
    """The trace; None where it is refused, which one line must say."""
    start = time.process_time()
    try:
        return loads(text)
    except CowvizError as error:
        tally.slowest = max(tally.slowest, (time.process_time() - start, number))
        tally.outcomes["refused"] += 1
        one_line(error, "trace: ")
        return None


def tried(number: int, tally: Tally) -> None:
    """Read one, and if it can be, draw it."""
    tally.kinds.add(turn(number)[1])
    trace = read(spoilt(number), number, tally)
    if trace is None:
        return
    told = dumps(trace)
    assert loads(told) == trace, "it is told as another one"
    to_text(trace)
    try:
        stage = Stage(trace, THEME, [COLUMNS] * len(trace.steps))
        assert stage.scenes
        stage.before_after()
        tally.outcomes["read and drawn"] += 1
    except CowvizError as error:
        one_line(error)
        tally.outcomes["read and told, too much for a picture"] += 1


def tally(numbers: range, tried: Callable[[int, Tally], None] = tried) -> Tally:
    """What becomes of the spoilt traces of these numbers."""
    result = Tally()
    for number in numbers:
        try:
            tried(number, result)
        except Exception as error:
            result.failures.append(f"spoilt trace {number}: {error!r}")
    result.peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    return result


def all_kinds() -> set[Kind]:
    return {ANYWHERE, *(kind for text in (*texts()[0], *texts()[1]) for kind in places(text))}


def main(
    count: int,
    tally: Callable[[range], Tally] = tally,
    texts: Callable[[], object] = texts,
    kinds: Set[Kind] | None = None,
) -> int:
    everything = Tally()
    kinds = all_kinds() if kinds is None else kinds
    texts()  # once, and not in each process again
    with Pool(os.cpu_count()) as pool:
        for part in pool.imap_unordered(tally, [range(count)[at : at + CHUNK] for at in range(0, count, CHUNK)]):
            everything.add(part)
            sys.stdout.writelines(f"{failure}\n" for failure in part.failures)
            sys.stdout.flush()
    seconds, number = everything.slowest
    for outcome, times in everything.outcomes.most_common():
        sys.stdout.write(f"{times:8} {outcome}\n")
    sys.stdout.write(
        f"spoilt: {len(everything.kinds)} of {len(kinds)} kinds of places\n"
        f"slowest refusal: {1000 * seconds:.1f} ms of processor time (number {number})\n"
        f"largest process, which also draws: {everything.peak} MB\n"
    )
    return min(len(everything.failures), 1)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
