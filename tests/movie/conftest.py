"""What the tests of this room share."""

from __future__ import annotations

import pytest
from movie_lab import lesson

import cowviz


@pytest.fixture(scope="module")
def movie() -> cowviz.Movie:
    return cowviz.run(lesson)
