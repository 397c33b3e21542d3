"""A machine under test: every change is checked against the invariants, and what ends well must leak nothing."""

from __future__ import annotations

import re
from typing import Any

from cowviz.memory import access
from cowviz.memory.bulk_access import all_detailed
from cowviz.memory.calls import processes
from cowviz.memory.calls.processes import ProgramRegion
from cowviz.memory.changes import Changes
from cowviz.memory.events import Event, FaultRaised, SignalSent
from cowviz.memory.invariants import violations
from cowviz.memory.invariants_incremental import violations_since
from cowviz.memory.machine import ZERO_PFN, Cell, Content, Counters, Frame, Machine, Process, Prot, Pte, Section, boot
from cowviz.memory.profile import LINUX, Profile

RW, R, RX, RWX, NONE = (Prot.parse(text) for text in ("rw", "r", "rx", "rwx", "none"))
HEAP = 0x800


def text(value: str) -> Content:
    return (Cell("", value),)


class DisagreementError(Exception):
    """The check of what changed and the check of everything do not say the same; no AssertionError, see mutants."""


def problems(before: Machine | None, machine: Machine) -> list[str]:
    """What is wrong with the machine, looked for in both ways; nothing was ``before``."""
    found, since = violations(machine), violations_since(before, machine)
    if bool(found) != bool(since):
        raise DisagreementError(f"everything checked: {found or 'fine'}; what changed: {since or 'fine'}")
    return found


def leaks(machine: Machine) -> list[int]:
    """Frames in use that nobody maps and no cache or huge page holds; right only in the midst of a fault."""
    unmapped = (
        (pfn, frame) for pfn, frame in machine.frames.items() if frame.mapcount == 0 and frame.cached_page is None
    )
    return [pfn for pfn, frame in unmapped if frame.tag.slot is None and not _is_folio_mapped(machine, frame)]


def _is_folio_mapped(machine: Machine, frame: Frame) -> bool:
    folio = frame.tag.folio
    return folio is not None and any(one.mapcount for _, one in machine.frames.items(folio, folio + 512))


class Lab:
    """Runs operations one after another; ``events`` are all that happened."""

    def __init__(self, profile: Profile = LINUX, frames: int = 256, **more: int) -> None:
        self.machine: Machine = boot(profile, frames, **more)  # type: ignore[arg-type]
        self.events: list[Event] = []
        self.checked: Machine | None = None

    def run(self, changes: Changes) -> list[Event]:
        """The events of one operation; AssertionError where an invariant breaks on the way."""
        events: list[Event] = []
        while True:
            try:
                change = next(changes)
            except StopIteration as end:
                self.machine = end.value
                break
            events.append(change.event)
            self.check(change.machine, f"after {change.event}")
            assert len(events) < 500, "this never ends"
        self.check(self.machine, "at the end")
        assert not leaks(self.machine), "a frame is in use, and nobody holds it"
        self.events += events
        return events

    def bulk(self, changes: Changes) -> list[Event]:
        """As ``run``, for very many changes: of each only what changed is checked, all of the machine at the end."""
        events, before = [], self.machine
        for change in changes:
            assert not violations_since(before, change.machine), f"after {change.event}"
            before = change.machine
            events.append(change.event)
        events = list(all_detailed(events))
        self.machine = self.checked = before
        assert not violations(before)
        return events

    def check(self, machine: Machine, when: str) -> None:
        found = problems(self.checked, machine)
        assert not found, f"{when}: {found}"
        self.checked = machine

    def start(self, *contents: str | None, pid: int = 1, prot: Prot = RW) -> int:
        """A process whose heap holds these texts, a page each."""
        pages = tuple(None if content is None else text(content) for content in contents)
        regions = [ProgramRegion(HEAP, pages, prot, Section.HEAP, "heap")] if pages else []
        self.run(processes.start(self.machine, pid, f"P{pid}", regions))
        return pid

    def fork(self, pid: int, child: int) -> int:
        self.run(processes.fork(self.machine, pid, child, f"P{child}"))
        return child

    def read(self, pid: int, vpn: int, pages: int = 1) -> list[Event]:
        return self.run(access.read(self.machine, pid, vpn, pages))

    def write(self, pid: int, vpn: int, value: str = "w", pages: int = 1) -> list[Event]:
        return self.run(access.write(self.machine, pid, vpn, Cell("", value), pages))

    def mmap(self, pid: int, start: int, pages: int, prot: Prot = RW, **more: Any) -> list[Event]:
        return self.run(processes.mmap(self.machine, pid, start, pages, prot, "map", **more))

    def call(self, name: str, *args: object, **more: Any) -> list[Event]:
        """Any system call, by its name."""
        return self.run(getattr(processes, name)(self.machine, *args, **more))

    def advise(self, pid: int, start: int, pages: int, advice: str) -> list[Event]:
        return self.call("madvise", pid, start, pages, advice)

    def thread(self, pid: int, thread: int) -> int:
        self.call("thread", pid, thread, f"P{thread}")
        return thread

    def exit(self, pid: int) -> list[Event]:
        return self.run(processes.exit(self.machine, pid))

    def process(self, pid: int) -> Process:
        return self.machine.process(pid)

    def counters(self, pid: int) -> Counters:
        return self.process(pid).counters

    def faults(self, pid: int) -> int:
        return self.counters(pid).faults

    def pte(self, pid: int, vpn: int) -> Pte:
        pte = self.process(pid).pte(vpn)
        assert pte is not None, f"page {vpn:#x} of {pid} is not mapped"
        return pte

    def pfn(self, pid: int, vpn: int) -> int:
        return self.pte(pid, vpn).pfn

    def cell(self, pid: int, vpn: int) -> str:
        """One page as the kernel facts write it: ``.``, ``Z``, ``S``, ``f3``, with E mapped once, F file, K merged."""
        process = self.process(pid)
        pte = process.pte(vpn)
        if vpn in process.guards:
            return "G"
        if pte is None or pte.pfn == ZERO_PFN:
            return "Z" if pte else "S" if vpn in process.swapped else "."
        frame = self.machine.frames.get(pte.pfn)
        assert frame is not None
        return f"f{pte.pfn}" + "E" * (frame.mapcount == 1) + "F" * (frame.cached_page is not None) + "K" * frame.tag.ksm

    def cells(self, pid: int, vpn: int, pages: int) -> str:
        return " ".join(self.cell(pid, vpn + i) for i in range(pages))

    def content(self, pid: int, vpn: int) -> Content:
        return self.machine.content(self.pfn(pid, vpn))


def kinds(events: list[Event]) -> list[str]:
    """The kinds of the faults raised among these events."""
    return [event.kind.name for event in events if isinstance(event, FaultRaised)]


def names(events: list[Event]) -> list[str]:
    """What these events are called."""
    return [type(event).__name__ for event in events]


def signals(events: list[Event]) -> list[str]:
    return [event.signal for event in events if isinstance(event, SignalSent)]


def renumbered(cells: str) -> str:
    """Frames numbered in the order in which they stand here."""
    seen: dict[str, int] = {}
    return re.sub(r"(?<=f)\d+", lambda found: str(seen.setdefault(found[0], len(seen))), cells)
