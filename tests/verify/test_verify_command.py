"""``cowviz verify`` as people use it: words, exit statuses, facts files from outside."""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from verify_lab import HERE, bugs, facts_in, opened_kernel

from cowviz.cli import cli
from cowviz.verify import compare
from cowviz.verify.facts_file import FactsError, load_facts, parse

SEEDED = str(HERE / "seeded_bugs.json")


def verify(*arguments: str):
    return CliRunner().invoke(cli, ["verify", *arguments], prog_name="cowviz")


@pytest.fixture
def _kernel():
    opened_kernel().__exit__(None, None, None)


def facts_file(path: Path, *facts: object) -> str:
    path.write_text(json.dumps({"format": "cowviz-ground-truth", "version": 1, "facts": facts}))
    return str(path)


def test_facts_on_the_simulator_alone():
    done = verify(SEEDED, "--simulate-only")
    assert done.exit_code == 0
    assert f"{len(facts_in('seeded_bugs.json'))} facts: {len(facts_in('seeded_bugs.json'))} ok, 0 differ" in done.stdout


def test_json_is_a_list_of_verdicts():
    done = verify(SEEDED, "--simulate-only", "--json")
    entries = json.loads(done.stdout)
    assert {"id", "ok", "simulator", "kernel", "expect"} <= set(entries[0])
    assert set(entries[0]["simulator"]) == {"faults_per_step", "final", "distinct_frames"}
    assert all(entry["ok"] and entry["kernel"] is None for entry in entries)
    assert entries[0]["expect"] == json.loads(Path(SEEDED).read_text())["facts"][0]["expect"]


@pytest.mark.usefixtures("_kernel")
def test_json_has_the_kernels_answers():
    entries = json.loads(verify(SEEDED, "fork_cow", "--random", "2", "--json").stdout)
    assert len(entries) == len(facts_in("seeded_bugs.json")) + 3
    assert all(entry["kernel"] == entry["simulator"] or entry["skipped"] for entry in entries)


def test_a_wrong_expectation_is_told(tmp_path):
    fact = {"id": "X", "ops": [{"op": "mmap", "proc": "P0", "region": "A", "pages": 1, "kind": "anon-private"}]}
    path = facts_file(tmp_path / "x.json", fact | {"expect": {"faults_per_step": [1], "final": {"P0.A": "."}}})
    done = verify(path, "--simulate-only")
    assert done.exit_code == 1
    assert "simulator: operation 1, P0 mmap A 1 anon-private rw: expected 1 fault, got 0 faults" in done.stdout
    assert done.stderr == f"cowviz: 1 of 1 facts of {path} differ\n"


@pytest.mark.usefixtures("_kernel")
def test_a_scenario_is_told_step_by_step():
    done = verify("fork_cow")
    assert done.exit_code == 0
    assert "predicted  counted" in done.stdout
    assert "11 operations: no difference" in done.stdout


LESSON = '''"""A lesson that claims nothing."""

def play(story):
    parent = story.process("Parent", heap=["x"])
    parent.fork("Child").exit()
    parent.write(parent.heap)
    story.say("One owner is left.")
'''


@pytest.mark.usefixtures("_kernel")
def test_a_difference_in_a_scenario_is_told(monkeypatch, tmp_path):
    lesson = tmp_path / "lesson.py"
    lesson.write_text(LESSON)
    assert verify(str(lesson)).exit_code == 0
    bugs()["always_copies"](monkeypatch)
    done = verify(str(lesson))
    assert done.exit_code == 1
    assert "P0.heap in the simulator 'f1E', in the kernel 'f0E'" in done.stderr
    assert "differs" in done.stdout


@pytest.mark.usefixtures("_kernel")
def test_a_difference_of_random_lists_can_be_pasted(monkeypatch, tmp_path):
    with monkeypatch.context() as patch:
        bugs()["fork_copies_no_ptes"](patch)
        done = verify("--random", "3", "--seed", "7")
    assert done.exit_code == 1
    fact = json.loads(done.stdout[done.stdout.index('{"id"') :])
    assert len(fact["ops"]) <= 4
    assert verify(facts_file(tmp_path / "found.json", fact)).exit_code == 0


