"""One process, as frozen values: what it may do (VMAs), what is so (PTEs), and what it has caused (counters)."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from cowviz.memory.tables.levels import BITS, MASK
from cowviz.memory.tables.page_table import PageTable
from cowviz.memory.tables.pte import WITHOUT_W as WITHOUT_W
from cowviz.memory.tables.pte import Prot as Prot
from cowviz.memory.tables.pte import Pte as Pte
from cowviz.memory.tables.radix import Radix


class Section(enum.Enum):
    """The parts of an address space, from low addresses to high ones."""

    TEXT = ".text"
    RODATA = ".rodata"
    DATA = ".data"
    BSS = ".bss"
    HEAP = "heap"
    MMAP = "mmap"
    STACK = "stack"


@dataclass(frozen=True, slots=True)
class Vma:
    """A region of virtual memory: pages ``start`` to ``end`` (exclusive), and what the program may do there."""

    start: int  # virtual page numbers
    end: int
    prot: Prot
    section: Section
    name: str  # what the picture calls it: "heap", "buf"
    file: str | None = None  # None: anonymous private memory; MAP_SHARED anonymous memory has a file of its own
    pgoff: int = 0  # page of the file at ``start``; of private pages that mremap moved, where ``start`` was at first
    shared: bool = False  # MAP_SHARED: writes go to the file's own frames
    has_private: bool = False  # written privately once (Linux: vma->anon_vma); fork then copies its PTEs
    dontfork: bool = False  # madvise(DONTFORK): a child has no such region
    wipeonfork: bool = False  # madvise(WIPEONFORK): a child has it untouched
    huge: bool = False  # madvise(HUGEPAGE): a fault may map 2 MiB at once
    mergeable: bool = False  # madvise(MERGEABLE): equal pages may become one frame
    locked: bool = False  # mlock: its pages are to stay in memory
    noreserve: bool = False  # MAP_NORESERVE: not counted against what may be promised
    guarded: bool = False  # had a guard once (Linux: VM_MAYBE_GUARD); fork then copies its PTEs too
    nohuge: bool = False  # madvise(NOHUGEPAGE): nothing but a flag, that makes it unlike others
    anon_vma: int = 0  # which one it has where ``has_private``, among the process's regions of its name
    forked: bool = False  # its private pages may be the parent's too (Linux: anon_vma_chain is no single one)
    accounted: bool = False  # no longer writable, and counted as before (Linux: VM_ACCOUNT)
    write_only: bool = False  # PROT_WRITE without PROT_READ: x86 lets it be read, calls that ask for VM_READ do not

    def __contains__(self, vpn: int) -> bool:
        return self.start <= vpn < self.end

    @property
    def pages(self) -> int:
        return self.end - self.start

    @property
    def is_private_writable(self) -> bool:
        """Whether copy-on-write can happen here (Linux: is_cow_mapping)."""
        return not self.shared and bool(self.prot & Prot.W)

    @property
    def is_inherited(self) -> bool:
        """Whether a child gets the region with its pages, as usual."""
        return not (self.dontfork or self.wipeonfork)

    @property
    def is_accounted(self) -> bool:
        """Whether it counts as memory that was promised (Linux: VM_ACCOUNT)."""
        return self.accounted or (self.is_private_writable and not self.noreserve)

    def offset(self, vpn: int) -> int:
        """Return the page of the backing file that ``vpn`` shows; of anonymous memory, where it was at first."""
        return vpn - self.start + (self.pgoff if self.file or self.pgoff else self.start)

    def part(self, start: int, end: int) -> Vma:
        """Return the pages ``start`` to ``end`` of it as a region."""
        return replace(self, start=start, end=end, pgoff=self.offset(start) if self.file or self.pgoff else 0)


@dataclass(frozen=True, slots=True)
class Counters:
    """What one process has caused since it began; fork gives the child zeroes."""

    minor: int = 0
    major: int = 0
    copies: int = 0
    reuses: int = 0
    copied_bytes: int = 0

    @property
    def faults(self) -> int:
        """As ``ps -o min_flt,maj_flt`` counts: a fatal fault is not in it."""
        return self.minor + self.major


@dataclass(frozen=True, slots=True)
class Process:
    """One process: its VMAs (what it may do), its page table (what is so), its counters."""

    pid: int
    name: str
    parent: int | None
    vmas: tuple[Vma, ...] = ()  # sorted by start, never overlapping
    table: PageTable = field(default_factory=PageTable)
    counters: Counters = Counters()
    status: str | None = None  # None while it lives; then "exited 0", "killed by SIGSEGV" ...
    reaped: bool = False  # whether its parent has waited for it
    guards: frozenset[int] = frozenset()  # pages whose touch is SIGSEGV though the region allows it (6.13)
    swapped: Radix[int] = field(default_factory=Radix)  # page -> swap slot: entries that are not present
    pins: frozenset[int] = frozenset()  # pages that a device uses (FOLL_PIN): fork copies them at once
    mm: int | None = None  # the process whose address space this one shares; None where it is its own
    thread_of: int | None = None  # of a thread, the process that it belongs to
    vforked: bool = False  # its parent waits until it execs or exits
    limit: int | None = None  # RLIMIT_AS, in pages

    @property
    def space(self) -> int:
        """Whose address space this is: the same number for all that share it."""
        return self.pid if self.mm is None else self.mm

    def sharing(self, other: Process) -> Process:
        """Return this process with the address space of another one."""
        return replace(
            self, vmas=other.vmas, table=other.table, guards=other.guards, swapped=other.swapped, pins=other.pins
        )

    def with_cuts(self) -> Process:
        """Return the process with tables of 4 KiB entries wherever a region begins or ends within 2 MiB.

        A huge page there is mapped in parts from then on, even when the regions are one again
        (mm/huge_memory.c: vma_adjust_trans_huge).
        """
        edges = (edge for vma in self.vmas for edge in (vma.start, vma.end) if edge & MASK)
        table = self.table.with_tables(edge >> BITS for edge in edges if self.table.is_full(edge >> BITS))
        return self if table is self.table else replace(self, table=table)

    @property
    def is_alive(self) -> bool:
        return self.status is None

    def vma(self, vpn: int) -> Vma | None:
        """Return the region that ``vpn`` lies in, if any."""
        return next((v for v in self.vmas if v.start <= vpn < v.end), None)

    def pte(self, vpn: int) -> Pte | None:
        """Return the entry of ``vpn``, or None where nothing is mapped."""
        return self.table.get(vpn)

    def cow_pages(self) -> Iterator[int]:
        """Yield the pages that ``is_cow`` is true of, in order."""
        for vma in self.vmas:
            if vma.is_private_writable:
                yield from self.table.without_right(Prot.W, vma.start, vma.end)

    def is_cow(self, vpn: int) -> bool:
        """Return whether ``vpn`` is mapped, may be written by its VMA, and is write-protected by its PTE."""
        vma, pte = self.vma(vpn), self.pte(vpn)
        return bool(vma and pte and vma.is_private_writable and not pte.prot & Prot.W)
