"""Facts: lists of operations, and what a kernel answered to them, as a facts file has them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields

PAGES = 4096  # that a region can have at most
PROCESSES = 32

KIND = re.compile(r"(?:(anon)|(memfd|tmpfs|ext4))-(private|shared)(?:-(\w+))?")
PROTS = ("rw", "r", "none", "rx", "rwx", "w", "wx", "rw-", "r--", "r-x", "---")
NEEDS = {  # what each operation must say, beside who does it
    "mmap": ("region", "pages", "kind"),
    "munmap": ("region",),
    "mprotect": ("region", "prot"),
    "madvise": ("region", "advice"),
    "mlock": ("region",),
    "mremap": ("region",),
    "msync": ("region",),
    "brk": ("region", "pages"),
    "ftruncate": ("pages",),
    "read": ("region",),
    "write": ("region",),
    "kread": ("region",),
    "fork": ("child",),
    "thread": ("child",),
    "vfork": ("child",),
    "ksm": (),
    "exec": (),
    "exit": (),
}


@dataclass(frozen=True, slots=True)
class Op:
    """One operation of one process; the names are the file's. What an operation does not need keeps its default."""

    op: str
    proc: str = "P0"
    region: str = ""
    page: int = 0
    n: int = 1  # pages
    pages: int = 0  # of the new region, of the file's new length; of mremap the new size, where it is another one
    kind: str = ""  # "anon-private", "memfd-shared", "tmpfs-private-NAME" ...
    prot: str = "rw"
    flag: str = ""  # of mmap "populate", "fixed", "growsdown"; of mremap "dontunmap"
    at: int = 0  # pages from an address that is a multiple of 2 MiB, where the region begins
    offset: int = 0  # page of the file
    advice: str = ""
    to: str = ""
    file_kind: str = "memfd"
    file: str = "x"
    child: str = ""
    skew: int = 0  # bytes beyond the page's address, which then is not aligned

    def as_json(self) -> dict[str, object]:
        """Return what a facts file says of it: the operation, who, and whatever is not the default."""
        needed = ("op", "proc", *NEEDS.get(self.op, ()))
        wanted = (f for f in fields(self) if f.name in needed or getattr(self, f.name) != f.default)
        return {f.name: getattr(self, f.name) for f in wanted}

    def _moved(self, span: str) -> str:
        size = f" as {self.pages} pages" * bool(self.pages)
        return f"{span}{size}" + f" to {self.to}" * bool(self.to) + f" {self.flag}" * bool(self.flag)

    def __str__(self) -> str:
        span = f"{self.region}[{self.page}]" if self.n == 1 else f"{self.region}[{self.page}:{self.page + self.n}]"
        span += f"+{self.skew}" * bool(self.skew)
        words = {
            "mmap": f"{self.region} {self.pages} {self.kind} {self.prot} {self.flag}",
            "fork": self.child,
            "thread": self.child,
            "vfork": self.child,
            "ksm": "",
            "exec": "",
            "brk": f"{self.region} {self.pages}",
            "exit": "",
            "ftruncate": f"{self.file_kind} {self.file} {self.pages}",
            "mprotect": f"{span} {self.prot}",
            "madvise": f"{span} {self.advice}",
            "mremap": self._moved(span),
        }
        return f"{self.proc} {self.op} {words.get(self.op, span)}".strip()


@dataclass(frozen=True, slots=True)
class Expect:
    """What the kernel answered when the fact was found; what a file leaves out is not compared."""

    faults_per_step: tuple[int | str, ...] | None = None
    final: Mapping[str, str] = field(default_factory=dict)
    distinct_frames: int | None = None
    raw: Mapping[str, object] = field(default_factory=dict)  # as the file has it


@dataclass(frozen=True, slots=True)
class Fact:
    """A list of operations, and what is known to come of it on a kernel."""

    id: str
    title: str
    ops: tuple[Op, ...]
    expect: Expect
