"""Whatever processes do, in whatever order: the invariants hold, and everybody reads what they must."""

from __future__ import annotations

from hypothesis import given, settings
from memory_oracle import check
from random_runs import memories, operations, profiles


@settings(max_examples=200)
@given(profiles, memories, operations)
def test_simulator_and_dictionaries_agree(profile, frames, todo):
    check(profile, frames, todo)
