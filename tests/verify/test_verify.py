"""The simulator agrees with this machine's kernel, and verify leaves nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from verify_lab import ROOT, as_nobody, facts_in, kernel_facts, opened_kernel, puppets_of, renumbered

from cowviz.story.loader import load_scenario, scenarios
from cowviz.trace.codec import dumps, loads
from cowviz.verify import compare, puppet, random_operations, requirements
from cowviz.verify.facts import Op
from cowviz.verify.files import Unsupported
from cowviz.verify.scenario_operations import of_trace, played

LISTS = 300


@pytest.fixture(scope="module")
def kernel():
    opened = opened_kernel()
    yield opened
    opened.__exit__(None, None, None)


def test_what_does_nothing_counts_nothing(kernel):
    one = kernel.fork(None, 1)
    two = kernel.fork(one, 2)
    counts = [who.do(puppet.READ, 0, 0) for who in (one, two) * 20]
    two.end()
    one.end()
    assert counts == [(0, 0, 0)] * 40


@pytest.mark.parametrize("fact", kernel_facts(), ids=lambda fact: fact.id.replace(" ", "-"))
def test_kernel_fact(kernel, fact):
    done = compare.run(fact.ops, kernel)
    if done.skipped:
        pytest.skip(done.skipped)
    assert done.difference() is None
    assert done.kernel.outcomes == fact.expect.faults_per_step
    assert renumbered({region: done.kernel.final[region] for region in fact.expect.final}) == renumbered(
        fact.expect.final
    )


@pytest.mark.parametrize("name", [one.name for one in scenarios() if one.path.suffix == ".py"])
def test_every_scenario(kernel, name):
    trace, deeds, names = played(load_scenario(name))
    done = compare.run([deed.op for deed in deeds], kernel)
    assert done.difference() is None
    assert done.kernel or done.skipped == "this machine has no swap"
    assert of_trace(loads(dumps(trace))) == (deeds, names)


def test_random_lists(kernel):
    for number in range(LISTS):
        done = compare.run(random_operations.sequence(f"ci:{number}", kernel.abilities), kernel)
        assert done.difference() is None, f"list {number}; cowviz verify --random {LISTS} makes it short"


def test_a_stack_grows(kernel):
    stack = Op("mmap", region="S", pages=2, kind="anon-private", flag="growsdown", at=300)
    touches = [Op("write", region="S", page=page) for page in (-1, -3, -2, -200)]
    done = compare.run([stack, *touches, Op("fork", child="P1"), Op("read", "P1", "S", page=-4)], kernel)
    assert done.difference() is None
    assert done.kernel.outcomes[:5] == (0, 1, 1, 1, 1)


def test_a_stack_that_grew_is_copied_though_only_read(kernel):
    stack = Op("mmap", region="S", pages=2, kind="anon-private", flag="growsdown", at=300)
    done = compare.run([stack, Op("read", region="S", page=-1), Op("fork", child="P1")], kernel)
    assert done.difference() is None
    assert done.kernel.final["P1.S"].split()[0] == "Z"


def test_a_stack_grows_far(kernel):
    stack = Op("mmap", region="S", pages=2, kind="anon-private", flag="growsdown")
    done = compare.run([stack, *(Op("write", region="S", page=page) for page in (-300, -2046, -2047))], kernel)
    assert done.difference() is None
    assert done.kernel.outcomes[:2] == (0, 1)


@pytest.mark.parametrize("fact", facts_in("seeded_bugs.json"), ids=lambda fact: fact.id)
def test_recorded_answers_are_still_given(kernel, fact):
    done = compare.run(fact.ops, kernel)
    if done.skipped:
        pytest.skip(done.skipped)
    assert compare.unexpected(fact, done.kernel) is None  # type: ignore[arg-type]
    assert done.difference() is None


@pytest.mark.parametrize(
    "fact",
    [fact for name in ("kernel", "rarer", "page_table") for fact in facts_in(f"{name}_facts.json")],
    ids=lambda fact: fact.id,
)
def test_simulator_and_kernel_both_answer_so(kernel, fact):
    assert compare.unexpected(fact, compare.simulate(fact.ops)) is None
    done = compare.run(fact.ops, kernel)
    if done.skipped:
        pytest.skip(done.skipped)
    assert compare.unexpected(fact, done.kernel) is None  # type: ignore[arg-type]
    assert done.difference() is None


THREAD = Op("thread", child="T")
KSM_SETTINGS = ("run", "smart_scan", "use_zero_pages", "sleep_millisecs", "pages_to_scan")


def test_a_thread_counts_its_own_faults(kernel):
    region = Op("mmap", region="A", pages=40, kind="anon-private")
    ops = [region, THREAD, *(Op("write", who, "A", page=page) for page in range(40) for who in ("T", "P0"))]
    done = compare.run(ops, kernel)
    assert done.difference() is None
    assert done.kernel.outcomes[2:] == (1, 0) * 40


def test_what_a_thread_maps_is_there_for_all(kernel):
    region = Op("mmap", "T", "A", pages=2, kind="anon-private")
    done = compare.run([THREAD, region, Op("write", "P0", "A"), Op("munmap", "P0", "A"), Op("read", "T", "A")], kernel)
    assert done.difference() is None
    assert done.kernel.outcomes == (0, 0, 1, 0, "SEGV")
    assert done.kernel.final == {"P0.A": ". .", "T.A": ". ."}


def test_a_signal_is_caught_in_a_thread_too(kernel):
    region = Op("mmap", region="A", pages=1, kind="anon-private", prot="r")
    done = compare.run([region, THREAD, Op("write", "T", "A"), Op("read", "T", "A"), Op("exit", "T")], kernel)
    assert done.difference() is None
    assert done.kernel.outcomes == (0, 0, "SEGV", 1, 0)


def test_ksm_is_as_it_was_after_a_scan(kernel):
    before = settled_ksm()
    done = compare.run([Op("mmap", region="A", pages=1, kind="anon-private"), Op("ksm")], kernel)
    if done.skipped:
        pytest.skip(done.skipped)
    assert settled_ksm() == before


def settled_ksm() -> list[str]:
    """The machine's settings of KSM, once no other test that runs at the same time has it on; at last as they are."""
    settings = [path for path in (Path("/sys/kernel/mm/ksm", name) for name in KSM_SETTINGS) if path.exists()]
    for _ in range(150):
        if (run := Path("/sys/kernel/mm/ksm/run")).exists() and run.read_text().strip() == "0":
            break
        time.sleep(0.2)
    return [path.read_text() for path in settings]


