"""Traces that fell short once: each is refused when it is read, or goes all the way."""

from __future__ import annotations

import json
import random
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

import cowviz
from cowviz.cli import cli
from cowviz.errors import CowvizError
from cowviz.story.recording import record
from cowviz.trace.codec import dumps, loads

TRACES = Path(__file__).with_name("traces")


def said(*args: str) -> tuple[int, str]:
    done = CliRunner().invoke(cli, [str(arg) for arg in args])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.stderr


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("mm_missing", "process 1 shares process 7's memory, which has none of its own"),
        ("mm_zero", "process 1 shares process 0's memory, which has none of its own"),
        ("mm_cycle", "process 1 shares process 2's memory, which has none of its own"),
        ("times_1M", "more pages and frames than any lesson needs"),
    ],
)
@pytest.mark.parametrize("command", [["show"], ["check"], ["verify", "--simulate-only"], ["render"]])
def test_it_is_refused_in_one_line(tmp_path, command, name, complaint):
    path = str(TRACES / f"{name}.json")
    status, error = said(*command, path, *([str(tmp_path / "x.svg")] if command == ["render"] else []))
    assert (status, error) == (2, f"cowviz: {path}: trace: step 1: {error.partition('step 1: ')[2]}")
    assert error.endswith(f"{complaint}\n")


@pytest.mark.parametrize("lang", ["en", "ro"])
def test_a_recording_of_a_bus_error_is_told(tmp_path, lang):
    path = str(TRACES / "recording_bus.json")
    for command in (["show", path], ["render", path, str(tmp_path / "x.svg")]):
        assert said(*command, "--lang", lang) == (0, "")


def test_names_that_stand_once_are_looked_at_once():
    """190,000 different keys in one object took 38 s: each name was counted in all."""
    keys = ",".join(f'"k{i}": 0' for i in range(190_000))
    text = f'{{"format": "cowviz-trace", "version": 2, "steps": [], {keys}, "k1": 1}}'
    start = time.process_time()
    with pytest.raises(CowvizError, match=r"^trace: 'k1' twice in one object$"):
        loads(text)
    assert time.process_time() - start < 2


LONG = {
    "title": lambda data: data.update(title="t" * 1_000_001),
    "name": lambda data: data.update(name="n" * 1_000_001),
    "doc": lambda data: data.update(doc="d" * 1_000_001),
    "code": lambda data: data.update(code=["c" * 1_000_001]),
    "caption": lambda data: data["steps"][0].update(caption="c" * 1_000_001),
}


@pytest.mark.parametrize("what", LONG)
def test_what_is_longer_than_anybody_reads_is_refused(what):
    data = json.loads(dumps(cowviz.load("fork_cow").trace))
    LONG[what](data)
    with pytest.raises(CowvizError, match=rf"^trace: .*{what}: a text of 1,000,00\d signs; 10+,000 are many$"):
        loads(json.dumps(data))


NAMES = ["processes", "files", "frames", "vmas"]


@pytest.mark.parametrize("where", NAMES)
def test_so_are_names_and_contents(where):
    data = json.loads(dumps(cowviz.load("fork_cow").trace))
    machine = data["steps"][0]["snapshots"][-1]["machine"]
    long = "x" * 100_001
    if where == "frames":
        machine["frames"][0][1][0] = [["x", long]]
    elif where == "files":
        machine["files"] = [["f", {"name": "f", "contents": [[["x", long]]]}]]
    else:
        process = next(change for _, change in machine["processes"] if "vmas" in change)
        (process if where == "processes" else process["vmas"][0])["name"] = long
    with pytest.raises(CowvizError, match=r"^trace: step 1: .*a text of 100,001 signs; 10,000 are many$"):
        loads(json.dumps(data))


def test_what_is_saved_can_be_read():
    """The limits are the same on both sides: pages written at random cost most."""

    def play(story, writes):
        chance = random.Random(1)
        parent = story.process("P", heap=1 << 11)
        parent.write(parent.heap)
        child = parent.fork("C")
        story.say("Forked.")
        for _ in range(writes):
            child.write(child.heap[chance.randrange(1 << 11)], "x = 2")
        story.say("Written.")

    for writes in (300, 700):
        trace = record(lambda story, n=writes: play(story, n), name="r", title="R")  # type: ignore[misc]
        assert loads(dumps(trace)) == trace


def test_what_cannot_be_read_is_not_saved(monkeypatch):
    trace = cowviz.load("fork_cow").trace
    text = dumps(trace)
    for name, limit in {"ENTRIES": 100, "STEPS": 3, "SNAPSHOTS": 5, "SIGNS_OF_CODE": 20, "BYTES": 99}.items():
        for module in ("codec", "extent"):  # each has names of its own for what it asks
            monkeypatch.setattr(f"cowviz.trace.{module}.MOST_{name}", limit, raising=False)
        with pytest.raises(CowvizError):
            dumps(trace)
        with pytest.raises(CowvizError):
            loads(text)
        monkeypatch.undo()
    assert loads(text) == trace
