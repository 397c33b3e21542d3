"""The order in which observations are understood: of two processes that wait at once, either may have been first."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import TypeGuard

from cowviz.record.frame_owners import FrameOwners
from cowviz.record.observations import Faulted, ForkSeen, Noticed, Observation, ProcessEnded
from cowviz.record.process_memory import ProcessMemory

LOOK_AHEAD = 256  # observations: what a process did unseen is noticed at its next system call

Processes = Mapping[int, ProcessMemory]


def in_order(observations: Sequence[Observation], processes: Processes, owners: FrameOwners) -> Iterator[Observation]:
    """Yield the observations; of two processes that wait, the one whose page has moved to another frame comes first.

    ``processes`` and ``owners`` are as far as the observations yielded so far have been understood.
    """
    queue = deque(observations)
    while queue:
        fact = queue.popleft()
        while isinstance(fact, Faulted) and _is_reuse_too_early(fact, processes, owners):
            ahead = enumerate(islice(queue, LOOK_AHEAD))
            earlier = next((i for i, other in ahead if _took(other, fact, processes)), None)
            if earlier is None:
                break
            yield from _taken(queue, earlier)
        yield fact


def _taken(queue: deque[Observation], place: int) -> list[Observation]:
    """Take an observation out of the queue, with what its process did before it."""
    pid = _doer(queue[place])
    places = [i for i in range(place + 1) if _doer(queue[i]) == pid]
    found = [queue[i] for i in places]
    for i in reversed(places):
        del queue[i]
    return found


def _doer(fact: Observation) -> int:
    return fact.parent if isinstance(fact, ForkSeen) else fact.pid


def pages_protected_at_first(observations: Sequence[Observation]) -> set[tuple[int, int]]:
    """Find pages that fault before their process forks for the first time: if they were there, they were protected."""
    pages: set[tuple[int, int]] = set()
    forked: set[int] = set()
    for fact in observations:
        if isinstance(fact, ForkSeen):
            forked.add(fact.parent)
        elif isinstance(fact, Faulted) and fact.pid not in forked:
            pages.add((fact.pid, fact.vpn))
    return pages


def _took(other: Observation, fact: Faulted, processes: Processes) -> bool:
    """Whether another process, which had the same frame as far as we know, had its page changed."""
    if (
        not (isinstance(other, ProcessEnded) or concerns(other, fact.vpn))
        or other.pid == fact.pid
        or other.pid not in processes
    ):
        return False
    ours, theirs = (processes[pid].pages.get(fact.vpn) for pid in (fact.pid, other.pid))
    return ours is not None and theirs is not None and ours.frame == theirs.frame


def _is_reuse_too_early(fact: Faulted, processes: Processes, owners: FrameOwners) -> bool:
    """Whether a page has kept its frame, which others still have as far as we know."""
    memory = processes.get(fact.pid)
    page = memory.pages.get(fact.vpn) if memory else None
    return page is not None and owners.has_kept_a_shared_frame(page, fact.raw)


def concerns(fact: Observation, vpn: int) -> TypeGuard[Faulted | Noticed]:
    """Return whether the fact tells of a change of this page."""
    if isinstance(fact, Noticed):
        return any(page == vpn for page, _ in fact.entries)
    return isinstance(fact, Faulted) and (fact.vpn == vpn or any(page == vpn for page, _ in fact.around))
