"""One address space under watch: its regions, and its pages as they were when last looked at."""

from __future__ import annotations

import array
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from operator import attrgetter
from pathlib import Path

from cowviz.linux.pagemap import FILE, MAPPED_ONCE, PFN_MASK, PRESENT, SWAPPED, Pagemap
from cowviz.record.observations import ZERO, Mapping, PagemapEntries

LEAF = 512  # pages of one page table leaf: no fault maps pages beyond it
LARGEST = 1 << 18  # pages of a region that is looked through as a whole: 1 GiB
_STABLE = PRESENT | SWAPPED | FILE | PFN_MASK  # what changes only when the page does, not when a sharer goes
_BY_RULES = _STABLE | MAPPED_ONCE  # where no frame number is shown, this is all that tells of a kernel's own copy
_NOTHING = array.array("Q", [0]) * LEAF
_start = attrgetter("start")
_UNREAL = ("[vvar", "[vdso]", "[vsyscall]", "[uprobes]")  # pages that the kernel lends


class ZeroPage:
    """Tells the shared zero page from other frames, by its number or by PAGEMAP_SCAN; asked once for a run."""

    def __init__(self, pfn: int, scans: bool) -> None:
        self.pfn, self.scans = pfn, scans

    def marked(self, pagemap: Pagemap, vpn: int, raw: int) -> int:
        """Return the entry, with the bit ZERO where it is the zero page."""
        if raw & (FILE | MAPPED_ONCE) or not raw & PRESENT:
            return raw
        if self.pfn:
            return raw | ZERO if raw & PFN_MASK == self.pfn else raw
        if not self.scans:  # what is mapped anew and yet not once is the zero page
            return raw | ZERO
        try:
            return raw | ZERO if pagemap.zero_pages(vpn, 1) else raw
        except OSError:  # the process has ended
            return raw


