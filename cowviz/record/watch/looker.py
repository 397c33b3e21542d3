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

    def catch_up(self, space: Space) -> None:
        """Look through the pages where more faults were counted than have stopped the process."""
        if (unseen := self._unseen(space, 0)) is not None:
            self.notice(space, unseen)

    def catch_up_with_fork(self, space: Space, child: Space, untold: frozenset[int]) -> Noticed | None:
        """Tell what a process did unseen before its fork; return what it did since, which the child does not see.

        Another thread may have done it, or the kernel for that thread. Faults on the pages ``untold`` have stopped
        the process, and are told later.
        """
        unseen = self._unseen(space, len(untold))
        if unseen is None:
            return None
        entries = [entry for entry in space.news() if entry[0] not in untold]
        later = tuple([(vpn, raw) for vpn, raw in entries if space.has_gone_on(child, vpn)])
        earlier = tuple([entry for entry in entries if entry not in later])
        since = min(unseen, len(later))
        if earlier:
            self.say(Noticed(space.pid, earlier, unseen - since))
        return Noticed(space.pid, later, since) if later else None

    def notice(self, space: Space, faults: int = 0) -> None:
        """Tell of pages that are others now, by so many faults."""
        entries = space.news()
        if entries:
            self.say(Noticed(space.pid, entries, faults))

    def _unseen(self, space: Space, untold: int) -> int | None:
        """How many faults were counted that nobody has told of or will; None where there is nothing to look for."""
        counted = space.faults() - untold
        if counted == space.counted:
            return None
        unseen, space.counted = max(counted - space.counted, 0), counted
        self.reread(space)  # the kernel's own access may have made a stack grow
        self.faults += unseen
        return unseen
