"""What needs swap, on this machine's kernel: with a swap file of the tests' own where root may have one."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from verify_lab import facts_in, opened_kernel, swap_file

from cowviz.verify import compare, random_operations
from cowviz.verify.files import Unsupported, folder_on

LISTS = 60


@pytest.fixture(scope="module")
def kernel(tmp_path_factory):
    try:
        place = folder_on("ext4")
    except Unsupported:
        place = tmp_path_factory.getbasetemp()
    folder = Path(tempfile.mkdtemp(dir=place))
    try:
        with swap_file(folder) as missing:
            if missing:
                pytest.skip(f"no swap to be had: {missing}")
            opened = opened_kernel()
            yield opened
            opened.__exit__(None, None, None)
    finally:
        folder.rmdir()


NEED_SWAP = [
    fact
    for name in ("rarer_facts.json", "seeded_bugs.json")
    for fact in facts_in(name)
    if any(op.advice == "PAGEOUT" for op in fact.ops)
]


@pytest.mark.parametrize("fact", NEED_SWAP, ids=lambda fact: fact.id)
def test_the_kernel_answers_so(kernel, fact):
    done = compare.run(fact.ops, kernel)
    if done.skipped:
        pytest.skip(done.skipped)
    assert compare.unexpected(fact, done.kernel) is None  # type: ignore[arg-type]
    assert done.difference() is None


def test_random_lists_with_swap(kernel):
    for number in range(LISTS):
        ops = random_operations.sequence(f"swap:{number}", kernel.abilities)
        assert compare.run(ops, kernel).difference() is None, f"list {number}"
