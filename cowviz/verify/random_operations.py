"""Random lists of whatever a facts file can say: most calls have their effect, some are refused, some hit a hole."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from cowviz.verify.facts import PROCESSES, Op

OPERATIONS, OF_HUGE = 40, 20  # in a list; in one with huge pages, which take longer to look at
MOST_PROCESSES = 4
KINDS = (
    *["anon-private"] * 8,
    *("anon-shared", "memfd-private", "memfd-private", "memfd-shared", "memfd-shared"),
)
ON_DISK = ("private", "private", "shared", "private-y", "shared-y")
OFFSETS = (0, 0, 5, 502)  # where a region begins; the last one reaches into a second leaf of the page table
PROTS = (*["rw"] * 5, "r", "r", "w", "wx", "rx", "rwx", "none")
HINTS = (
    *["DONTNEED"] * 3,
    *("DONTFORK", "DOFORK", "WIPEONFORK", "KEEPONFORK", "MERGEABLE", "NOHUGEPAGE", "COLD", "FREE"),
    *("POPULATE_READ", "POPULATE_READ", "POPULATE_WRITE", "POPULATE_WRITE", "PAGEOUT", "PAGEOUT"),
    *("GUARD_INSTALL", "GUARD_INSTALL", "GUARD_REMOVE"),
)
VERBS = (
    *["touch"] * 15,
    *["fork"] * 4,
    *["mmap"] * 5,
    *["advise"] * 6,
    *["mprotect"] * 4,
    *["over"] * 2,
    *("exit", "exit", "munmap", "munmap", "kread", "mlock", "mremap", "mremap", "resize", "ftruncate", "brk"),
    *("thread", "vfork", "exec", "stack", "msync", "ksm"),
)


@dataclass
class _Writer:
    """Writes operations that name what is there; what becomes of them is the kernel's affair."""

    chance: random.Random
    able: frozenset[str]
    processes: dict[str, dict[str, int]] = field(default_factory=lambda: {"P0": {}})  # regions -> pages
    born: int = 1
    ops: list[Op] = field(default_factory=list)
    threads: dict[str, str] = field(default_factory=dict)  # -> the process that they end with
    waiting: dict[str, str] = field(default_factory=dict)  # vfork children -> their parent
    heaps: set[str] = field(default_factory=set)
    stacks: set[str] = field(default_factory=set)
    names: int = 0

    def write(self) -> None:
        free = [proc for proc in self.processes if proc not in self.waiting.values()]
        proc = self.chance.choice(free)
        verb = self.chance.choice(VERBS) if self.processes[proc] else "mmap"
        getattr(self, f"_{verb}")(proc)

    def _say(self, op: str, proc: str, **more: object) -> None:
        self.ops.append(Op(op, proc, **more))  # type: ignore[arg-type]  # each caller names its own fields

    def _span(self, proc: str, *, heaps: bool = True) -> tuple[str, int, int] | None:
        """A region and a run of pages: some of it, all of it, or beyond its end."""
        regions = [name for name in self.processes[proc] if heaps or name not in self.heaps]
        if not regions:
            return None
        name = self.chance.choice(regions)
        pages = max(self.processes[proc][name], 1)
        first = self.chance.choice((0, self.chance.randrange(pages)))
        rest = pages - first
        beyond = self.chance.random() < 0.1
        return name, first, self.chance.choice((1, 1, rest, self.chance.randint(1, rest))) + 2 * beyond

    def _touch(self, proc: str) -> None:
        span = self._span(proc)
        if span:
            name, first, n = span
            if name in self.stacks and self.chance.random() < 0.5:
                first, n = -self.chance.choice((1, 2, 3, 20)), 1
            n = n if self.chance.random() < 0.3 else 1
            self._say(self.chance.choice(("read", "write", "write")), proc, region=name, page=first, n=n)

    def _on_span(self, verb: str, proc: str, **more: object) -> None:
        span = self._span(proc, heaps=verb != "munmap")
        if span:
            self._say(verb, proc, region=span[0], page=span[1], n=span[2], **more)

    def _munmap(self, proc: str) -> None:
        self._on_span("munmap", proc)

    def _mprotect(self, proc: str) -> None:
        self._on_span("mprotect", proc, prot=self.chance.choice(PROTS))

    def _mlock(self, proc: str) -> None:
        self._on_span("mlock", proc)

    def _msync(self, proc: str) -> None:
        self._on_span("msync", proc)

    def _advise(self, proc: str) -> None:
        self._on_span("madvise", proc, advice=self.chance.choice([hint for hint in HINTS if hint in self.able]))

    def _kread(self, proc: str) -> None:
        self._on_span("kread", proc, file="k")

    def _ksm(self, proc: str) -> None:
        if "ksm" in self.able and self.chance.random() < 0.1:
            self._say("ksm", proc)

    def _kind(self) -> str:
        disks = [disk for disk in ("tmpfs", "ext4") if disk in self.able]
        if disks and self.chance.random() < 0.25:
            return f"{self.chance.choice(disks)}-{self.chance.choice(ON_DISK)}"
        return self.chance.choice(KINDS)

    def _new_name(self) -> str:
        self.names += 1
        return f"R{self.names}"

    def _mmap(self, proc: str) -> None:
        if len(self.processes[proc]) < 5:
            name, at = self._new_name(), self.chance.choice(OFFSETS)
            self._map(proc, name, 0, at=at, flag=self.chance.choice(("", "", "", "", "populate")))

    def _over(self, proc: str) -> None:
        """Over part of a region, or right behind it, where the two may become one."""
        span = self._span(proc, heaps=False)
        if span:
            behind = self.chance.random() < 0.4
            page = self.processes[proc][span[0]] if behind else span[1]
            self._map(proc, span[0], page, flag="" if behind else self.chance.choice(("fixed", "fixed", "")))

    def _map(self, proc: str, name: str, page: int, **more: object) -> None:
        # of a file on a disk no more than 24 pages: behind those the readahead of a longer one goes on by itself
        pages, offset = self.chance.choice((1, 2, 3, 5, 20)), self.chance.choice((0, 0, 0, 1, 4))
        regions, kind = self.processes[proc], self._kind()
        offset = 0 if kind.startswith("anon") else offset
        regions[name] = max(regions.get(name, 0), page + pages)
        prot = self.chance.choice(("rw", "rw", "rw", "rw", *PROTS))
        self._say("mmap", proc, region=name, page=page, pages=pages, kind=kind, prot=prot, offset=offset, **more)

    def _stack(self, proc: str) -> None:
        if len(self.processes[proc]) < 5:
            name = self._new_name()
            self.stacks.add(name)
            self.processes[proc][name] = 3
            self._say("mmap", proc, region=name, pages=3, kind="anon-private", at=300, flag="growsdown")

    def _brk(self, proc: str) -> None:
        heaps = [name for name in self.processes[proc] if name in self.heaps]
        name, pages = heaps[0] if heaps else self._new_name(), self.chance.randrange(9)
        self.heaps.add(name)
        self.processes[proc][name] = max(self.processes[proc].get(name, 0), pages)
        self._say("brk", proc, region=name, pages=pages)

    def _mremap(self, proc: str) -> None:
        span = self._span(proc, heaps=False)
        if span:
            name, first, n = span
            size = self.chance.choice((0, 0, 0, 1, n + 2))
            others = [other for other in self.processes[proc] if other not in self.heaps]
            to = self.chance.choice(others) if self.chance.random() < 0.2 else self._new_name()
            flag = "dontunmap" if self.chance.random() < 0.25 else ""
            regions = self.processes[proc]
            regions[to] = max(regions.get(to, 0), size or n)
            self._say("mremap", proc, region=name, page=first, n=n, to=to, pages=size, flag=flag)

    def _resize(self, proc: str) -> None:
        span = self._span(proc, heaps=False)
        if span:
            name, first, n = span
            size = self.chance.randint(1, n + 3)
            self.processes[proc][name] = max(self.processes[proc][name], first + size)
            self._say("mremap", proc, region=name, page=first, n=n, pages=size)

    def _ftruncate(self, proc: str) -> None:
        kinds = ["memfd", *(disk for disk in ("tmpfs", "ext4") if disk in self.able)]
        file, pages = self.chance.choice(("x", "x", "y")), self.chance.choice((0, 1, 2, 3, 5, 8, 20))
        self._say("ftruncate", proc, file_kind=self.chance.choice(kinds), file=file, pages=pages)

    def _new_process(self, proc: str, verb: str, regions: dict[str, int]) -> str | None:
        if len(self.processes) >= MOST_PROCESSES or self.born > PROCESSES - 2:
            return None
        child = f"P{self.born}"
        self.born += 1
        self.processes[child] = regions
        self._say(verb, proc, child=child)
        return child

    def _fork(self, proc: str) -> None:
        self._new_process(proc, "fork", dict(self.processes[proc]))

    def _thread(self, proc: str) -> None:
        """A thread: its regions are those of its process, for good."""
        thread = self._new_process(proc, "thread", self.processes[proc])
        if thread:
            self.threads[thread] = self.threads.get(proc, proc)

    def _vfork(self, proc: str) -> None:
        child = self._new_process(proc, "vfork", self.processes[proc])
        if child:
            self.waiting[child] = proc

    def _exec(self, proc: str) -> None:
        if proc not in self.threads and proc not in self.threads.values() and self.born < PROCESSES - 2:
            self.born += 1
            self.processes[proc] = {}
            self.waiting.pop(proc, None)
            self._say("exec", proc)

    def _exit(self, proc: str) -> None:
        gone = [one for one in self.processes if proc in (one, self.threads.get(one))]
        if len(self.processes) > len(gone):
            for one in gone:
                del self.processes[one]
                self.waiting.pop(one, None)
                self.threads.pop(one, None)
            self._say("exit", proc)

    def huge(self) -> None:
        """Begin with memory for huge pages."""
        self.processes["P0"]["H"] = 1024
        self._say("mmap", "P0", region="H", pages=1024, kind="anon-private")
        self._say("madvise", "P0", region="H", n=1024, advice="HUGEPAGE")


def sequence(seed: str, able: frozenset[str]) -> tuple[Op, ...]:
    """Return a random list of operations, the same for the same seed and the same abilities of the kernel."""
    writer = _Writer(random.Random(seed), able)
    length = OPERATIONS
    if "HUGEPAGE" in able and writer.chance.random() < 0.05:
        writer.huge()
        length = OF_HUGE
    while len(writer.ops) < length:
        writer.write()
    return tuple(writer.ops[:length])
