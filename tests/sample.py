"""What a test run has time for: a part here, all of it in ``make nightly`` (``COWVIZ_ALL=1``)."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import TypeVar

T = TypeVar("T")
ALL = os.environ.get("COWVIZ_ALL") == "1"


def first(count: int, of: Sequence[T]) -> Sequence[T]:
    """The first ``count`` of many that are as good as one another, such as seeds; all of them at night."""
    return of if ALL else of[:count]


def one_in(step: int, of: Iterable[T]) -> list[T]:
    """Each ``step``-th of many that differ, so that each kind is among them; all of them at night."""
    return list(of) if ALL else list(islice(of, 0, None, step))
