"""Files made to cost much: each is refused by ``cowviz show`` in one line, in 200 MB over start-up, at once.

The limit is the whole process's: Python, its libraries and the text are within. What is counted is not the resident
part but every address that was ever asked for, which is more.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import spoil

from cowviz.trace.codec import dumps

MB = 1 << 20
SECONDS = 10  # of processor time, after which the kernel ends it; the slowest takes about one
HEAD = '{"format": "cowviz-trace", "version": 2, "name": "n", "title": "t", "doc": "", '
LIMITED = f"""
import resource, sys
import cowviz.cli, cowviz.trace.codec  # what every start takes
START = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (START + (200 << 20),) * 2)
resource.setrlimit(resource.RLIMIT_CPU, ({SECONDS}, {SECONDS}))
from cowviz.cli import main
main()
"""
EVENT = {"event": "waited", "parent": 1, "child": 1}
BAD = {"swap_slots": "x"}  # after all that is large, so that it must be read


def spoilt(change: Callable[[dict[str, Any], dict[str, Any], list[Any]], object]) -> str:
    """A small trace after ``change``, which gets it, its first machine, and that one's events."""
    data = json.loads(dumps(spoil.of_everything()))
    first = data["steps"][0]["snapshots"][0]
    change(data, first["machine"], first["events"])
    return json.dumps(data)


def with_runs(*runs: list[Any]) -> str:
    return spoilt(lambda data, machine, events: (machine["frames"].extend(runs), machine.update(BAD)))


def with_frame(frame: list[Any]) -> str:
    return spoilt(lambda data, machine, events: machine["frames"].append([9, frame, 1]))


def with_stanzas(*stanzas: tuple[int, list[Any]]) -> str:
    told = [{"times": times, "events": events} for times, events in stanzas]
    return spoilt(lambda data, machine, events: events.extend([*told, 7]))


def with_snapshots(*machines: Any, **first: Any) -> str:
    told = [{"machine": machine} for machine in machines]
    step = {"caption": "", "snapshots": [*told, 7]}
    return spoilt(lambda data, machine, events: (machine.update(first), data["steps"].append(step)))


def processes(count: int) -> list[Any]:
    return [[pid, {"pid": pid, "name": "", "parent": None}] for pid in range(1, count)]


def regions(count: int) -> list[Any]:
    vmas = [{"start": i, "end": i + 1, "prot": "r", "section": "heap", "name": ""} for i in range(1, count)]
    return [[1, {"pid": 1, "name": "", "parent": None, "vmas": vmas}]]


HOSTILE: dict[str, Callable[[], str | bytes]] = {
    "no trace, but long": lambda: "PK" * 20 * MB,
    "other JSON": lambda: '{"a": [' + "1," * MB + "1]}",
    "not UTF-8": lambda: HEAD.encode() + b"\xff",
    "UTF-16": lambda: spoilt(lambda data, machine, events: None).encode("utf-16"),
    "lists in lists": lambda: HEAD + '"steps": ' + "[" * 4 * MB,
    "objects in objects": lambda: HEAD + '"steps": ' + '{"a":' * MB,
    "a number of 7 MB": lambda: HEAD + '"steps": ' + "9" * 7 * MB,
    "numbers of 4300 digits": lambda: HEAD + '"code": [' + ",".join(["9" * 4300] * 1900) + "]}",
    "a number too large": lambda: with_frame([[], 10**30]),
    "a float for a number": lambda: with_frame([[], 1.0]),
    "not a number": lambda: HEAD + '"steps": NaN}',
    "text without end": lambda: HEAD + '"code": ["\U0001f404' + "x" * (8 * MB - 200) + '", 7]}',
    "half a character at the end of much text": lambda: HEAD + '"code": ["' + "x" * (8 * MB - 200) + '\\ud800"]}',
    "a name of 1 MB twice": lambda: HEAD + f'"{"n" * MB}": 1, "{"n" * MB}": 1}}',
    "as many lists as may be": lambda: HEAD + '"code": [' + "[]," * 199_000 + "[]]}",
    "as many objects as may be": lambda: HEAD + '"code": [' + '{"a":1},' * 199_000 + "{}]}",
    "more values than may be": lambda: HEAD + '"code": [' + '{"a":1},' * 1_000_000 + "{}]}",
    "a billion pages": lambda: with_runs([0, [[], 1], 10**9]),
    "as many pages as may be": lambda: with_runs([512, [[], 1], 900_000]),
    "as many cached pages as may be": lambda: with_runs([512, [[], 1, ["x", 1]], 500_000]),
    "as many leaves as may be": lambda: with_runs(*[[(k * 7919 << 9) % (1 << 36), [[], 1], 1] for k in range(20_000)]),
    "many more leaves": lambda: with_runs(*[[k * 7919 % (1 << 27) << 9, [[], 1], 1] for k in range(60_000)]),
    "a billion times": lambda: with_stanzas((10**9, [EVENT])),
    "a thousand times a million": lambda: with_stanzas(*[(10**6, [EVENT])] * 1000),
    "a stanza in a stanza": lambda: with_stanzas((1000, [{"times": 1000, "events": [EVENT]}])),
    "as many events as may be": lambda: with_stanzas((10**6, [EVENT])),
    "as many snapshots as may be": lambda: with_snapshots(*({"swap_slots": i} for i in range(38_000))),
    "the same frame again and again": lambda: with_snapshots(
        *({"frames": [[9, [[], k % 2], 1]]} for k in range(20_000))
    ),
    "a frame further each time": lambda: with_snapshots(*({"frames": [[k << 9, [[], 1], 1]]} for k in range(17_000))),
    "many processes many times": lambda: with_snapshots(*[{"processes": []}] * 30_000, processes=processes(20_000)),
    "many regions many times": lambda: with_snapshots(
        *({"processes": [[1, {"name": str(i)}]]} for i in range(30_000)), processes=regions(20_000)
    ),
}


LINUX = pytest.mark.skipif(sys.platform != "linux", reason="macOS keeps no limit of address space")


def refusal(path: Path) -> str:
    """The one line that ``cowviz show`` says about a file, within the limits."""
    words = [sys.executable, "-c", LIMITED, "show", str(path)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 2, done.stderr[-500:]
    assert done.stdout == ""
    assert done.stderr.startswith("cowviz: ")
    assert done.stderr.count("\n") == 1
    assert len(done.stderr) < 400
    return done.stderr


@LINUX
@pytest.mark.parametrize("name", HOSTILE)
def test_it_is_refused_in_a_line_and_200_mb(name: str, tmp_path: Path) -> None:
    text = HOSTILE[name]()
    path = tmp_path / "t.json"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    refusal(path)


@LINUX
def test_of_a_file_without_end_no_more_is_read_than_a_trace_may_have(tmp_path: Path) -> None:
    path = tmp_path / "t.json"
    path.write_text(HEAD)
    os.truncate(path, 1 << 30)
    assert "longer than 8 MB" in refusal(path)
