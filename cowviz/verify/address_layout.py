"""Where the regions of a list of operations lie: names become addresses, the same for simulator and kernel.

Each region's name has a place of its own, far from all others, so that the kernel merges no two of them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from cowviz.verify.facts import KIND, Op

STRIDE = 1 << 14  # pages from one region's place to the next: 64 MiB
LARGEST = 1 << 40  # pages: beyond the end of any file
GROWTH = 2048  # pages below its start that a stack is looked at
FIRST = 0x100000  # page of the first place


@dataclass(frozen=True, slots=True)
class PlacedRegion:
    """A region of one process: its pages, whether or not any of them is still mapped."""

    start: int  # virtual page number of page 0
    pages: int
    file: str = ""  # what it shows: "memfd:x", "shm:3"; "" is anonymous private memory
    offset: int = 0  # page of the file at ``start``
    shared: bool = False
    low: int = 0  # the lowest page looked at; below 0 for a stack that has grown
    over: tuple[tuple[int, int, str, int], ...] = ()  # mapped over it: first page, end, file, page of the file

    def shows(self, page: int) -> tuple[str, int]:
        """Return which file's page is there, as mmap and mremap have it."""
        for first, end, file, offset in reversed(self.over):
            if first <= page < end:
                return file, offset + page - first
        return self.file, self.offset + page


@dataclass(frozen=True, slots=True)
class PlacedOp:
    """One operation with its addresses."""

    op: Op
    start: int = 0  # virtual page number
    pages: int = 0
    to: int = 0  # mremap: the new start
    new_pages: int = 0  # mremap: the new size
    was: int = 0  # brk: the heap's size before
    file: str = ""

    def covers(self, vpn: int) -> bool:
        return self.start <= vpn < self.start + self.pages