def test_where_the_kernel_does_not_tell(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    done = verify("fork_cow")
    assert done.exit_code == 3
    assert done.stderr.count("\n") == 1
    assert "--simulate-only" in done.stderr
    assert verify("fork_cow", "--simulate-only").exit_code == 0


def test_where_pagemap_is_hidden(monkeypatch):
    def refuse(self, pid):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("cowviz.linux.pagemap.Pagemap.__init__", refuse)
    done = verify(SEEDED)
    assert (done.exit_code, done.stderr.count("\n")) == (3, 1)


@pytest.mark.usefixtures("_kernel")
def test_a_file_system_that_is_not_there_is_told(monkeypatch, tmp_path):
    monkeypatch.setattr("cowviz.verify.files._type_of", lambda folder: "overlay")
    done = verify(facts_file(tmp_path / "ext4.json", {"id": "X", "ops": [MMAP | {"kind": "ext4-shared"}]}))
    assert done.exit_code == 0
    assert "simulator only: no ext4 file system here" in done.stdout
    assert "1 facts: 1 ok, 0 differ, 1 by the simulator only" in done.stdout


@pytest.mark.parametrize("arguments", [(), ("nowhere",), ("nowhere.json",), ("--random", "1", "--simulate-only")])
def test_a_mistake_is_a_line(arguments):
    done = verify(*arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith("cowviz: ")
    assert done.stderr.count("\n") == 1


MMAP = {"op": "mmap", "proc": "P0", "region": "A", "pages": 1, "kind": "anon-private"}
MALFORMED = {
    "no operation 'sbrk'": [{"op": "sbrk", "proc": "P0"}],
    'mmap needs "pages"': [{k: v for k, v in MMAP.items() if k != "pages"}],
    '"pages" must be a number': [{**MMAP, "pages": "1"}],
    '"pages" must be 1 to 4096': [{**MMAP, "pages": 10**9}],
    "no kind of memory": [{**MMAP, "kind": "anon"}],
    '"region" cannot be': [{**MMAP, "region": "../x"}],
    "mmap knows no 'size'": [{**MMAP, "size": 1}],
    "no living process P1": [{**MMAP, "proc": "P1"}],
    "P0 has no region B": [MMAP, {"op": "read", "proc": "P0", "region": "B", "page": 0}],
    "a new process cannot be P0": [{"op": "fork", "proc": "P0", "child": "P0"}],
    "P0 waits until its vfork child exits": [{"op": "vfork", "proc": "P0", "child": "V"}, MMAP],
    "no living process T": [
        {"op": "thread", "proc": "P0", "child": "T"},
        {"op": "exit", "proc": "P0"},
        {"op": "exit", "proc": "T"},
    ],
    "no living process P0": [{"op": "exit", "proc": "P0"}, MMAP],
    '"ops" must be a list': {},
    "operation 1 is no object": [1],
}


@pytest.mark.parametrize("words", MALFORMED)
def test_malformed_fact(tmp_path, words):
    done = verify(facts_file(tmp_path / "bad.json", {"id": "B", "ops": MALFORMED[words]}))
    assert (done.exit_code, done.stdout) == (2, "")
    assert "fact B: " in done.stderr
    assert words in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "text", ["", "[" * 100_000, "{}", "[]", '{"format": "cowviz-ground-truth", "version": 2}', "\0"]
)
def test_no_facts_file(tmp_path, text):
    path = tmp_path / "bad.json"
    path.write_text(text)
    with pytest.raises(FactsError) as caught:
        load_facts(path)
    assert "\n" not in str(caught.value)


def test_whatever_is_in_a_facts_file_is_told_in_a_line():
    chance, good = random.Random(1), json.loads(Path(SEEDED).read_text())
    values = [None, True, -1, 10**30, 0.5, "", "P0", "x" * 999, "\n", [], {}, [[]], {"op": 1}]
    for _ in range(2000):
        document = json.loads(json.dumps(good | {"facts": chance.sample(good["facts"], 2)}))
        _spoil(document, chance, values)
        told = _problem(document)
        assert "\n" not in told
        assert len(told) < 400
        if not told:
            _simulated(parse(document)[0])


def _simulated(facts) -> None:
    """What is no mistake has an answer, or is told in a line."""
    for fact in facts:
        if sum(op.n + op.pages for op in fact.ops) < 3000:
            seen = compare.simulate(fact.ops)
            assert not any("\n" in str(outcome) or "breaks" in str(outcome) for outcome in seen.outcomes), fact


def _problem(document) -> str:
    try:
        parse(document)
    except FactsError as error:
        return str(error)
    return ""


def _spoil(value, chance, values):
    """Put something else somewhere."""
    while True:
        keys = list(value) if isinstance(value, dict) else list(range(len(value)))
        key = chance.choice(keys)
        if isinstance(value[key], (dict, list)) and value[key] and chance.random() < 0.85:
            value = value[key]
        else:
            value[key] = chance.choice(values)
            return
