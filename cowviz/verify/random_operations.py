"""Random lists of operations, such as a kernel accepts."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace

from cowviz.verify.facts import Op

OPERATIONS = 40  # in a list
MOST_PROCESSES = 4
KINDS = (
    *["anon-private"] * 8,
    *("anon-shared", "memfd-private", "memfd-private", "memfd-private", "memfd-shared", "memfd-shared"),
)
OFFSETS = (0, 0, 5, 502)  # where a region begins; the last one reaches into a second leaf of the page table
VERBS = (
    *["write"] * 9,
    *["read"] * 6,
    *["fork"] * 4,
    *["mmap"] * 4,
    *("exit", "exit", "munmap", "mprotect", "protect", "protect", "kread", "dontneed", "dontneed"),
    *("hint", "populate", "mlock", "guard", "mremap", "ftruncate", "thread"),
)
_UNDO: dict[str, str] = {"DOFORK": "DONTFORK", "KEEPONFORK": "WIPEONFORK"}


@dataclass
class _RegionState:
    """What the next operations must know of a region of one process."""

    kind: str
    prots: dict[int, str]  # by page, as long as it is mapped
    whole: bool = True  # never cut, protected or advised in part
    locked: bool = False
    guarded: bool = False
    hints: frozenset[str] = frozenset()  # DONTFORK, WIPEONFORK

    @property
    def anonymous(self) -> bool:
        return self.kind == "anon-private"

    def copy(self) -> _RegionState:
        return replace(self, prots=dict(self.prots), locked=False)


@dataclass
class _Writer:
    """Writes operations that a kernel accepts; accesses may well be fatal."""

    chance: random.Random
    advice: frozenset[str]
    processes: dict[str, dict[str, _RegionState]] = field(default_factory=lambda: {"P0": {}})
    born: int = 1
    ops: list[Op] = field(default_factory=list)
    file_pages: int | None = None  # of the memory file x, once it is there
    threads: dict[str, str] = field(default_factory=dict)  # -> whose memory they use

    def write(self) -> None:
        proc = self.chance.choice(list(self.processes))
        verb = self.chance.choice(VERBS) if self.processes[proc] else "mmap"
        getattr(self, f"_{verb}")(proc)

    def _say(self, op: str, proc: str, **more: object) -> None:
        self.ops.append(Op(op, proc, **more))  # type: ignore[arg-type]  # each caller names its own fields

    def _pick(self, proc: str) -> tuple[str, _RegionState]:
        return self.chance.choice(list(self.processes[proc].items()))

    def _span(self, region: _RegionState) -> tuple[int, int]:
        """A run of mapped pages: first and count; (0, 0) where there are none."""
        if not region.prots:
            return 0, 0
        first = self.chance.choice(list(region.prots))
        most = next(n for n in range(1, len(region.prots) + 2) if first + n not in region.prots)
        return first, self.chance.choice((1, most, self.chance.randint(1, most)))

    def _access(self, verb: str, proc: str) -> None:
        name, region = self._pick(proc)
        first, n = self._span(region)
        if n == 0 or self.chance.random() < 0.05:
            first, n = self.chance.randrange(3), 1  # wherever that is
        n = n if self.chance.random() < 0.3 else 1
        self._say(verb, proc, region=name, page=first, n=n)

    def _read(self, proc: str) -> None:
        self._access("read", proc)

    def _write(self, proc: str) -> None:
        self._access("write", proc)

    def _kread(self, proc: str) -> None:
        name, region = self._pick(proc)
        first, n = self._span(region)
        if n:
            self._say("kread", proc, region=name, page=first, file="k")

    def _mmap(self, proc: str) -> None:
        free = [name for name in "ABCD" if not any(name in regions for regions in self.processes.values())]
        if not free:
            return
        kind, pages = self.chance.choice(KINDS), self.chance.choice((1, 2, 3, 5, 20))
        prot = self.chance.choice(("rw", "rw", "rw", "rw", "r"))
        if self.file_pages is None and kind.startswith("memfd"):
            self.file_pages = pages
        self.processes[proc][free[0]] = _RegionState(kind, dict.fromkeys(range(pages), prot))
        at, flag = self.chance.choice(OFFSETS), self.chance.choice(("", "", "", "", "populate"))
        self._say("mmap", proc, region=free[0], pages=pages, kind=kind, prot=prot, at=at, flag=flag)

    def _munmap(self, proc: str) -> None:
        name, region = self._pick(proc)
        first, n = self._span(region)
        if n:
            region.whole &= n == len(region.prots)
            for page in range(first, first + n):
                del region.prots[page]
            self._say("munmap", proc, region=name, page=first, n=n)

    def _mprotect(self, proc: str) -> None:
        name, region = self._pick(proc)
        first, n = self._span(region)
        prot = self.chance.choice(("r", "rw", "rw", "none"))
        if n:
            region.whole &= n == len(region.prots)
            region.prots.update(dict.fromkeys(range(first, first + n), prot))
            self._say("mprotect", proc, region=name, page=first, n=n, prot=prot)

    def _protect(self, proc: str) -> None:
        """Take the rights of a whole region away, and give them back."""
        name, region = self._pick(proc)
        if region.whole and region.prots:
            first, pages = next(iter(region.prots)), len(region.prots)
            for prot in (self.chance.choice(("r", "none")), "rw"):
                region.prots.update(dict.fromkeys(region.prots, prot))
                self._say("mprotect", proc, region=name, page=first, n=pages, prot=prot)

    def _dontneed(self, proc: str) -> None:
        name, region = self._pick(proc)
        first, n = self._span(region)
        if n and not region.locked:  # locked: EINVAL
            self._say("madvise", proc, region=name, page=first, n=n, advice="DONTNEED")

    def _hint(self, proc: str) -> None:
        """What a child gets of a whole region."""
        name, region = self._pick(proc)
        choices: list[str] = [a for a in ("DONTFORK", "WIPEONFORK", "DOFORK", "KEEPONFORK") if a in self.advice]
        choices += ["MERGEABLE"] if "MERGEABLE" in self.advice else []  # nothing scans meanwhile
        choices = [a for a in choices if region.anonymous or a in ("DONTFORK", "DOFORK")]
        if region.whole and region.prots and choices:
            advice = self.chance.choice(choices)
            region.hints = region.hints - {_UNDO[advice]} if advice in _UNDO else region.hints | {advice}
            self._say("madvise", proc, region=name, n=len(region.prots), advice=advice)

    def _populate(self, proc: str) -> None:
        name, region = self._pick(proc)
        first, n = self._span(region)
        may_write = all(region.prots[page] == "rw" for page in range(first, first + n))
        if n and may_write and "POPULATE_WRITE" in self.advice:
            advice = self.chance.choice(("POPULATE_READ", "POPULATE_WRITE"))
            self._say("madvise", proc, region=name, page=first, n=n, advice=advice)

    def _is_there(self, region: _RegionState) -> bool:
        """Whether every page can be had: mlock returns an error otherwise, when half is done."""
        fits = not region.kind.startswith("memfd") or max(region.prots) < (self.file_pages or 0)
        return fits and not region.guarded

    def _mlock(self, proc: str) -> None:
        name, region = self._pick(proc)
        readable = region.prots and "none" not in region.prots.values()
        if readable and region.whole and self._is_there(region):
            region.locked = True
            self._say("mlock", proc, region=name, n=len(region.prots))

    def _guard(self, proc: str) -> None:
        name, region = self._pick(proc)
        first, n = self._span(region)
        if n and region.anonymous and not region.locked and "GUARD_INSTALL" in self.advice:
            advice = self.chance.choice(("GUARD_INSTALL", "GUARD_REMOVE"))
            region.guarded = True
            self._say("madvise", proc, region=name, page=first, n=n, advice=advice)

    def _mremap(self, proc: str) -> None:
        name, region = self._pick(proc)
        taken = {name for regions in self.processes.values() for name in regions}
        to = next((name for name in "EFGH" if name not in taken), None)
        if to and region.whole and region.prots:
            self.processes[proc][to] = replace(region, prots=dict(region.prots))
            region.prots = {}
            self._say("mremap", proc, region=name, n=len(self.processes[proc][to].prots), to=to)

    def _ftruncate(self, proc: str) -> None:
        if any(region.kind.startswith("memfd") for region in self.processes[proc].values()):
            self.file_pages = self.chance.randrange(8)
            self._say("ftruncate", proc, pages=self.file_pages)

    def _fork(self, proc: str) -> None:
        if len(self.processes) < MOST_PROCESSES:
            child = f"P{self.born}"
            self.born += 1
            regions = {name: region.copy() for name, region in self.processes[proc].items()}
            for region in regions.values():
                if "DONTFORK" in region.hints:
                    region.prots = {}
            self.processes[child] = regions
            self._say("fork", proc, child=child)

    def _thread(self, proc: str) -> None:
        """A thread: its regions are those of its process, for good."""
        if len(self.processes) < MOST_PROCESSES:
            thread = f"P{self.born}"
            self.born += 1
            self.processes[thread] = self.processes[proc]
            self.threads[thread] = self.threads.get(proc, proc)
            self._say("thread", proc, child=thread)

    def _exit(self, proc: str) -> None:
        gone = [one for one in self.processes if proc in (one, self.threads.get(one))]
        if len(self.processes) > len(gone):
            for one in gone:
                del self.processes[one]
            self._say("exit", proc)


def sequence(seed: str, advice: frozenset[str]) -> tuple[Op, ...]:
    """Return a random list of operations, the same for the same seed and the same hints that the kernel knows."""
    writer = _Writer(random.Random(seed), advice)
    while len(writer.ops) < OPERATIONS:
        writer.write()
    return tuple(writer.ops[:OPERATIONS])
