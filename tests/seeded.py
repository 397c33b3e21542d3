"""The harness of seeded bugs: a list for each subject, of bugs put into the code so that its tests must find them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

Bug = Callable[[pytest.MonkeyPatch], None]


class Bugs(dict[str, Bug]):
    """The bugs of one subject by name; ``@BUGS.seed`` adds a function that puts one in."""

    def seed(self, bug: Bug) -> Bug:
        assert bug.__name__ not in self, f"two bugs are called {bug.__name__}"
        self[bug.__name__] = bug
        return bug
