"""What memory must be after random operations, in plain dictionaries."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import NamedTuple

from memory_lab import HEAP, NONE, RW, RWX, Lab, R, text

from cowviz.memory.calls import processes
from cowviz.memory.calls.processes import ProgramRegion
from cowviz.memory.events import Event, FrameCopied
from cowviz.memory.machine import ZERO_PFN, Cell, Content, File, Process, Prot, Section
from cowviz.memory.profile import Profile

FILES = ("disk", "ext4", "tmpfs")
FILE_PAGES = 6
BASE = 0x10000 - 10  # so that regions cross from one leaf of the page table into the next
PAGES = 24  # the addresses that random operations use
PROTS = (RW, RW, RW, RW, RWX, RW, R, NONE)
SWAP = 12  # slots


@dataclass(eq=False)
class Token:
    """One private page's bytes, and whether its owner may write to it without a fault."""

    value: Content
    exclusive: bool = True


class Page(NamedTuple):
    """What a process may do with one page, and what it shows before it is privately written."""

    prot: Prot
    file: str | None = None
    offset: int = 0
    shared: bool = False


class Expected:
    """What memory must be, kept in dictionaries beside the simulator, and compared with it."""

    def __init__(self, profile: Profile, frames: int) -> None:
        self.lab = Lab(profile, frames, swap_slots=SWAP)
        self.pages: dict[int, dict[int, Page]] = {}
        self.private: dict[int, dict[int, Token]] = {}
        self.told: dict[int, set[int]] = {}  # pages through which a process wrote to ext4's file, which knows of it
        self.thread_of: dict[int, int] = {}
        self.files: dict[tuple[str, int], Content] = {}
        self.stores = 0
        for name in FILES:
            file = File(name, tuple(text(f"{name} {i}") for i in range(FILE_PAGES)), name != "tmpfs", name == "ext4")
            self.lab.machine = processes.add_file(self.lab.machine, file, cached=name == "ext4")
            self.files |= {(name, i): content for i, content in enumerate(file.contents)}
        self.lab.run(processes.start(self.lab.machine, 1, "first", self.program()))
        self.loaded(1)

    def program(self) -> list[ProgramRegion]:
        code = (text("main()"), None)
        heap = (text("a"), None, text("c"))
        return [
            ProgramRegion(0x400, code, Prot.parse("rx"), Section.TEXT, "text", "program"),
            ProgramRegion(HEAP, heap, RW, Section.HEAP, "heap"),
        ]

    def loaded(self, pid: int) -> None:
        code = {0x400 + i: Page(Prot.parse("rx"), "program", i) for i in range(2)}
        self.files |= {("program", 0): text("main()"), ("program", 1): ()}
        self.pages[pid] = code | {HEAP + i: Page(RW) for i in range(3)}
        self.private[pid] = {HEAP: Token(text("a")), HEAP + 2: Token(text("c"))}
        self.told[pid] = set()

    # what must be so

    def value(self, pid: int, vpn: int) -> Content:
        """What the process must read there."""
        page, token = self.pages[pid][vpn], self.private[pid].get(vpn)
        if token is not None:
            return token.value
        return () if page.file is None else self.files[page.file, page.offset]

    def verdict(self, pid: int, vpn: int, need: Prot) -> str | None:
        """The signal that an access must end in, if any."""
        page = self.pages[pid].get(vpn)
        if page is None or not page.prot & need:
            return "SIGSEGV"
        beyond = page.file is not None and (page.file, page.offset) not in self.files
        return "SIGBUS" if beyond else None

    def compare(self) -> None:
        """Every mapped page holds what it must, and frames are co-owned by the pages that hold one token."""
        machine = self.lab.machine
        assert {p.pid for p in machine.living()} == set(self.pages)
        place_of: dict[Token, tuple[str, int]] = {}
        for process in machine.living():
            for vpn, pte in process.table.items():
                assert machine.content(pte.pfn) == self.value(process.pid, vpn), f"{process.pid} reads {vpn:#x} wrong"
            for vpn, token in self.private[process.pid].items():
                place = self.place(process, vpn)
                assert place_of.setdefault(token, place) == place, "two owners of one page have two frames"
        assert len(set(place_of.values())) == len(place_of), "two pages of different owners have one frame"

    def place(self, process: Process, vpn: int) -> tuple[str, int]:
        """Where the bytes of a private page are: in a frame, mapped or in the swap cache, or in swap alone."""
        pte, number = process.pte(vpn), process.swapped.get(vpn)
        if pte is not None:
            return "frame", pte.pfn
        assert number is not None, f"page {vpn:#x} of {process.pid} was lost"
        slot = self.lab.machine.swap.get(number)
        assert slot is not None and slot.content == self.value(process.pid, vpn), f"page {vpn:#x} is wrong in swap"
        return ("swap", number) if slot.pfn is None else ("frame", slot.pfn)

    def is_swapped(self, pid: int, vpn: int) -> bool:
        return vpn in self.lab.process(pid).swapped

    def owners(self) -> Counter[Token]:
        """How many pages have each token; what processes share counts once."""
        spaces = {id(mine): mine for mine in self.private.values()}
        return Counter(token for mine in spaces.values() for token in mine.values())


def stored(old: Content, cell: Cell | None) -> Content:
    """What a page holds after a store, said anew."""
    if cell is None:
        return old
    variables = {c.name: c for c in old if c.name} | {cell.name: cell}
    return tuple(variables.values()) if cell.name else (cell,)


def copies(events: list[Event]) -> int:
    """How many frames were copied, and that the zero page never was."""
    copied = [event for event in events if isinstance(event, FrameCopied)]
    assert all(event.source != ZERO_PFN for event in copied), "the zero page was copied"
    return len(copied)
