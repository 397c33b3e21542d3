"""What the kernel knows of a fault when it starts to resolve it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from cowviz.memory.events import Access, FaultKind
from cowviz.memory.machine import Machine, Prot, Pte, Vma


@dataclass(frozen=True, slots=True)
class Fault:
    """What the kernel knows when it starts to resolve a fault."""

    pid: int
    vpn: int
    access: Access
    kind: FaultKind
    vma: Vma
    pte: Pte | None

    @property
    def is_write(self) -> bool:
        return self.access is Access.WRITE

    @property
    def readonly(self) -> Prot:
        """All that the region allows, but for writing."""
        return self.vma.prot & ~Prot.W

    @property
    def wants_copy(self) -> bool:
        """Whether a file's page must not be mapped itself: the write is the process's own affair."""
        return self.is_write and not self.vma.shared


def counted(machine: Machine, pid: int, **more: int) -> Machine:
    """Return the machine with some of the process's counters higher; each is named as in ``Counters``."""
    process = machine.process(pid)
    counters = replace(process.counters, **{name: getattr(process.counters, name) + n for name, n in more.items()})
    return machine.with_process(replace(process, counters=counters))


def maps_zero_page(machine: Machine, fault: Fault) -> bool:
    """Return whether an untouched anonymous page gets the zero page and no frame."""
    return machine.profile.zero_page and not fault.is_write
