"""What the lines of /proc/PID/maps are called in a picture, and which of them are drawn."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from cowviz.errors import unknown
from cowviz.memory.machine import Prot, Section
from cowviz.record.observations import Mapping

# What --only takes, beside the name of a region: which sections it means.
KINDS = ("text", "rodata", "data", "bss", "heap", "anon", "stack", "shared", "library", "file", "headers", "all")


@dataclass(frozen=True, slots=True)
class RecordedRegion:
    """A region, or the part of one that one mmap made, with what it is called."""

    start: int  # virtual page numbers
    end: int
    prot: Prot
    shared: bool
    kind: str  # one of KINDS
    name: str  # "heap", "libc.so.6"
    file: str | None
    pgoff: int
    grows: bool = False  # downwards, when the page below it is touched

    def __contains__(self, vpn: int) -> bool:
        return self.start <= vpn < self.end

    @property
    def section(self) -> Section:
        return Section.STACK if self.grows else _SECTIONS.get(self.kind, Section.MMAP)


_SECTIONS = {
    "text": Section.TEXT, "rodata": Section.RODATA, "data": Section.DATA, "bss": Section.BSS, "heap": Section.HEAP,
    "stack": Section.STACK, "headers": Section.RODATA,
}  # fmt: skip
_OWN = {"text": ".text", "rodata": ".rodata", "data": ".data", "bss": ".bss", "headers": "headers"}


@dataclass
class RegionNames:
    """RegionNames the regions of one process; a program's anonymous regions are numbered as they appear."""

    program: str = ""
    calls: dict[int, int] = field(default_factory=dict)  # first page -> end, of anonymous regions that mmap made
    _numbers: dict[int, int] = field(default_factory=dict)  # first page -> number
    _growing: set[int] = field(default_factory=set)  # where regions end that mmap made to grow down
    _files: dict[tuple[str, int], str] = field(default_factory=dict)

    def child(self) -> RegionNames:
        """Return the same names, for a process that fork made."""
        return RegionNames(self.program, dict(self.calls), dict(self._numbers), set(self._growing), self._files)

    def called(self, inode: int) -> list[str]:
        """Return what the file of this inode is called; several names where several files have the inode."""
        return [name for (_, number), name in self._files.items() if number == inode]

    def made(self, start: int, pages: int, grows: bool) -> None:
        """Take note of anonymous memory that mmap made."""
        self.calls[start] = start + pages
        if grows:
            self._growing.add(start + pages)

    def taken(self, start: int, end: int) -> None:
        """Cut what earlier calls made where other memory was put, or none is left; the parts keep their number."""
        for first, last in list(self.calls.items()):
            if first < end and start < last:
                number = self._numbers.get(first)
                del self.calls[first]
                for lo, hi in ((first, start), (end, last)):
                    if lo < hi:
                        self._piece(lo, hi, number)

    def moved(self, start: int, to: int, pages: int, new_pages: int, keeps_region: bool) -> None:
        """Give memory that mremap moved or resized the number it had."""
        first = next((first for first, last in self.calls.items() if first <= start < last), start)
        number = self._numbers.get(first)
        if to != start:
            self.taken(start, start + pages)
            if keeps_region:
                self.calls[start] = start + pages
                self._numbers.pop(start, None)
            self._piece(to, to + new_pages, number)
        elif new_pages > pages and self.calls.get(first) == start + pages:
            self.calls[first] = start + new_pages

    def _piece(self, start: int, end: int, number: int | None) -> None:
        self.calls[start] = end
        if number is not None:
            self._numbers[start] = number

    def areas(self, maps: Sequence[Mapping]) -> tuple[RecordedRegion, ...]:
        """Return the regions, cut where one mmap's memory ends and another's begins."""
        found: list[RecordedRegion] = []
        self._keep_calls(maps)
        text = next((line.start for line in maps if self._is_own(line) and "x" in line.rights), 0)
        for line in maps:
            before = found[-1] if found and found[-1].end == line.start else None
            for start, end in self._cuts(line):
                found.append(self._area(line._replace(start=start, end=end), before, text))
                before = None
        return tuple(found)

    def _keep_calls(self, maps: Sequence[Mapping]) -> None:
        """Forget what is mapped no more of calls' memory; what has grown down has another beginning."""
        for line in maps:
            grown = next((first for first, end in self.calls.items() if end == line.end and line.start < first), None)
            if grown is not None and line.end in self._growing:
                number = self._numbers.get(grown)
                del self.calls[grown]
                self._piece(line.start, line.end, number)
        for first, end in list(self.calls.items()):
            at = first
            for line in maps:
                if line.start < end and at < line.end:
                    if at < line.start:
                        self.taken(at, line.start)
                    at = line.end
            if at < end:
                self.taken(at, end)

    def _is_own(self, line: Mapping) -> bool:
        return line.path.rpartition("/")[2] == self.program

    def _cuts(self, line: Mapping) -> list[tuple[int, int]]:
        if line.inode or line.path:
            return [(line.start, line.end)]
        edges = {edge for call in self.calls.items() for edge in call if line.start < edge < line.end}
        cuts = sorted({line.start, line.end, *edges})
        return list(pairwise(cuts))

    def _area(self, line: Mapping, before: RecordedRegion | None, text: int) -> RecordedRegion:
        kind, name = self._kind(line, before, text)
        pgoff = line.pgoff if line.inode else 0
        prot = Prot.parse(line.rights[:3])
        grows = kind == "stack" or (line.end in self._growing and kind == "anon")
        return RecordedRegion(
            line.start, line.end, prot, "s" in line.rights, kind, name, self._file(line), pgoff, grows
        )

    def _kind(self, line: Mapping, before: RecordedRegion | None, text: int) -> tuple[str, str]:
        if line.path in ("[heap]", "[stack]"):
            return (line.path[1:-1],) * 2
        if line.path.startswith("[anon"):
            return "anon", line.path.partition(":")[2].rstrip("]") or "anon"
        if self._is_own(line):
            kind = "text" if "x" in line.rights else "data" if "w" in line.rights else "rodata"
            kind = "headers" if kind == "rodata" and line.start < text else kind
            return kind, _OWN[kind]
        file = self._file(line)
        if file is not None:
            is_library = re.search(r"\.so\b", file) or "x" in line.rights
            return ("shared" if "s" in line.rights else "library" if is_library else "file"), file
        if before and before.file and before.kind in ("data", "library") and line.start not in self.calls:
            return ("bss", ".bss") if before.kind == "data" else ("library", before.name)
        if before and before.kind == "bss":
            return "bss", ".bss"
        return "anon", f"anon {self._number(line.start)}"

    def _number(self, start: int) -> int:
        """What one mmap made has one number, though mprotect may have cut it."""
        start = next((first for first, end in self.calls.items() if first <= start < end), start)
        return self._numbers.setdefault(start, len(self._numbers) + 1)

    def _file(self, line: Mapping) -> str | None:
        """What the file is called: the last part of its path, or, where another one is called so, with a number."""
        if not line.inode or (line.path == "/dev/zero" and "p" in line.rights):  # which is anonymous memory
            return None
        if line.path.startswith(("/dev/zero", "/SYSV", "/memfd:")) and "s" in line.rights:
            base = "shared"
        else:
            base = line.path.removesuffix(" (deleted)").rpartition("/")[2] or "file"
        key = line.path.removesuffix(" (deleted)"), line.inode
        if key not in self._files:
            taken = sum(1 for name in self._files.values() if name.partition(":")[0] == base)
            self._files[key] = f"{base}:{taken + 1}" if taken else base
        return self._files[key]


