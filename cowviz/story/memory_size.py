"""Sets how many frames a story's machine has, and the order in which they are allocated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from cowviz.errors import CowvizError, unknown
from cowviz.memory.machine import Machine, boot
from cowviz.story.asked import shown

MOST_LISTED = 1 << 12  # frames whose order the trace lists, where the lesson names none: more are a range
OVERCOMMIT = ("always", "heuristic")  # modes 1 and 0 of vm.overcommit_memory


def with_memory(machine: Machine, frames: int, order: str | Sequence[int], swap: int, overcommit: str) -> Machine:
    """Return a new machine with this many frames and pages of swap, and the old machine's files.

    ``order`` names the frames to allocate first, by letters or numbers. Raises CowvizError for a wrong order.
    """
    pfns = tuple(ord(c) - ord("A") for c in order) if isinstance(order, str) else tuple(order)
    named = set(pfns)
    if len(named) < len(pfns) or any(not 0 <= pfn < frames for pfn in pfns):
        raise CowvizError(
            f"story.memory(frames={frames}): order {shown(order)} must name frames of these, each at most once"
        )
    if overcommit not in OVERCOMMIT:
        raise unknown("overcommit", overcommit, OVERCOMMIT)
    is_listed = bool(pfns) or frames <= MOST_LISTED
    whole = (*pfns, *(pfn for pfn in range(frames) if pfn not in named)) if is_listed else None
    booted = boot(machine.profile, frames, whole, swap, overcommit == "heuristic")
    return replace(booted, files=machine.files)
