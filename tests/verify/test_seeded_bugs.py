"""The comparison has teeth: bugs put into the simulator show against what a kernel answered (seeded_bugs.json).

Each fact was found by random lists against the running kernel and made short. Four bugs of tests/memory are not
among them, since no page table shows them: what a frame holds, what is counted as a copy, and that a frame is never
free again.
"""

from __future__ import annotations

import pytest
from verify_lab import bugs, facts_in

from cowviz.verify import compare

FACTS = {fact.id: fact for fact in facts_in("seeded_bugs.json")}
INVISIBLE = {"copies_no_bytes", "copies_the_zero_page", "copies_are_not_counted", "forgets_to_free"}


def test_there_are_enough():
    assert len(FACTS) >= 20
    assert set(bugs()) - INVISIBLE <= set(FACTS), "a new bug: record a fact that tells it (cowviz verify --random)"


@pytest.mark.parametrize("name", FACTS)
def test_bug_is_found(name, monkeypatch):
    fact = FACTS[name]
    assert compare.unexpected(fact, compare.simulate(fact.ops)) is None
    bugs()[name](monkeypatch)
    assert compare.unexpected(fact, compare.simulate(fact.ops)) is not None
