"""Of a list of operations that shows a difference, the shortest part that still does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from cowviz.verify.facts import Op
from cowviz.verify.facts_file import misnamed


def shrunk(ops: tuple[Op, ...], fails: Callable[[tuple[Op, ...]], bool]) -> tuple[Op, ...]:
    """Return a list that still fails, and no longer does when any one of its operations is taken out or made smaller.

    Operations go in runs first, long ones before short ones, and then one by one, with all that needs them.
    """
    size = len(ops) // 2
    while size:
        start, found = 0, False
        while start < len(ops):
            fewer = _sensible(ops[:start] + ops[start + size :])
            if fewer and fails(fewer):
                ops, found = fewer, True
            else:
                start += size
        size = size if found and size == 1 else size // 2
    return _smaller(ops, fails)


def _smaller(ops: tuple[Op, ...], fails: Callable[[tuple[Op, ...]], bool]) -> tuple[Op, ...]:
    """Fewer processes and regions, fewer pages, and plain choices instead of special ones."""
    for op in ops:
        if op.op in ("fork", "mremap"):
            fewer = _without_twin(ops, op)
            ops = fewer if fewer and fails(fewer) else ops
    changes: tuple[dict[str, Any], ...] = ({"n": 1}, {"at": 0}, {"flag": ""}, {"page": 0}, {"pages": 1}, {"pages": 2})
    for i, _ in enumerate(ops):
        for change in changes:
            ((name, value),) = change.items()
            simple = (*ops[:i], replace(ops[i], **change), *ops[i + 1 :])
            if ops[i].op != "ftruncate" and value < getattr(ops[i], name) and fails(simple):
                ops = simple
    return ops


def _without_twin(ops: tuple[Op, ...], made: Op) -> tuple[Op, ...]:
    """The list without a fork or an mremap: the parent, or the old region, does the child's or the new one's part."""
    if made.op == "fork":
        return _sensible(
            tuple(replace(op, proc=made.proc) if op.proc == made.child else op for op in ops if op is not made)
        )
    same = (replace(op, region=made.region) if op.region == made.to else op for op in ops if op is not made)
    return _sensible(tuple(same))


def _sensible(ops: tuple[Op, ...]) -> tuple[Op, ...]:
    """Without the operations that name what is not there (any more)."""
    kept: tuple[Op, ...] = ()
    for op in ops:
        if misnamed((*kept, op)) is None:
            kept = (*kept, op)
    return kept
