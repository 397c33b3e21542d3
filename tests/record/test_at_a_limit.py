"""At a limit the recording ends, and the program goes on unhurt, to its own exit status."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest
from record_lab import check, compiled, cowviz, may_record

from cowviz.narration.transcript import to_text
from cowviz.record.recorder import RecordOptions, record
from cowviz.record.watch.launch import one_processor
from cowviz.record.watch.tracer import Tracer
from cowviz.trace.codec import loads

PROGRAMS = Path(__file__).with_name("programs")


@pytest.fixture(autouse=True)
def _allowed() -> None:
    may_record()


@pytest.fixture
def program(tmp_path: Path) -> str:
    return compiled("to_its_own_end", tmp_path, PROGRAMS)


def at_its_end(path: Path) -> str:
    """What the program wrote; it may use the processors again that it might use before."""
    text = path.read_text()
    path.unlink()
    return text


def test_at_any_fault_the_program_goes_on(program: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    for limit in [1, 2, 100, *random.Random(1).sample(range(50, 2400), 20)]:
        tracer = Tracer(most_faults=limit, processors=os.sched_getaffinity(0))
        with one_processor():
            tracer.run([program, str(out)], program)
        assert tracer.program is not None
        assert tracer.program.wait() == 7, limit
        assert at_its_end(out) == f"whole {len(os.sched_getaffinity(0))}\n", limit
        assert tracer.faults == limit
        assert tracer.release.reason == "faults"


@pytest.mark.parametrize("limit", [1, 350, 1200])
def test_what_was_recorded_up_to_the_limit_says_so(limit: int, program: str, tmp_path: Path) -> None:
    made = record([program, str(tmp_path / "out")], "run", RecordOptions(most_faults=limit))
    assert f"{limit} faults are the limit" in made.cut_short
    assert "The recording ended at its limit of faults, and the program went on.\n" in to_text(made.trace)
    check(made.trace)


def test_at_any_time_the_program_goes_on(program: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    for seconds in (0.001, 0.1):
        made = record([program, str(out)], "run", RecordOptions(seconds=seconds))
        assert made.program is not None
        assert made.program.wait() == 7
        assert at_its_end(out).startswith("whole")
        assert "limit of time" in to_text(made.trace)
        check(made.trace)


def test_a_limit_that_is_not_reached_is_not_told(program: str, tmp_path: Path) -> None:
    made = record([program, str(tmp_path / "out")], "run")
    assert made.cut_short == ""
    assert made.trace.recording is not None
    assert made.trace.recording.ended == ""


@pytest.mark.parametrize(
    ("words", "status"), [((), 0), (("--exit-status",), 7), (("--exit-status", "--max-events", "300"), 7)]
)
def test_the_exit_status_is_the_programs_on_request(
    words: tuple[str, ...], status: int, program: str, tmp_path: Path
) -> None:
    done = cowviz("record", *words, "-o", tmp_path / "t.json", "--", program, tmp_path / "out")
    assert done.returncode == status, done.stderr
    assert (tmp_path / "out").read_text().startswith("whole")
    check(loads((tmp_path / "t.json").read_text()))


@pytest.mark.parametrize("words", [(), ("--max-events", "300")])
def test_a_program_that_is_killed_gives_128_and_the_signal(
    words: tuple[str, ...], program: str, tmp_path: Path
) -> None:
    command: tuple[str | Path, ...] = (
        "--exit-status",
        *words,
        "-o",
        tmp_path / "t.json",
        "--",
        program,
        tmp_path / "out",
        "15",
    )
    assert cowviz("record", *command).returncode == 128 + 15


def test_the_exit_status_of_a_process_attached_to_is_refused() -> None:
    done = cowviz("record", "--exit-status", "--pid", str(os.getpid()))
    assert done.returncode == 2
    assert "leave it out with --pid" in done.stderr
