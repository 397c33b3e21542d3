"""What the recorder does not understand is a gap that is told; the run is not lost, and what follows is as observed."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from record_lab import ENVIRONMENT, NOBODY, check, compiled, cowviz, may_record
from test_situations import SITUATIONS

from cowviz.linux.pagemap import MAPPED_ONCE, PRESENT
from cowviz.memory.rare.gaps import NotUnderstood
from cowviz.narration.transcript import to_text
from cowviz.record import machine_builder, recorded_faults
from cowviz.record.drawn_regions import DrawnRegions
from cowviz.record.inference import EventInference
from cowviz.record.inferred_events import Touched
from cowviz.record.observations import Faulted, ForkSeen, Mapping, Observation, Puzzle, Regions, Started
from cowviz.record.recorder import Recorded, RecordOptions, develop, record
from cowviz.record.regions import Scope, parse_only
from cowviz.record.watch import call_watcher
from cowviz.record.watch.launch import one_processor
from cowviz.record.watch.tracer import Tracer
from cowviz.trace.model import Recording, Trace

ONCE = PRESENT | MAPPED_ONCE
HEAP = Mapping(100, 108, "rw-p", 0, 0, "[heap]")
FACTS: list[Observation] = [
    Started(5, "program"),
    Regions(5, (HEAP,)),
    Faulted(5, 100, ONCE | 7),
    Faulted(5, 101, ONCE | 8),
    ForkSeen(5, 6, ((100, PRESENT | 7), (101, PRESENT | 8))),
    Faulted(6, 100, ONCE | 9),
    Faulted(5, 101, ONCE | 10),
]


def developed(facts: list[Observation]) -> Recorded:
    options = RecordOptions(Scope(parse_only("all")))
    return develop(facts, "run", "./program", options, Recording("test", "Linux 6.18 x86_64", "seen"))


def gaps(trace: Trace) -> list[str]:
    return [event.what for step in trace.steps for event in step.events if isinstance(event, NotUnderstood)]


def fails(*_arguments: object) -> None:
    raise AssertionError("nobody has thought of this")


def test_what_the_tracer_did_not_understand_is_told() -> None:
    made = developed([*FACTS[:5], Puzzle(6, 0, "exec (Permission denied)"), *FACTS[5:]])
    assert gaps(made.trace) == ["exec (Permission denied)"]
    assert made.verdict.endswith("predicts; a gap: exec (Permission denied) was not understood")
    assert "Child: exec (Permission denied) was not understood; from here on" in to_text(made.trace)
    check(made.trace)


def test_what_the_rules_do_not_explain_is_as_it_was_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(EventInference, "_written", fails)
    made = developed(FACTS)
    assert gaps(made.trace) == [
        "page fault at 0x65000"
    ]  # the child took no fault that was understood, and is not drawn
    assert "2 gaps: page fault at 0x64000 was not understood, and others" in made.verdict
    before, after = (step.machine.process(1) for step in (made.trace.steps[0], made.trace.steps[-1]))
    assert [after.pte(vpn) == before.pte(vpn) for vpn in (100, 101)] == [False, False]
    assert len({pte.pfn for _, pte in after.table.items()}) == 2
    check(made.trace)


@pytest.mark.parametrize("page", [101, 103])
def test_what_the_machine_cannot_do_is_as_it_was_seen(page: int, monkeypatch: pytest.MonkeyPatch) -> None:
    resolve = recorded_faults.resolve

    def fails_once(memory: machine_builder.RecordedFrames, pid: int, touched: Touched) -> list[object]:
        if touched.vpn == page:
            raise KeyError(page)
        return list(resolve(memory, pid, touched))

    monkeypatch.setattr(recorded_faults, "resolve", fails_once)
    made = developed([*FACTS, Faulted(5, 103, ONCE | 11)])
    assert set(gaps(made.trace)) == {f"page fault at {page << 12:#x}"}
    assert made.trace.steps[-1].machine.process(1).pte(page) is not None
    check(made.trace)


def test_a_real_run_goes_on_after_a_gap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    may_record()
    monkeypatch.setattr(DrawnRegions, "move", fails)
    monkeypatch.setattr(call_watcher.system_calls, "mark", fails)
    made = record([compiled("realloc_moves", tmp_path, SITUATIONS)], "run")
    assert "system call was not understood" in made.verdict
    assert any(gap.startswith("mremap at 0x") for gap in gaps(made.trace))
    assert "exited 0" in to_text(made.trace)
    check(made.trace)


def test_no_order_of_what_was_seen_is_an_error(tmp_path: Path) -> None:
    """Facts left out, doubled and put elsewhere, of a run with fork and mremap: a trace comes of each."""
    may_record()
    tracer, program = Tracer(), compiled("mremap_part", tmp_path, SITUATIONS)
    with one_processor():
        tracer.run([program], program)
    for seed in range(25):
        chance = random.Random(seed)
        facts = [fact for fact in tracer.facts for _ in range(chance.choice((0, 1, 1, 1, 1, 1, 1, 2)))]
        for _ in range(chance.choice((0, 3, 30))):
            facts.insert(chance.randrange(len(facts)), facts.pop(chance.randrange(len(facts))))
        made = developed([tracer.facts[0], *facts])
        assert made.verdict.startswith("replayed: ")


def test_a_program_that_may_not_be_read_or_has_rights_of_its_own() -> None:
    may_record()
    if os.geteuid():
        pytest.skip("only root can make such programs and become nobody")
    code = (
        "import sys; sys.path[:0] = [sys.argv[1]]\nfrom cowviz import cli\nfrom cowviz.commands import record\n"
        "from cowviz.record import machine_builder, recorder, replay, selection, steps\n"
        "from cowviz.trace import codec\nfrom cowviz import output_files\n"
        f"import ctypes, os; os.setgroups([]); os.setgid({NOBODY}); os.setuid({NOBODY})\n"
        "ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)\n"
        "made = recorder.record(sys.argv[2:], 'run')\nprint(*made.remarks, made.verdict, sep=chr(10))"
    )
    with tempfile.TemporaryDirectory() as folder:
        program = Path(compiled("dev_zero", Path(folder), SITUATIONS))

        def said(mode: int, *words: str) -> str:
            program.chmod(mode)
            command = [sys.executable, "-c", code, folder, *(words or [str(program)])]
            done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=ENVIRONMENT)
            return done.stdout + done.stderr

        assert "dev_zero has rights of its own (setuid); while it is recorded it runs with yours" in said(0o4755)
        assert "you may run dev_zero, but not read it: record it as root, or chmod +r it" in said(0o711)
        assert "exec (Permission denied) was not understood" in said(0o711, "sh", "-c", f"{program}; true")


def test_a_program_that_calls_ptrace(tmp_path: Path) -> None:
    may_record()
    done = cowviz("record", "-o", tmp_path / "t.json", "--", compiled("own_traps", tmp_path, SITUATIONS))
    assert "the program calls ptrace, which fails while it is recorded: a task has one tracer at a time" in done.stderr
