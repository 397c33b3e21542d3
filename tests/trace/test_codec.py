"""A trace survives its JSON; what is no trace is refused in one line, whatever it is."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
import spoil
import spoil_structure
from hypothesis import given, settings
from hypothesis import strategies as st
from sample import first
from teller import Teller

from cowviz.errors import CowvizError
from cowviz.memory import access
from cowviz.memory.calls import processes
from cowviz.memory.machine import Cell, File, Machine, Process, Prot, Pte, Section, Vma, boot
from cowviz.memory.profile import LINUX, TEXTBOOK, Profile
from cowviz.memory.tables.page_table import PageTable
from cowviz.memory.tables.radix import Radix
from cowviz.trace import json_names
from cowviz.trace.codec import dumps, loads
from cowviz.trace.json_delta import Budget, changed, difference
from cowviz.trace.json_encode import MalformedError, hints
from cowviz.trace.model import Recording, Snapshot, Step, Trace

R, RW, RX = Prot.R, Prot.R | Prot.W, Prot.R | Prot.X


def lesson(pages: int = 1, profile: Profile = TEXTBOOK) -> Trace:
    teller = Teller(profile)
    x = Cell("x", "1")
    image = [
        processes.ProgramRegion(16, ((Cell("", "main()"),),), RX, Section.TEXT, ".text"),
        processes.ProgramRegion(64, ((x,),) * pages, RW, Section.HEAP, "heap"),
    ]
    teller.play("Begin.", processes.start, 1, "Parent", image)
    teller.play("fork().", processes.fork, 1, 2, "Child")
    teller.play("The child writes ✍.", access.write, 2, 64, Cell("x", "42"))
    teller.play("The parent writes.", access.write, 1, 64, Cell("x", "7"))
    teller.machine = replace(teller.machine, files={**teller.machine.files, "f": File("f", ((x,), ()))})
    teller.play("mmap().", processes.mmap, 2, 4096, 2, R, "map", Section.MMAP, file="f")
    teller.play("A page of a file.", access.read, 2, 4096)
    teller.play("Forbidden.", access.write, 2, 4096)
    teller.play("exit().", processes.exit, 2, "killed by SIGSEGV")
    teller.play("wait().", processes.wait, 1, 2)
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
    assert '{"event": "frame_copied", "pid": 2, "source": 1, "target": 2}' in text


PTES = st.builds(Pte, st.integers(-1, 5), st.sampled_from([R, RW]))
ENTRIES = st.dictionaries(
    st.integers(0, 1100), st.builds(Pte, st.integers(-1, 5), st.sampled_from([R, RW])), max_size=40
)


@given(ENTRIES, ENTRIES)
def test_a_difference_makes_the_new_table_of_the_old_one(old: dict[int, Pte], new: dict[int, Pte]) -> None:
    before, after = PageTable.of(old.items()), PageTable.of(new.items())
    told = json.loads(json.dumps(difference(before, after, Budget(100_000))))
    assert changed(PageTable, before, told, Budget(100_000)) == after
    assert difference(after, after, Budget(100)) == []


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


def machine_of(data: dict[str, Any], step: int) -> dict[str, Any]:
    machine: dict[str, Any] = data["steps"][step]["snapshots"][0]["machine"]
    return machine


def mapping_an_unmapped_frame(data: dict[str, Any]) -> None:
    machine_of(data, 0)["frames"].append([900, [[], 0], 1])
    machine_of(data, 1)["processes"].append([1, {"table": [[64, [900, "rw-"], 1]]}])


def third_event(data: dict[str, Any]) -> dict[str, Any]:
    event: dict[str, Any] = data["steps"][2]["snapshots"][0]["events"][0]
    return event


def run_of(count: int) -> Callable[[dict[str, Any]], None]:
    return lambda data: first_machine(data)["frames"].append([0, [[], 1], count])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda d: d.update(format="zip"), "trace: not a cowviz trace"),
        (lambda d: d.update(version=4), "trace: made by a newer cowviz (version 4"),
        (lambda d: d.update(version=0), "no version 0"),
        (lambda d: d.pop("title"), "without 'title'"),
        (lambda d: d.update(colour="red"), "'colour'"),
        (lambda d: d.update(title="\ud800"), "title: expected text"),
        (lambda d: d.update(title=[[[[["x"] * 9] * 9] * 9] * 9]), "title: expected text, not [["),
        (lambda d: d.update(steps=[]), "trace: no steps"),
        (lambda d: d["steps"][2].update(line=3), "no line 3: the code has 2"),
        (
            lambda d: third_event(d).update(event="Forkd"),
            "trace: step 3: unknown event 'Forkd'",
        ),
        (lambda d: third_event(d).update(pid=9), "step 3: fault_raised: no process 9"),
        (
            lambda d: third_event(d).update(vpn=1.5),
            "step 3: fault_raised: vpn: expected a whole",
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
        (lambda d: first_machine(d)["free"].update(order={"range": [0, 9, 1], "more": 1}), "order"),
        (lambda d: first_machine(d)["frames"][0][1].__setitem__(1, 0), "is mapped, and its map count is 0"),
        (lambda d: machine_of(d, 1).update(frames=[[0, None, 1]]), "frame 0 goes out of use, and is mapped or cached"),
        (lambda d: machine_of(d, 1).update(frames=[[0, [[], 0], 1]]), "frame 0 is mapped, and its map count is 0"),
        (mapping_an_unmapped_frame, "process 1: frame 900 is mapped, and its map count is 0"),
        (lambda d: machine_of(d, 1).update(cache=[["f", [[0, 900, 1]]]]), "page cache of 'f': there is no such file"),
        (lambda d: machine_of(d, 1).update(processes=[[1, {"pid": 2}]]), "process 1: it calls itself 2"),
    ],
)
def test_what_is_wrong_is_told_in_one_line(change: Callable[[dict[str, Any]], object], words: str) -> None:
    assert words in message(spoilt(change))


def test_a_field_that_stands_twice_is_refused() -> None:
    assert "'name' twice in one object" in message(dumps(lesson()).replace('"name"', '"name": "x", "name"', 1))


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "[" * 100_000, "{}", "\ufeff{}", "1" * 5_000])
def test_what_is_no_json_of_ours_is_refused(text: str) -> None:
    assert message(text).startswith("trace: ")


def test_a_text_without_end_is_refused() -> None:
    assert "longer than 8 MB" in message(" " * ((8 << 20) + 1))


def test_a_trace_too_long_to_be_read_is_not_written(monkeypatch: pytest.MonkeyPatch) -> None:
    step = Step("A.", (Snapshot(boot(TEXTBOOK, 4)),))
    with pytest.raises(CowvizError, match="longer than 8 MB: show less; of a recording, with --max-events"):
        dumps(Trace("t", "T", "", (replace(step, caption="✍" * 10_000),) * 300))
    monkeypatch.setattr("cowviz.trace.codec.MOST_VALUES", 1000)
    with pytest.raises(CowvizError, match="of more than 1000 values: show less"):
        dumps(Trace("t", "T", "", (step,) * 300))


def test_many_small_tables_cannot_fill_the_memory() -> None:
    """Each key takes a leaf of 512 entries: a short text could ask for gigabytes."""
    runs = [[key * 512, 1, 1] for key in range(300)]
    with pytest.raises(MalformedError, match="more pages and frames"):
        changed(Radix[int], None, runs, Budget(10_000))


@pytest.mark.parametrize("part", first(10, range(20)))
def test_a_spoilt_trace_is_refused_in_a_line_or_read_told_and_drawn(part: int) -> None:
    """1,000 of the 100,000 that ``make nightly`` tries, and ten times the time: machines differ."""
    found = spoil.tally(range(100 * part, 100 * part + 100))
    assert not found.failures
    assert found.outcomes["refused"] > 50
    assert found.outcomes["read and drawn"] > 5
    assert found.slowest[0] < 0.5, f"spoilt trace {found.slowest[1]}"


@pytest.mark.parametrize("part", range(5))
def test_a_trace_spoilt_as_a_whole_goes_all_the_way_or_is_refused(part: int) -> None:
    """340 of the 100,000 that ``make nightly`` tries: each change twice at the least."""
    found = spoil.tally(range(68 * part, 68 * part + 68), spoil_structure.tried)
    assert not found.failures
    assert found.outcomes["read and told"] > found.outcomes["refused"]
    assert found.outcomes["drawn"] + found.outcomes["not drawn, in a line"] >= 1


def test_every_change_has_its_turn() -> None:
    assert {spoil_structure.turn(number) for number in range(340)} == set(spoil_structure.CHANGES)


def test_every_field_of_every_record_is_spoilt() -> None:
    everything = spoil.places(dumps(spoil.of_everything()))
    names = {name for kind in everything for name in kind}
    assert names >= {
        *json_names.events(),
        *hints(Process),
        *hints(Vma),
        *hints(Machine),
        *hints(Recording),
        *hints(Trace),
    }
    assert {spoil.turn(number)[1] for number in range(20_000)} >= everything.keys()


def test_what_a_trace_of_everything_says_is_read_back() -> None:
    assert loads(dumps(spoil.of_everything())) == spoil.of_everything()


@given(st.recursive(st.sampled_from(spoil.ODD), lambda inner: st.lists(inner, max_size=4)))
@settings(max_examples=50)
def test_a_machine_of_anything_is_malformed_at_worst(data: Any) -> None:
    with suppress(MalformedError):
        changed(Machine, None, data, Budget(1_000))
