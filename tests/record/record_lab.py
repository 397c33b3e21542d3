"""What the tests of recording share: compiled programs, recordings as another user, and who may record here."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from functools import cache
from itertools import takewhile
from pathlib import Path
from typing import Any

import pytest

from cowviz.memory.bulk_access import all_detailed
from cowviz.memory.events import FaultRaised
from cowviz.memory.invariants_incremental import violations_since
from cowviz.record.replay import compared
from cowviz.trace.model import Trace

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}
NOBODY = 65534

# Runs as root until everything is imported: nobody may be unable to read this Python. An execve would make a process
# of nobody's own readable for itself again; PR_SET_DUMPABLE does it here.
AS_NOBODY = f"""
import ctypes, json, os, sys
from cowviz.record import machine_builder, replay, selection, steps
from cowviz.record.watch import attach
from cowviz.record.recorder import RecordOptions, record
from cowviz.trace.codec import dumps
os.setgroups([]); os.setgid({NOBODY}); os.setuid({NOBODY})
ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)
made = record(json.loads(sys.argv[1]), "run", RecordOptions())
os.write(1, json.dumps([dumps(made.trace), made.verdict]).encode())
"""


@cache
def refusal() -> str:
    """Why this machine does not let us record; "" where it does."""
    if sys.platform != "linux":
        return "recording is for Linux"
    done = cowviz("record", "-o", os.devnull + ".json", "--", "true")
    return "" if done.returncode in (0, 4) else f"recording is not allowed here: {done.stderr.strip()}"


def may_record() -> None:
    """Skip the test where this machine does not let us record."""
    if refusal():
        pytest.skip(refusal())


def compiled(name: str, folder: Path, source: Path = EXAMPLES) -> str:
    """The path of one of ``examples/``, or of another folder, compiled where everyone can run it."""
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("needs a C compiler: apt-get install gcc")
    program = folder / name
    subprocess.run([compiler, "-O1", "-w", "-pthread", "-o", program, source / f"{name}.c"], check=True)
    closed = takewhile(lambda parent: parent != Path(tempfile.gettempdir()), folder.parents)
    for path in (program, folder, *closed):  # pytest's own folders, closed to others
        path.chmod(path.stat().st_mode | 0o055)
    return str(program)


def cowviz(*words: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "cowviz", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, env=ENVIRONMENT)


def recorder(folder: Path, *words: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "cowviz", "record", "-o", str(folder / "t.json"), *words]
    return subprocess.Popen(command, env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def as_nobody(command: list[str]) -> tuple[Trace, str]:
    """The trace of a command that nobody records, and how it compares with the simulator."""
    from cowviz.trace.codec import loads

    words = [sys.executable, "-c", AS_NOBODY, json.dumps(command)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=120, check=False, env=ENVIRONMENT)
    assert done.returncode == 0, done.stderr
    text, verdict = json.loads(done.stdout[done.stdout.index('["{') :])
    return loads(text), verdict


def replayed(trace: Trace) -> tuple[int, list[str]]:
    """How many faults of a trace were compared with the simulator, and the differences, a line each."""
    return compared((snapshot.machine, snapshot.events) for step in trace.steps for snapshot in step.snapshots)


def check(trace: Trace) -> None:
    """A trace that is in order: the invariants hold, and it loads again."""
    from cowviz.trace.codec import dumps, loads

    before = None
    for machine in (snapshot.machine for step in trace.steps for snapshot in step.snapshots):
        assert violations_since(before, machine) == []
        before = machine
    assert loads(dumps(trace)) == trace


def agrees(verdict: str) -> bool:
    """Whether the replay found what the simulator predicts.

    On a busy machine one page of the stack was once copied for its sole owner. That the kernel held a reference to it
    is likely, and not shown; it is the one difference let through.
    """
    stack = r"1 not as the simulator predicts; the first: \d+, write of stack\[\d+\]: COW_COPY, .* says COW_REUSE$"
    return verdict.endswith("all as the simulator predicts") or re.search(stack, verdict) is not None


def faults(trace: Trace, region: str = "anon") -> list[tuple[str, dict[str, int]]]:
    """Of each step that has any: who, and how many faults of which kind in the region."""
    found: list[tuple[str, dict[str, int]]] = []
    for step in trace.steps:
        counts: Counter[tuple[str, str]] = Counter()
        for event in all_detailed(step.events):
            if isinstance(event, FaultRaised):
                process = step.snapshots[-1].machine.process(event.pid)
                before = [snapshot.machine.process(event.pid) for snapshot in step.snapshots]
                vma = next((v for p in (*before, process) if (v := p.vma(event.vpn))), None)
                if vma and vma.name == region:
                    counts[process.name, event.kind.name] += 1
        found += [
            (who, {kind: n for (name, kind), n in counts.items() if name == who})
            for who in dict.fromkeys(name for name, _ in counts)
        ]
    return found


def alive(token: str) -> list[int]:
    """The processes that have ``token`` among their words; zombies are none."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().split(b"\0")
        except OSError:
            continue
        if token.encode() in words and b"record" not in words:
            found.append(int(path.parent.name))
    return found


def state(pid: int) -> str:
    """``R``, ``S``, ``T`` (stopped), ``t`` (stopped by a tracer) ..."""
    fields: Any = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return str(fields[0])
