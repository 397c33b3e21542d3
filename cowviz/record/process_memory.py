"""The memory of one recorded process, as the rules follow it."""

from __future__ import annotations

from dataclasses import dataclass, field

from cowviz.linux.pagemap import GUARD, PRESENT, SWAPPED
from cowviz.record.frame_owners import FrameOwners
from cowviz.record.inferred_events import MappedPage, RegionsSet
from cowviz.record.observations import PagemapEntries
from cowviz.record.regions import RecordedRegion, RegionNames


@dataclass
class ProcessMemory:
    """What a process maps, and what it has in swap."""

    names: RegionNames
    pages: dict[int, MappedPage] = field(default_factory=dict)
    areas: tuple[RecordedRegion, ...] = ()
    growth: tuple[int, RegionsSet] | None = None  # the page to which a stack has just grown, and the regions since
    swapped: dict[int, MappedPage] = field(default_factory=dict)  # pages in swap, as they were

    def area(self, vpn: int) -> RecordedRegion | None:
        """Return the region that a page lies in, or None."""
        return next((area for area in self.areas if area.start <= vpn < area.end), None)


def pages_inside(area: RecordedRegion, pages: dict[int, MappedPage]) -> list[int]:
    """List the pages of a region that are mapped."""
    if area.end - area.start < len(pages):
        return [vpn for vpn in range(area.start, area.end) if vpn in pages]
    return [vpn for vpn in pages if area.start <= vpn < area.end]


def pages_lost(memory: ProcessMemory, entries: PagemapEntries, owners: FrameOwners) -> tuple[list[int], list[int]]:
    """Take out the pages that are mapped no more: return those that are gone, and those that are in swap."""
    gone, swapped = list[int](), list[int]()
    for vpn, raw in entries:
        if raw & PRESENT:
            continue
        before, in_swap = memory.pages.pop(vpn, None), bool(raw & SWAPPED) and not raw & GUARD
        if not in_swap and vpn in memory.swapped:
            del memory.swapped[vpn]
            gone.append(vpn)
        if before is None:
            continue
        owners.let_go(before)
        if in_swap:
            memory.swapped[vpn] = before
        (swapped if in_swap else gone).append(vpn)
    return gone, swapped
