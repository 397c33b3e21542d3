"""The random test has teeth: each of these bugs, put into the simulator, is found by it."""

from __future__ import annotations

import paging_bugs
import pytest
import sharing_bugs
from memory_oracle import check
from random_runs import run_of

RUNS = 200  # the most hidden of these bugs shows in one of fourteen
BUGS = {**paging_bugs.BUGS, **sharing_bugs.BUGS}


def check_all(runs: int) -> None:
    for seed in range(runs):
        check(*run_of(seed))


@pytest.mark.parametrize("name", BUGS)
def test_bug_is_caught(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    BUGS[name](monkeypatch)
    with pytest.raises(AssertionError):
        check_all(RUNS)
