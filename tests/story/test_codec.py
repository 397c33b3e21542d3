"""A trace survives its JSON; what is no trace is refused in one line, whatever it is."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cowviz.errors import CowvizError
from cowviz.memory import access, syscalls
from cowviz.memory.events import Changes
from cowviz.memory.machine import Cell, File, Machine, Prot, Pte, Section, boot
from cowviz.memory.page_table import Radix
from cowviz.memory.profile import LINUX, TEXTBOOK, Profile
from cowviz.story.codec import dumps, loads
from cowviz.story.delta import Budget, changed, difference
from cowviz.story.plain import MalformedError
from cowviz.story.trace import Snapshot, Step, Trace

SHIPPED = Path(__file__).parents[2] / "scenarios"  # recorded traces, repeats and all
R, RW, RX = Prot.R, Prot.R | Prot.W, Prot.R | Prot.X


class Teller:
    """Runs operations and keeps each as a step, a snapshot a change."""

    def __init__(self, profile: Profile = TEXTBOOK) -> None:
        self.machine = boot(profile, 4096)
        self.steps: list[Step] = []

    def tell(self, caption: str, operation: Callable[..., Changes], *args: Any, **options: Any) -> None:
        changes = operation(self.machine, *args, **options)
        snapshots = []
        while True:
            try:
                change = next(changes)
            except StopIteration as end:
                self.machine = end.value
                break
            snapshots.append(Snapshot(change.machine, (change.event,)))
        self.steps.append(Step(caption, tuple(snapshots or [Snapshot(self.machine)]), line=1))


def lesson(pages: int = 1, profile: Profile = TEXTBOOK) -> Trace:
    teller = Teller(profile)
    x = Cell("x", "1")
    image = [
        syscalls.Region(16, ((Cell("", "main()"),),), RX, Section.TEXT, ".text"),
        syscalls.Region(64, ((x,),) * pages, RW, Section.HEAP, "heap"),
    ]
    teller.tell("Begin.", syscalls.start, 1, "Parent", image)
    teller.tell("fork().", syscalls.fork, 1, 2, "Child")
    teller.tell("The child writes ✍.", access.write, 2, 64, Cell("x", "42"))
    teller.tell("The parent writes.", access.write, 1, 64, Cell("x", "7"))
    teller.machine = replace(teller.machine, files={**teller.machine.files, "f": File("f", ((x,), ()))})
    teller.tell("mmap().", syscalls.mmap, 2, 4096, 2, R, "map", Section.MMAP, file="f")
    teller.tell("A page of a file.", access.read, 2, 4096)
    teller.tell("Forbidden.", access.write, 2, 4096)
    teller.tell("exit().", syscalls.exit, 2, "killed by SIGSEGV")
    teller.tell("wait().", syscalls.wait, 1, 2)
    return Trace("fork_cow", "Copy-on-write", "Doc.\n\nMore.", tuple(teller.steps), ("x = 1;", '  "quoted";'))


@pytest.mark.parametrize("profile", [TEXTBOOK, LINUX])
@pytest.mark.parametrize("pages", [1, 3, 700])
def test_a_trace_loads_back_to_an_equal_one(pages: int, profile: Profile) -> None:
    trace = lesson(pages, profile)
    assert loads(dumps(trace)) == trace
    assert dumps(loads(dumps(trace))) == dumps(trace)


def test_the_same_trace_gives_the_same_text() -> None:
    assert dumps(lesson()) == dumps(lesson())


def test_what_did_not_change_is_shared_again() -> None:
    steps = loads(dumps(lesson())).steps
    one, two = steps[2].snapshots[0].machine, steps[2].snapshots[1].machine
    assert one.processes[1] is two.processes[1]
    assert one.profile is two.profile
    assert one.processes[2].table is two.processes[2].table


def test_two_processes_of_1024_pages_cost_little() -> None:
    trace = lesson(1024)
    assert len(dumps(replace(trace, steps=trace.steps[:2]))) < 3_000
    assert len(dumps(trace)) < 9_000


def test_the_text_is_for_people_too() -> None:
    text = dumps(lesson())
    assert max(map(len, text.splitlines())) <= 120
    assert "✍" in text
    assert '{"event": "FrameCopied", "pid": 2, "source": 1, "target": 2}' in text


PTES = st.builds(Pte, st.integers(-1, 5), st.sampled_from([R, RW]))
ENTRIES = st.dictionaries(
    st.integers(0, 1100), st.builds(Pte, st.integers(-1, 5), st.sampled_from([R, RW])), max_size=40
)


@given(ENTRIES, ENTRIES)
def test_a_difference_makes_the_new_table_of_the_old_one(old: dict[int, Pte], new: dict[int, Pte]) -> None:
    before, after = Radix.of(old.items()), Radix.of(new.items())
    told = json.loads(json.dumps(difference(before, after)))
    assert changed(Radix[Pte], before, told, Budget(100_000)) == after
    assert difference(after, after) == []


# ------------------------------------------------------------------------------------------------ what is no trace


def spoilt(change: Callable[[dict[str, Any]], object]) -> str:
    data = json.loads(dumps(lesson()))
    change(data)
    return json.dumps(data)


def message(text: str) -> str:
    with pytest.raises(CowvizError) as caught:
        loads(text)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300
    return str(caught.value)


def first_machine(data: dict[str, Any]) -> dict[str, Any]:
    machine: dict[str, Any] = data["steps"][0]["snapshots"][0]["machine"]
    return machine


def third_event(data: dict[str, Any]) -> dict[str, Any]:
    event: dict[str, Any] = data["steps"][2]["snapshots"][0]["events"][0]
    return event


def run_of(count: int) -> Callable[[dict[str, Any]], None]:
    return lambda data: first_machine(data)["frames"].append([0, [[], 1], count])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda d: d.update(format="zip"), "trace: not a cowviz trace"),
        (lambda d: d.update(version=2), "trace: made by a newer cowviz (version 2"),
        (lambda d: d.update(version=0), "no version 0"),
        (lambda d: d.pop("title"), "without 'title'"),
        (lambda d: d.update(colour="red"), "'colour'"),
        (lambda d: d.update(title="\ud800"), "title: expected text"),
        (
            lambda d: third_event(d).update(event="Forkd"),
            "trace: step 3: unknown event 'Forkd'",
        ),
        (lambda d: third_event(d).update(pid=9), "step 3: FaultRaised: no process 9"),
        (
            lambda d: third_event(d).update(vpn=1.5),
            "step 3: FaultRaised: vpn: expected a whole",
        ),
        (lambda d: third_event(d).update(kind="ODD"), "FaultKind by name, not 'ODD'"),
        (lambda d: d["steps"][2].update(snapshots=[]), "step 3: no snapshots"),
        (lambda d: d["steps"][2].update(line=0), "lines count from 1"),
        (lambda d: d["steps"].extend([d["steps"][-1]] * 10_001), "more than 10000 steps"),
        (run_of(1 << 30), "step 1: machine: frames: more pages and frames"),
        (run_of(1 << 40), "no run of"),
        (run_of(0), "no run of 0"),
        (lambda d: first_machine(d)["processes"][0][1]["table"].append([70, [900, "rw-"], 1]), "maps frame 900"),
        (lambda d: first_machine(d)["processes"][0][1]["vmas"][0].update(end=65), "region 'heap'"),
        (lambda d: first_machine(d)["processes"][0][1]["vmas"][0].update(prot="q"), "vmas: prot: no protection 'q'"),
        (lambda d: first_machine(d).pop("profile"), "Machine without 'profile'"),
        (lambda d: first_machine(d)["free"].update(order={"range": [0, 9, 0]}), "order"),
    ],
)
def test_what_is_wrong_is_told_in_one_line(change: Callable[[dict[str, Any]], object], words: str) -> None:
    assert words in message(spoilt(change))


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "[" * 100_000, "{}", "\ufeff{}", "1" * 5_000])
def test_what_is_no_json_of_ours_is_refused(text: str) -> None:
    assert message(text).startswith("trace: ")


def test_a_text_without_end_is_refused() -> None:
    assert "longer than 64 MB" in message(" " * ((64 << 20) + 1))


def test_many_small_tables_cannot_fill_the_memory() -> None:
    """Each key takes a leaf of 512 entries: a short text could ask for gigabytes."""
    runs = [[key * 512, 1, 1] for key in range(100)]
    with pytest.raises(MalformedError, match="more pages and frames"):
        changed(Radix[int], None, runs, Budget(10_000))


ODD: tuple[Any, ...] = (
    None,
    True,
    -1,
    0,
    2**40,
    2**70,
    1.5,
    "",
    "x",
    "rw-",
    [],
    {},
    [[]],
    {"event": "Forked"},
    "\ud800",
)


def places(data: Any) -> Iterator[tuple[Any, Any]]:
    """Every value in the data, as (what holds it, its key there)."""
    for key in list(data) if isinstance(data, dict) else range(len(data)):
        yield data, key
        if isinstance(data[key], dict | list):
            yield from places(data[key])


def with_odd_value(text: str, chance: random.Random) -> str:
    data = json.loads(text)
    for _ in range(chance.randint(1, 3)):
        holder, key = chance.choice(list(places(data)))
        other, name = chance.choice(list(places(data)))
        match chance.randrange(4):
            case 0:
                del holder[key]
            case 1 if isinstance(holder, list):
                holder.append(holder[key])
            case 2:
                holder[key] = json.loads(json.dumps(other[name]))
            case _:
                holder[key] = chance.choice(ODD)
    return json.dumps(data)


def with_odd_characters(text: str, chance: random.Random) -> str:
    characters = list(text)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(characters))
        characters[at : at + chance.randrange(3)] = chance.choice(["", "0", "9", '"', "]", "{", "-", "e", "\x00", "é"])
    return "".join(characters)


@pytest.mark.parametrize("seed", range(20))
def test_a_spoilt_trace_is_refused_or_read_and_nothing_else(seed: int) -> None:
    """COWVIZ_MUTATIONS says how many in all: 2,000 unless it does; ``make nightly`` tries 100,000."""
    chance = random.Random(seed)
    texts = [dumps(lesson(3)), *(path.read_text() for path in sorted(SHIPPED.glob("*.json")))]
    for i in range(int(os.environ.get("COWVIZ_MUTATIONS", "2000")) // 20):
        text, spoil = texts[i % len(texts)], (with_odd_value, with_odd_characters)[i % 2]
        try:
            trace = loads(spoil(text, chance))
        except CowvizError as error:
            told = str(error)
        else:
            told = "trace: fine" if loads(dumps(trace)) == trace else "not equal"
        assert told.startswith("trace: ")
        assert "\n" not in told


@given(st.recursive(st.sampled_from(ODD), lambda inner: st.lists(inner, max_size=4)))
@settings(max_examples=50)
def test_a_machine_of_anything_is_malformed_at_worst(data: Any) -> None:
    with suppress(MalformedError):
        changed(Machine, None, data, Budget(1_000))
