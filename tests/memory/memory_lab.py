"""A machine under test: every change is checked against the invariants, and what ends well must leak nothing."""

from __future__ import annotations

from cowviz.memory import access, syscalls
from cowviz.memory.events import Changes, Event, FaultRaised, SignalSent
from cowviz.memory.invariants import violations
from cowviz.memory.machine import Cell, Content, Counters, Machine, Process, Prot, Pte, Section, boot
from cowviz.memory.profile import LINUX, Profile
from cowviz.memory.recheck import violations_since
from cowviz.memory.syscalls import Region

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
    """Frames in use that nobody maps and the page cache does not hold; right only in the midst of a fault."""
    return [pfn for pfn, frame in machine.frames.items() if frame.mapcount == 0 and frame.cache is None]


class Lab:
    """Runs operations one after another; ``events`` are all that happened."""

    def __init__(self, profile: Profile = LINUX, frames: int = 256) -> None:
        self.machine: Machine = boot(profile, frames)
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

    def check(self, machine: Machine, when: str) -> None:
        found = problems(self.checked, machine)
        assert not found, f"{when}: {found}"
        self.checked = machine

    def start(self, *contents: str | None, pid: int = 1, prot: Prot = RW) -> int:
        """A process whose heap holds these texts, a page each."""
        pages = tuple(None if content is None else text(content) for content in contents)
        regions = [Region(HEAP, pages, prot, Section.HEAP, "heap")] if pages else []
        self.run(syscalls.start(self.machine, pid, f"P{pid}", regions))
        return pid

    def fork(self, pid: int, child: int) -> int:
        self.run(syscalls.fork(self.machine, pid, child, f"P{child}"))
        return child

    def read(self, pid: int, vpn: int, pages: int = 1) -> list[Event]:
        return self.run(access.read(self.machine, pid, vpn, pages))

    def write(self, pid: int, vpn: int, value: str = "w", pages: int = 1) -> list[Event]:
        return self.run(access.write(self.machine, pid, vpn, Cell("", value), pages))

    def mmap(self, pid: int, start: int, pages: int, prot: Prot = RW, **more: object) -> list[Event]:
        return self.run(syscalls.mmap(self.machine, pid, start, pages, prot, "map", **more))

    def exit(self, pid: int) -> list[Event]:
        return self.run(syscalls.exit(self.machine, pid))

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
