"""What the tests of this room share."""

from __future__ import annotations

import pytest

from cowviz.story.story import Story


@pytest.fixture
def story():
    return Story(check=True)


@pytest.fixture
def small(story):
    """A story whose machine has four frames."""
    story.memory(frames=4)
    return story


@pytest.fixture
def pair(small):
    """Parent and child right after fork, told about."""
    parent = small.process("Parent", text="main()", heap="x = 1")
    child = parent.fork("Child")
    small.say("Forked.")
    return parent, child
