"""The recorder is killed at any moment, and no target is left or hurt; `make nightly` kills more often."""

from __future__ import annotations

import os
import random
import subprocess
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from record_lab import alive, check, compiled, cowviz, faults, may_record, recorder, state

from cowviz.trace.codec import loads

KILLS = int(os.environ.get("COWVIZ_KILLS", "12"))
PATIENCE = 60.0  # seconds, after which a machine is not busy but something is wrong


@pytest.fixture(autouse=True)
def _allowed() -> None:
    may_record()


def wait_until(holds: Callable[[], object]) -> bool:
    """Whether something comes to hold at all; it is asked again and again."""
    end = time.monotonic() + PATIENCE
    while not holds() and time.monotonic() < end:
        time.sleep(0.01)
    return bool(holds())


def gone(token: str) -> bool:
    return not alive(token)


@pytest.mark.slow
def test_a_killed_recorder_leaves_nothing(tmp_path: Path) -> None:
    """No program that goes on, none that is stopped, no part of a file."""
    program = compiled("fork_loop", tmp_path)
    for kill in range(KILLS):
        chance, token = random.Random(kill), str(1_000_000 + kill)
        with recorder(tmp_path, "--", program, token) as process:
            if kill % 3:  # else perhaps before there is a program
                assert wait_until(partial(alive, token)), f"kill {kill}: nothing was recorded"
            time.sleep(chance.uniform(0, 0.4))
            process.kill()
            process.wait()
        assert wait_until(partial(gone, token)), f"kill {kill}: {alive(token)} are left"
        assert [path.name for path in tmp_path.iterdir()] == ["fork_loop"], f"kill {kill}"


@pytest.mark.slow
def test_a_process_attached_to_never_notices(tmp_path: Path) -> None:
    """It goes on, is not stopped, and nobody traces it."""
    target = subprocess.Popen([compiled("fork_loop", tmp_path), "1000001"])
    try:
        for kill in range(KILLS):
            with recorder(tmp_path, "--pid", str(target.pid)) as process:
                time.sleep(random.Random(kill).uniform(0, 1))
                process.kill()
                process.wait()
            assert target.poll() is None, f"kill {kill}: it has ended ({target.returncode})"
            assert state(target.pid) in "RSD", f"kill {kill}"
            assert "TracerPid:\t0\n" in Path(f"/proc/{target.pid}/status").read_text(), f"kill {kill}"
        done = cowviz("record", "--pid", str(target.pid), "--seconds", "1", "-o", tmp_path / "t.json")
        assert done.returncode == 0, done.stderr
        assert target.poll() is None
    finally:
        target.kill()
        target.wait()
    trace = loads((tmp_path / "t.json").read_text())
    check(trace)
    assert trace.recording is not None
    assert trace.recording.method in ("a passive perf ring", "pagemap snapshots")
    assert any(who.startswith("Child") for who, _ in faults(trace))  # how many, passive looking cannot promise