@dataclass(frozen=True, slots=True)
class Scope:
    """Which pages are drawn: those of some kinds or names, in a range of addresses."""

    only: frozenset[str] | None = None  # kinds and names; None where nothing was said
    pages: range | None = None

    def holds(self, area: RecordedRegion) -> bool:
        if self.pages is not None and (area.end <= self.pages.start or area.start >= self.pages.stop):
            return False
        return self.only is None or "all" in self.only or bool({area.kind, area.name} & self.only)

    def cut(self, area: RecordedRegion) -> tuple[int, int]:
        """Return the first and the last page (exclusive) of the region that are drawn."""
        if self.pages is None:
            return area.start, area.end
        return max(area.start, self.pages.start), min(area.end, self.pages.stop)


def parse_only(text: str, names: Iterable[str] = ()) -> frozenset[str]:
    """Parse ``heap,anon`` into a set. Raises CowvizError for what is neither a kind nor a region's name."""
    words = [word.strip().removeprefix(".") for word in text.split(",") if word.strip()]
    words = ["library" if word in ("lib", "libs", "libraries") else word for word in words]
    for word in words:
        if word not in KINDS and not re.search(r"[.\d: ]", word) and word not in names:
            raise unknown("kind of region", word, KINDS)
    return frozenset(words)