def test_what_a_machine_has_not_is_done_by_the_simulator_alone(kernel, monkeypatch):
    def refuse():
        raise Unsupported("this machine has no swap")

    monkeypatch.setattr(requirements, "check_swap", refuse)
    region = Op("mmap", region="A", pages=1, kind="anon-private")
    ops = [region, Op("write", region="A"), Op("madvise", region="A", advice="PAGEOUT"), Op("read", region="A")]
    done = compare.run(ops, kernel)
    assert (done.kernel, done.skipped) == (None, "this machine has no swap")
    assert done.simulator.outcomes == (0, 1, 0, 1)
    assert [cells["P0.A"] for cells in done.simulator.cells] == [".", "f0E", "S", "f1E"]


def test_an_ordinary_user_sees_the_same():
    opened_kernel().__exit__(None, None, None)
    done = as_nobody("verify", "fork_cow", "sections", "--random", "60", "--seed", "5")
    if done.returncode == 3:
        pytest.skip(f"no kernel to compare with: {done.stderr}")
    assert (done.returncode, done.stderr) == (0, "")
    assert "inferred" in done.stdout
    assert "60 lists, 2,400 operations: 0 differ" in done.stdout


def test_nothing_is_left_behind():
    opened_kernel().__exit__(None, None, None)
    before, others = os.sched_getaffinity(0), puppets_of(os.getpid())
    opened = opened_kernel()
    opened.fork(None, 1)
    opened.__exit__(None, None, None)
    assert os.sched_getaffinity(0) == before
    assert not _after_a_while(lambda: set(puppets_of(os.getpid())) - set(others))


def test_a_killed_verify_leaves_nothing_behind():
    opened_kernel().__exit__(None, None, None)
    command = [sys.executable, "-m", "cowviz", "verify", "--random", "5000"]
    running = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    assert _after_a_while(lambda: not puppets_of(running.pid)) is False
    time.sleep(0.3)
    running.send_signal(signal.SIGKILL)
    running.wait()
    assert not _after_a_while(lambda: puppets_of(running.pid))


def _after_a_while(wrong):
    """What is still wrong after five seconds at most."""
    deadline = time.monotonic() + 5
    while (found := wrong()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return found