class Space:
    """The memory of process ``pid`` as ``/proc`` shows it, and what is new in it since the last look."""

    def __init__(self, pid: int, zero: ZeroPage) -> None:
        self.pid = pid
        self.zero = zero
        self.pagemap = Pagemap(pid)
        self.maps: tuple[Mapping, ...] = ()
        self.counted = 0  # faults that we know of, on the scale of /proc/PID/stat
        self.may_merge = False  # KSM may take its pages at any time
        self._major = 0
        self._leaves: dict[int, array.array[int]] = {}

    def close(self) -> None:
        self.pagemap.close()

    def reread_maps(self) -> bool:
        """Look at the regions again; whether they are others now. What was known of regions that went is forgotten."""
        maps = read_maps(self.pid)
        if not maps or maps == self.maps:
            return False
        gone, self.maps = set(self.maps) - set(maps), maps
        for line in gone:
            start = line.start
            for now in [now for now in maps if now.start < line.end and line.start < now.end]:
                self._forget(start, now.start)
                start = max(start, now.end)
            self._forget(start, line.end)
        return True

    def _forget(self, start: int, end: int) -> None:
        """Forget the pages of a range that has no region any more."""
        for number in [n for n in self._leaves if start < end and start // LEAF <= n <= (end - 1) // LEAF]:
            first, last = max(start - number * LEAF, 0), min(end - number * LEAF, LEAF)
            self._leaves[number][first:last] = _NOTHING[first:last]

    def forget(self) -> None:
        """Forget what was seen: all that is there is news again."""
        self._leaves.clear()

    def line(self, vpn: int) -> Mapping | None:
        """Return the region of a page, if it has one that we know."""
        place = bisect_right(self.maps, vpn, key=_start) - 1
        line = self.maps[place] if place >= 0 else None
        return line if line and vpn < line.end else None

    def page(self, vpn: int) -> int:
        """Return the page's entry now; 0 where there is none."""
        read = self.pagemap.raw(vpn, 1)
        raw = self.zero.marked(self.pagemap, vpn, read[0]) if read else 0
        number, place = divmod(vpn, LEAF)
        self._leaf(number)[place] = raw
        return raw

    def has_in_common(self, child: Space, vpn: int) -> bool:
        """Return whether a page of private memory has the frame that it has in the child."""
        ours, theirs = (next(iter(space.pagemap.raw(vpn, 1)), 0) for space in (self, child))
        if not ours & theirs & PRESENT or (ours | theirs) & FILE:
            return False
        numbers = ours & PFN_MASK, theirs & PFN_MASK
        return numbers[0] == numbers[1] if all(numbers) else not ours & MAPPED_ONCE

    def has_gone_on(self, child: Space, vpn: int) -> bool:
        """Return whether a page of private memory has changed since the child was forked."""
        ours = next(iter(self.pagemap.raw(vpn, 1)), 0)
        return bool(ours & PRESENT) and not ours & FILE and not self.has_in_common(child, vpn)

    def around(self, vpn: int) -> tuple[tuple[int, int], ...]:
        """Return the pages of the same leaf that are others than before."""
        number = vpn // LEAF
        return self._news(number * LEAF, self.pagemap.raw(number * LEAF, LEAF), _STABLE)

    def news(self) -> tuple[tuple[int, int], ...]:
        """Return all pages that are others than before; regions beyond 1 GiB are not looked through."""
        found: list[tuple[int, int]] = []
        bits = _STABLE if self.zero.pfn else _BY_RULES
        for line in self.maps:
            if line.end - line.start <= LARGEST:
                read = self.pagemap.raw(line.start, line.end - line.start)
                for first in _cuts(line.start, line.end):
                    last = min((first // LEAF + 1) * LEAF, line.end)
                    found += self._news(first, read[first - line.start : last - line.start], bits)
        return tuple(found)

    def known(self) -> Iterator[tuple[int, int]]:
        """Yield all pages as they were when last looked at."""
        for number, leaf in sorted(self._leaves.items()):
            yield from enumerate(leaf, number * LEAF)

    def came_along(self, vpn: int) -> tuple[PagemapEntries, bool]:
        """Return the neighbours of a file's page that are mapped now, and whether it was read from the disk."""
        return tuple([entry for entry in self.around(vpn) if entry[0] != vpn]), self.had_major_fault()

    def had_major_fault(self) -> bool:
        """Return whether a page was read from the disk since this was last asked."""
        before, self._major = self._major, fault_counts(self.pid)[1]
        return self._major > before

    def faults(self) -> int:
        """Return the process's minor and major faults; as many as we know of where it has ended."""
        minor, major = fault_counts(self.pid)
        return minor + major or self.counted

    def _leaf(self, number: int) -> array.array[int]:
        leaf = self._leaves.get(number)
        if leaf is None:
            leaf = self._leaves[number] = _NOTHING[:]
        return leaf

    def _news(self, first: int, read: Sequence[int], bits: int) -> tuple[tuple[int, int], ...]:
        """What is new in a leaf, or a part of it."""
        number, place = divmod(first, LEAF)
        if not read:
            return ()
        leaf = self._leaves.get(number, _NOTHING)
        before = leaf[place : place + len(read)]
        mask = int.from_bytes(bits.to_bytes(8, "little") * LEAF, "little")
        if not (_number(before) ^ _number(read)) & mask:
            return ()
        leaf, found = self._leaf(number), []
        for i, (old, new) in enumerate(zip(before, read, strict=True)):
            if (old ^ new) & bits:
                leaf[place + i] = raw = self.zero.marked(self.pagemap, first + i, new)
                found.append((first + i, raw))
        return tuple(found)


def _number(entries: Sequence[int]) -> int:
    """All entries as one number: compared and masked at once."""
    return int.from_bytes(bytes(memoryview(entries)), "little")  # type: ignore[arg-type]  # an array


def read_maps(pid: int) -> tuple[Mapping, ...]:
    """Return the regions of a process that are memory of its own; none where it has ended."""
    try:
        lines = Path(f"/proc/{pid}/maps").read_text(errors="replace").splitlines()
    except OSError:
        return ()
    maps = [parsed(line) for line in lines]
    return tuple([line for line in maps if not line.path.startswith(_UNREAL)])


def parsed(line: str) -> Mapping:
    """Return a line of /proc/PID/maps."""
    span, rights, offset, _, inode, *path = line.split(maxsplit=5)
    start, _, end = span.partition("-")
    return Mapping(
        int(start, 16) >> 12, int(end, 16) >> 12, rights, int(offset, 16) >> 12, int(inode), path[0] if path else ""
    )


def fault_counts(pid: int) -> tuple[int, int]:
    """Read the minor and major faults of a process (/proc/PID/stat); zeroes where it has ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
    except OSError:
        return 0, 0
    return int(fields[7]), int(fields[9])


def process_of(tid: int) -> int | None:
    """Return the process that a thread belongs to; None where it has ended."""
    try:
        lines = Path(f"/proc/{tid}/status").read_text(errors="replace").splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) for line in lines if line.startswith("Tgid:")), None)


def program_of(pid: int) -> str:
    """Return the name of the file that a process runs."""
    try:
        return Path(f"/proc/{pid}/exe").readlink().name
    except OSError:
        return f"process {pid}"


def _cuts(start: int, end: int) -> list[int]:
    """Where leaves begin within a region, and the region itself."""
    return [start, *range((start // LEAF + 1) * LEAF, end, LEAF)]
