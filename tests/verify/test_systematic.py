"""Each call in each situation: the simulator says what the kernel answered, and this machine's kernel still does."""

from __future__ import annotations

import json

import pytest
import systematic
from verify_lab import HERE, opened_kernel

from cowviz.verify import compare
from cowviz.verify.facts import Expect, Fact

ANSWERS = json.loads((HERE / "systematic.json").read_text())["answers"]
ROWS = dict(systematic.rows())
FACTS = [Fact(name, "", ROWS[name], Expect(tuple(outcomes), final)) for name, outcomes, final in ANSWERS]


def test_the_table_is_whole():
    assert [name for name, *_ in ANSWERS] == list(ROWS)


@pytest.mark.parametrize("call", systematic.CALLS)
def test_the_simulator_answers_so(call):
    for fact in FACTS:
        if f", {call}, " in fact.id:
            assert compare.unexpected(fact, compare.simulate(fact.ops)) is None, fact.id


def test_this_kernel_answers_so():
    with opened_kernel() as kernel:
        for fact in FACTS:
            done = compare.run(fact.ops, kernel)
            if done.kernel:
                assert compare.unexpected(fact, done.kernel) is None, fact.id
                assert done.difference() is None, fact.id
