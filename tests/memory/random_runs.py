"""Random lists of operations on memory: by hypothesis, and the same for the same seed."""

from __future__ import annotations

import random

from hypothesis import strategies as st

from cowviz.memory.profile import LINUX, TEXTBOOK, Profile

OPERATIONS = (
    *("mmap", "read", "read_write", "write", "write", "write", "fork", "fork", "exit"),
    *("wait", "munmap", "mprotect", "exec", "dontneed", "remap", "thread", "pageout", "pageout", "reclaim"),
)

MEMORIES = (14, 30, 100)  # frames; of few, some processes die for want of memory
PROFILES = (LINUX, TEXTBOOK)

operation = st.tuples(st.sampled_from(OPERATIONS), *[st.integers(0, 2**10)] * 3)
operations = st.lists(operation, max_size=8) | st.lists(operation, min_size=30, max_size=60)  # to read; to find
memories, profiles = st.sampled_from(MEMORIES), st.sampled_from(PROFILES)


def run_of(seed: int) -> tuple[Profile, int, list[tuple[str, int, int, int]]]:
    """A long run for ``check``, the same for the same seed wherever it runs.

    Hypothesis's are not, though derandomized: it takes constants from whatever modules happen to be loaded.
    """
    chance = random.Random(seed)
    numbers = range(2**10)
    todo = [(chance.choice(OPERATIONS), *(chance.choice(numbers) for _ in "abc")) for _ in range(45)]
    return chance.choice(PROFILES), chance.choice(MEMORIES), todo  # type: ignore[return-value]
