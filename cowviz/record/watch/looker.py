"""Looks at the memory of a process that has stopped, and says what is new in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from cowviz.record.observations import Noticed, Observation, Regions
from cowviz.record.watch.watched_space import Space


@dataclass
class Looker:
    """Says what has changed in an address space since it was looked at last."""

    say: Callable[[Observation], None]
    faults: int = 0  # of the kernel's own, found by their count

    def reread(self, space: Space, is_new: bool = False) -> None:
        """Tell of regions that are others now; ``is_new`` where they are, though they look as before."""
        if space.reread_maps() or is_new:
            self.say(Regions(space.pid, space.maps))

    def catch_up(self, space: Space, untold: frozenset[int] = frozenset()) -> None:
        """Look through the pages where more faults were counted than have stopped the process.

        Faults on the pages ``untold`` have stopped it, and are told later.
        """
        counted = space.faults() - len(untold)
        if counted != space.counted:
            unseen, space.counted = max(counted - space.counted, 0), counted
            self.reread(space)  # the kernel's own access may have made a stack grow
            self.notice(space, unseen, untold)
            self.faults += unseen

    def notice(self, space: Space, faults: int = 0, untold: frozenset[int] = frozenset()) -> None:
        """Tell of pages that are others now, by so many faults."""
        entries = tuple([entry for entry in space.news() if entry[0] not in untold])
        if entries:
            self.say(Noticed(space.pid, entries, faults))