class Layout:
    """The processes that live and their regions, as the operations so far left them."""

    def __init__(self) -> None:
        self.places: dict[str, dict[str, PlacedRegion]] = {"P0": {}}
        self._owners: dict[str, str] = {}  # threads and vfork children -> whose memory they use
        self._leaders: dict[str, str] = {}  # threads -> the process that they end with
        self.predecessors: dict[str, str] = {}  # who has the memory now -> a process that it was of, and that has ended
        self._slots: dict[str, int] = {}
        self._heaps: dict[tuple[str, str], int] = {}  # process, region -> its pages
        self._over_before: tuple[tuple[int, int, str, int], ...] = ()
        self._shared_memories = 0
        self._cut: list[tuple[str, int, int]] = []  # what may have left the page cache: each ftruncate, each PAGEOUT

    def step(self, op: Op) -> PlacedOp:
        """Return the operation with addresses; it counts as done from here on."""
        if op.op == "start":
            self.places[op.child] = {}
            return PlacedOp(op)
        places = self.places[op.proc]
        if op.op == "mmap":
            return self._mmap(op, places)
        if op.op == "brk":
            return self._brk(op, places)
        if op.op == "fork":
            self.places[op.child] = dict(places)
            self._heaps |= self._heaps_of(self.owner(op.proc), op.child)
            return PlacedOp(op)
        if op.op in ("thread", "vfork"):
            self.places[op.child] = places
            self._owners[op.child] = self.owner(op.proc)
            if op.op == "thread":
                self._leaders[op.child] = self._leaders.get(op.proc, op.proc)
            return PlacedOp(op)
        if op.op == "exit":
            self._end(op.proc)
            return PlacedOp(op)
        if op.op == "exec":
            self._end(op.proc)
            self.places[op.proc] = {}
            self._heaps = {key: n for key, n in self._heaps.items() if key[0] != op.proc}
            return PlacedOp(op)
        if op.op == "ksm":
            return PlacedOp(op)
        if op.op == "ftruncate":
            file = f"{op.file_kind}:{op.file}"
            self._cut.append((file, op.pages, LARGEST))
            return PlacedOp(op, pages=op.pages, file=file)
        place = places[op.region]
        if -GROWTH <= op.page < place.low:
            places[op.region] = replace(place, low=op.page)
        to = self._mremap(op, places) if op.op == "mremap" else 0
        file = self._file(op, places) if op.op == "kread" else ""
        self._forget_paged_out(op, place)
        return PlacedOp(op, place.start + op.page, op.n, to, file=file, new_pages=op.pages or op.n)

    def refused(self, op: Op) -> None:
        """Take back what an operation was to map where, since it was refused; there are as many pages to look at."""
        name = op.to or op.region
        place = self.places[op.proc].get(name)
        if op.op in ("mmap", "mremap") and place and place.over:
            self.places[op.proc][name] = replace(place, over=self._over_before)

    def owner(self, proc: str) -> str:
        """Return the process whose memory this one uses: itself, but for a thread or a vfork child."""
        return self._owners.get(proc, proc)

    def threads(self, proc: str) -> list[str]:
        """Return who ends with a process."""
        return [thread for thread, leader in self._leaders.items() if leader == proc]

    def _end(self, proc: str) -> None:
        """A process ends with its threads; whoever else uses its memory goes on."""
        owner = self.owner(proc)
        for gone in (proc, *self.threads(proc)):
            del self.places[gone]
            self._owners.pop(gone, None)
            self._leaders.pop(gone, None)
        heirs = [one for one, whose in self._owners.items() if whose == owner]
        if heirs and owner not in self.places:
            for heir in heirs:
                self._owners[heir] = heirs[0]
            del self._owners[heirs[0]]
            self._heaps |= self._heaps_of(owner, heirs[0])
            self.predecessors[heirs[0]] = owner

    def frame_key(self, place: PlacedRegion, page: int) -> tuple[str, int, int]:
        """Return what tells a page of a file from all others: the file, the page, how often it was cut off since."""
        name, offset = place.shows(page)
        cuts = sum(1 for file, first, end in self._cut if file == name and first <= offset < end)
        return name, offset, cuts

    def _mmap(self, op: Op, places: dict[str, PlacedRegion]) -> PlacedOp:
        match = KIND.fullmatch(op.kind)
        assert match is not None, op.kind
        shared, file = match[3] == "shared", ""
        if match[2]:
            file = f"{match[2]}:{match[4] or 'x'}"
        elif shared:
            self._shared_memories += 1
            file = f"shm:{self._shared_memories}"
        old = places.get(op.region)
        if old:
            self._over_before = old.over
            over = (*old.over, (op.page, op.page + op.pages, file, op.offset))
            places[op.region] = replace(old, pages=max(old.pages, op.page + op.pages), over=over)
            return PlacedOp(op, old.start + op.page, op.pages, file=file)
        start = self._slot(op.region) + op.at
        places[op.region] = PlacedRegion(start, op.pages, file, op.offset, shared)
        return PlacedOp(op, start, op.pages, file=file)

    def _heaps_of(self, proc: str, heir: str) -> dict[tuple[str, str], int]:
        return {(heir, name): pages for (who, name), pages in self._heaps.items() if who == proc}

    def _forget_paged_out(self, op: Op, place: PlacedRegion) -> None:
        """Pages of files may come back in other frames."""
        pages = range(op.page, op.page + op.n) if op.advice == "PAGEOUT" else range(0)
        shown = (place.shows(page) for page in pages)
        self._cut += [(name, offset, offset + 1) for name, offset in shown if name]

    def _brk(self, op: Op, places: dict[str, PlacedRegion]) -> PlacedOp:
        old = places.get(op.region) or PlacedRegion(self._slot(op.region), 0)
        was = self._heaps.get((self.owner(op.proc), op.region), 0)
        self._heaps[self.owner(op.proc), op.region] = op.pages
        places[op.region] = replace(old, pages=max(old.pages, op.pages))
        return PlacedOp(op, old.start, op.pages, was=was)

    def _mremap(self, op: Op, places: dict[str, PlacedRegion]) -> int:
        old, size = places[op.region], op.pages or op.n
        self._over_before = old.over
        if not op.to:
            places[op.region] = replace(old, pages=max(old.pages, op.page + size))
            return old.start + op.page
        moved = [(first - op.page, end - op.page, file, offset) for first, end, file, offset in old.over]
        base = (0, size, old.file, old.offset + op.page)
        target = places.get(op.to)
        if target is None:
            start = self._slot(op.to) + (old.start + op.page) % 512
            target = replace(old, start=start, pages=0, offset=old.offset + op.page, low=0, over=())
        self._over_before = target.over
        over = (*target.over, base, *(one for one in moved if one[1] > 0 and one[0] < size))
        places[op.to] = replace(target, pages=max(target.pages, size), over=over)
        return target.start

    def _file(self, op: Op, places: dict[str, PlacedRegion]) -> str:
        """The file that kread reads: by its name, whichever kind of file was mapped under it."""
        named = (p.file for p in places.values() if p.file.partition(":")[2] == op.file)
        return next(named, f"{op.file_kind}:{op.file}")

    def _slot(self, region: str) -> int:
        return FIRST + STRIDE * self._slots.setdefault(region, len(self._slots))
