"""cowviz record, on this machine's kernel."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from record_lab import (
    agrees,
    alive,
    as_nobody,
    check,
    compiled,
    cowviz,
    faults,
    may_record,
    recorder,
    replayed,
)

from cowviz.errors import MissingTool
from cowviz.linux import perf
from cowviz.memory.events import Execed, Forked, ProcessStarted
from cowviz.record.recorder import RecordOptions, record
from cowviz.record.recorder import attach as record_running
from cowviz.record.regions import Scope, parse_only
from cowviz.record.watch import attach
from cowviz.trace.codec import loads
from cowviz.trace.model import Trace


@pytest.fixture(autouse=True)
def _allowed() -> None:
    may_record()


def is_the_course(trace: Trace) -> None:
    """1024 / 0 / 512 / 1024, and the last all reuses."""
    assert faults(trace) == [
        ("Parent", {"DEMAND_ZERO": 1024}),
        ("Child", {"COW_COPY": 512}),
        ("Parent", {"COW_REUSE": 1024}),
    ]
    parent, child = trace.steps[-1].machine.processes.values()
    assert (parent.counters.copies, parent.counters.reuses, child.counters.copies) == (0, 1024, 512)


def test_the_course_program(tmp_path: Path) -> None:
    made = record([compiled("fork_faults", tmp_path)], "run")
    is_the_course(made.trace)
    check(made.trace)
    assert agrees(made.verdict), made.verdict
    count, differences = replayed(made.trace)
    assert (count, differences) == (2560, [])
    assert made.trace.recording is not None
    seen = "Frame numbers were seen." if os.geteuid() == 0 else "Frame numbers are not shown"
    assert made.trace.recording.frames.startswith(seen)


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="only root can become nobody")
def test_the_course_program_as_nobody(tmp_path: Path) -> None:
    trace, verdict = as_nobody([compiled("fork_faults", tmp_path)])
    is_the_course(trace)
    check(trace)
    assert agrees(verdict), verdict
    assert trace.recording is not None
    assert "inferred" in trace.recording.frames


def test_the_same_run_gives_the_same_trace(tmp_path: Path) -> None:
    program = compiled("fork_faults", tmp_path)
    first, second = (record([program], "run").trace for _ in range(2))
    assert first == second


@pytest.mark.parametrize(
    "command",
    [["ls", "/"], [sys.executable, "-S", "-c", "import os\nif os.fork(): os.wait()\nelse: list(range(9999))"]],
    ids=["ls", "CPython"],
)
def test_programs_that_know_nothing_of_it(command: list[str]) -> None:
    made = record(command, "run", RecordOptions(most_steps=12))
    check(made.trace)
    assert 1 <= len(made.trace.steps) <= 12
    assert made.faults > 50


def test_exec_makes_another_program_of_a_process() -> None:
    made = record(["sh", "-c", "exec ls / >/dev/null"], "run", RecordOptions(Scope(parse_only("data,heap,stack"))))
    events = [event for step in made.trace.steps for event in step.events]
    assert [event.program for event in events if isinstance(event, Execed)] == ["ls"]
    assert sum(isinstance(event, Forked | ProcessStarted) for event in events) == 1
    check(made.trace)


def test_threads_share_one_memory() -> None:
    code = "import threading as t; t.Thread(target=bytearray, args=(1 << 20,)).start()"
    made = record([sys.executable, "-S", "-c", code], "run")
    assert len(made.trace.steps[-1].machine.processes) == 1
    check(made.trace)


def test_a_program_names_its_steps(tmp_path: Path) -> None:
    made = record([compiled("fork_heap", tmp_path)], "run", RecordOptions(Scope(parse_only("heap"))))
    said = [step.caption.splitlines()[0] for step in made.trace.steps]
    assert said[1:5] == [
        "The parent writes to four pages of its heap.",
        "fork() copies the page table, not the memory.",
        "The child reads all four.",
        "The child writes to the second one: it gets a copy.",
    ]
    assert [step.caption.splitlines()[-1] for step in made.trace.steps][3:5] == [
        "No fault.",
        "Child: a write faults, a frame is copied (heap, page 2).",
    ]


def test_python_names_its_steps_too() -> None:
    code = "import os; os.access('cowviz: Now it begins.', 0)"
    made = record([sys.executable, "-S", "-c", code], "run")
    assert made.trace.steps[-1].caption.startswith("Now it begins.")


def test_nothing_before_the_first_fork(tmp_path: Path) -> None:
    made = record([compiled("fork_faults", tmp_path)], "run", RecordOptions(from_fork=True))
    assert faults(made.trace) == [("Child", {"COW_COPY": 512}), ("Parent", {"COW_REUSE": 1024})]
    check(made.trace)


def test_a_range_of_addresses(tmp_path: Path) -> None:
    program = compiled("fork_faults", tmp_path)
    (vma,) = record([program], "run").trace.steps[1].machine.processes[1].vmas
    made = record([program], "run", RecordOptions(Scope(None, range(vma.start, vma.start + 10))))
    assert faults(made.trace)[0] == ("Parent", {"DEMAND_ZERO": 10})


def test_the_most_events(tmp_path: Path) -> None:
    done = cowviz("record", "--max-events", "700", "-o", tmp_path / "t.json", "--", compiled("fork_faults", tmp_path))
    assert done.returncode == 0
    assert "700 faults are the limit" in done.stderr
    check(loads((tmp_path / "t.json").read_text()))


def test_ctrl_c_writes_what_was_recorded(tmp_path: Path) -> None:
    with recorder(tmp_path, "--", compiled("fork_loop", tmp_path), "1000000") as process:
        while not alive("1000000") and process.poll() is None:  # on a busy machine that takes its time
            time.sleep(0.1)
        time.sleep(1)
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 130
    check(loads((tmp_path / "t.json").read_text()))
    assert alive("1000000") == []


def test_without_perf_an_attached_process_is_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attach, "Ring", no_events(errno.EACCES))
    target = subprocess.Popen([compiled("fork_loop", tmp_path), "1000002"])
    try:
        time.sleep(0.2)
        made = record_running(target.pid, "run", RecordOptions(seconds=0.5))
        assert target.poll() is None
    finally:
        target.kill()
        target.wait()
    check(made.trace)
    assert made.trace.recording is not None
    assert made.trace.recording.method == "pagemap snapshots"


def no_events(number: int) -> Callable[..., int]:
    def refuse(*_arguments: int) -> int:
        raise OSError(number, os.strerror(number))

    return refuse


def test_without_sigtrap_the_ring_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(perf, "stop_at_faults", no_events(errno.EINVAL))
    made = record([compiled("fork_faults", tmp_path)], "run")
    check(made.trace)
    assert made.trace.recording is not None
    assert made.trace.recording.method == "ptrace and a perf ring"
    is_the_course(made.trace)


def test_where_perf_is_forbidden_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(perf, "stop_at_faults", no_events(errno.EACCES))
    monkeypatch.setattr(perf, "paranoid", lambda: 3)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(
        MissingTool, match=r"^kernel.perf_event_paranoid is 3: sudo sysctl kernel.perf_event_paranoid=2"
    ):
        record(["true"], "run")


def test_what_is_asked_for_may_be_wrong(tmp_path: Path) -> None:
    out = tmp_path / "t.json"
    for words, complaint in (
        (["--", "no-such-program"], "cannot record no-such-program: there is no such program"),
        ([], "say what to record"),
        (["--only", "hap", "--", "ls"], "no kind of region 'hap'; did you mean heap?"),
        (["--range", "x", "--", "ls"], "no range 'x'"),
        (["--pid", str(2**22 + 5)], "no process"),
    ):
        done = cowviz("record", "-o", out, *words)
        assert done.returncode == 2
        assert complaint in done.stderr
        assert len(done.stderr.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []
