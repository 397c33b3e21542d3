"""Which frame a page has: by its number, which root may see, or inferred from what everybody sees of own processes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cowviz.linux.pagemap import KPF_KSM, KPF_ZERO_PAGE, Entry, Pagemap, frame_words
from cowviz.verify.address_layout import Layout, PlacedOp
from cowviz.verify.page_notation import PageView

PagesByName = Mapping[str, Mapping[str, Sequence[Entry]]]  # process -> region -> its pages


class ByNumber:
    """The page frame numbers themselves."""

    how = "frames by their numbers"

    def __init__(self, zero_pfn: int) -> None:
        self._zero = zero_pfn
        self.begin()

    def begin(self) -> None:
        """Forget what was seen in the list of operations before."""
        self.is_special = False  # whether there may be merged frames, or zero pages of 2 MiB

    def looks(
        self, entries: PagesByName, layout: Layout, step: PlacedOp, pagemaps: Mapping[str, Pagemap]
    ) -> dict[str, dict[str, list[PageView]]]:
        flags: dict[int, int] = {}
        if self.is_special:
            pages = (entry for regions in entries.values() for pages in regions.values() for entry in pages)
            flags = frame_words("kpageflags", list({entry.pfn for entry in pages if entry.present}))
        return {
            proc: {region: [self._look(entry, flags) for entry in pages] for region, pages in regions.items()}
            for proc, regions in entries.items()
        }

    def _look(self, entry: Entry, flags: Mapping[int, int]) -> PageView:
        special = flags.get(entry.pfn, 0)
        if not entry.present or entry.pfn == self._zero or special >> KPF_ZERO_PAGE & 1:
            return PageView("Z") if entry.present else _absent(entry)
        return PageView("f", entry.pfn, entry.mapped_once, entry.file, bool(special >> KPF_KSM & 1))


class Inferred:
    """Frames rebuilt from what an ordinary user sees: present, a file's (bit 61), mapped exactly once (bit 56).

    A page of a file has the file's frame. A private page keeps its frame until it goes; fork hands it to the child.
    One that was not mapped once, and after an operation of its own process on it is, has been copied: none of the
    others who mapped the old frame did anything meanwhile. This holds since all who share a frame are in view.
    """

    how = "frames inferred, as this user may not see their numbers"

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """Forget all frames, for another list of operations."""
        self._last = 0
        self._private: dict[str, dict[int, tuple[int, bool]]] = {}  # process -> page -> frame, mapped once

    def looks(
        self, entries: PagesByName, layout: Layout, step: PlacedOp, pagemaps: Mapping[str, Pagemap]
    ) -> dict[str, dict[str, list[PageView]]]:
        looks: dict[str, dict[str, list[PageView]]] = {}
        now: dict[str, dict[int, tuple[int, bool]]] = {}
        for proc, regions in entries.items():
            owner = layout.owner(proc)
            if owner in looks:
                looks[proc] = looks[owner]
                continue
            zero = _zero_pages(pagemaps[proc], layout, proc)
            old, new = self._before(proc, layout, step), now.setdefault(proc, {})
            looks[proc] = {}
            for region, pages in regions.items():
                place = layout.places[proc][region]
                first = place.start + place.low
                looks[proc][region] = cells = []
                for vpn, entry in enumerate(pages, first):
                    if not entry.present or vpn in zero:
                        cells.append(PageView("Z") if entry.present else _absent(entry))
                    elif entry.file:
                        cells.append(PageView("f", 0, entry.mapped_once, True))
                    else:
                        acted = layout.owner(step.op.proc) == proc and step.covers(vpn)
                        new[vpn] = self._frame(old.get(vpn), entry.mapped_once, acted), entry.mapped_once
                        cells.append(PageView("f", new[vpn][0], entry.mapped_once))
        self._private = now
        return looks

    def _before(self, proc: str, layout: Layout, step: PlacedOp) -> dict[int, tuple[int, bool]]:
        """The private frames that the process's pages had, where they are now."""
        if step.op.op == "fork" and step.op.child == proc:
            return self._private.get(layout.owner(step.op.proc), {})
        old = self._private.get(proc, self._private.get(layout.predecessors.get(proc, ""), {}))
        if layout.owner(step.op.proc) != proc or step.op.op not in ("mremap", "mmap"):
            return old
        if step.op.op == "mremap" and not step.op.to:
            return old
        if step.op.op == "mmap":  # what is there now is new
            return {vpn: frame for vpn, frame in old.items() if not step.covers(vpn)}
        target = range(step.to, step.to + step.new_pages)
        kept = range(step.start, step.start + min(step.pages, step.new_pages))
        moved = {vpn - step.start + step.to: frame for vpn, frame in old.items() if vpn in kept}
        return {vpn: frame for vpn, frame in old.items() if vpn not in target and not step.covers(vpn)} | moved

    def _frame(self, before: tuple[int, bool] | None, once: bool, acted: bool) -> int:
        if before is None or (acted and once and not before[1]):
            self._last += 1
            return self._last
        return before[0]


Sight = ByNumber | Inferred


def _absent(entry: Entry) -> PageView:
    return PageView("G" if entry.guard else "S" if entry.swapped else ".")


def _zero_pages(pagemap: Pagemap, layout: Layout, proc: str) -> set[int]:
    places = layout.places[proc].values()
    if not places:
        return set()
    first, last = min(p.start + p.low for p in places), max(p.start + p.pages for p in places)
    return {vpn - OFFSET for vpn in pagemap.zero_pages(first + OFFSET, last - first)}


OFFSET = 1 << 28  # pages: the layout's page 0 is at 1 TiB, where neither the interpreter nor its libraries lie
