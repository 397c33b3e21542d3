"""Who maps which frame, in a recorded run; frames are numbered as they are first seen, each lifetime anew."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from cowviz.linux.pagemap import FILE, MAPPED_ONCE, PFN_MASK
from cowviz.memory.machine import ZERO_PFN
from cowviz.record.inferred_events import MappedPage
from cowviz.record.observations import ZERO
from cowviz.record.regions import RecordedRegion


@dataclass
class FrameOwners:
    """Counts the owners of frames, and knows the kernel's own numbers for them where it shows them."""

    frames: int = 0  # lifetimes so far
    is_late: bool = False  # entries are looked at some time after their fault: their numbers may be later ones
    owners: Counter[int] = field(default_factory=Counter)
    exclusive: set[int] = field(default_factory=set)  # never co-owned since their owner took them
    private: set[int] = field(default_factory=set)  # of anonymous memory, or private copies
    cached: dict[tuple[str, int], int] = field(default_factory=dict)  # a file's page -> its frame
    numbers: dict[int, int] = field(default_factory=dict)  # our frame -> the kernel's number

    def new_frame(self, raw: int) -> int:
        """Return a frame that the process has for itself."""
        frame, self.frames = self.frames, self.frames + 1
        self.exclusive.add(frame)
        self.private.add(frame)
        self._numbered(frame, raw)
        return frame

    def file_frame(self, area: RecordedRegion, vpn: int, raw: int = 0) -> int:
        """Return the frame of the page cache that holds the page's part of its file."""
        assert area.file is not None
        key = area.file, area.pgoff + vpn - area.start
        if key not in self.cached:
            self.cached[key], self.frames = self.frames, self.frames + 1
        self._numbered(self.cached[key], raw)
        return self.cached[key]

    def map(self, pages: dict[int, MappedPage], vpn: int, page: MappedPage) -> None:
        """Map one more page of a process with these pages, or another one."""
        before = pages.get(vpn)
        if before is None or before.frame != page.frame:
            self.owners[page.frame] += 1
            if before is not None:
                self.let_go(before)
        pages[vpn] = page

    def let_go(self, page: MappedPage) -> None:
        self.owners[page.frame] -= 1
        if not self.owners[page.frame]:
            del self.owners[page.frame]

    def is_copy(self, frame: int, raw: int) -> bool:
        """Return whether a write to a page that mapped ``frame`` gave it another: by the numbers, else by the rules."""
        number = raw & PFN_MASK
        if number and frame in self.numbers:
            return number != self.numbers[frame]
        return self.owners[frame] > 1 or (frame not in self.private and not raw & FILE)

    def is_untouched(self, frame: int, raw: int) -> bool:
        """Return whether a page that faulted is as it was: the fault was interrupted, and comes again.

        The numbers must show it: it has kept a frame that others still have.
        """
        kept = raw & PFN_MASK == self.numbers.get(frame, -1)
        return kept and self.owners[frame] > 1 and not raw & MAPPED_ONCE and not self.is_late

    def was_replaced(self, before: MappedPage, raw: int) -> bool:
        """Return whether a page has another frame now; without numbers: it is mapped once, and was co-owned."""
        number = raw & PFN_MASK
        if before.frame == ZERO_PFN:
            return not raw & ZERO
        if number and before.frame in self.numbers:
            return number != self.numbers[before.frame]
        return raw & (FILE | MAPPED_ONCE) == MAPPED_ONCE and self.owners[before.frame] > 1

    def has_moved(self, before: MappedPage, raw: int) -> bool:
        """Return whether a page has another frame now, by the numbers alone."""
        known = self.numbers.get(before.frame)
        return bool(raw & PFN_MASK) and known is not None and raw & PFN_MASK != known

    def merged_into(self, before: MappedPage, raw: int) -> int | None:
        """Return the private frame of others that a page shows now, though nobody forked: KSM merged it into that."""
        if before.of_file or before.frame == ZERO_PFN or raw & (FILE | ZERO) or not self.has_moved(before, raw):
            return None
        number = raw & PFN_MASK
        return next((f for f in self.owners if f in self.private and self.numbers.get(f) == number), None)

    def has_kept_a_shared_frame(self, page: MappedPage, raw: int) -> bool:
        """Return whether a write-protected page faulted and kept its frame, though others seem to have it."""
        if page.of_file or page.writable or page.frame == ZERO_PFN or self.owners[page.frame] < 2:
            return False
        if not raw & MAPPED_ONCE:  # a fault that was not handled: others have it indeed
            return False
        return raw & PFN_MASK == self.numbers.get(page.frame, -1)

    def _numbered(self, frame: int, raw: int) -> None:
        number = raw & PFN_MASK
        if number and not self.is_late:
            self.numbers[frame] = number
