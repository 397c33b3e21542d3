"""A debugger's write into another process's memory (ptrace, /proc/PID/mem): it needs no W, and breaks copy-on-write."""

from __future__ import annotations

from cowviz.memory import access, frames, page_fault
from cowviz.memory.changes import Change, Changes
from cowviz.memory.events import Access, Accessed, FaultKind
from cowviz.memory.machine import Cell, Machine, MisuseError, store
from cowviz.memory.resolvers import RESOLVERS, Fault


def poke(machine: Machine, pid: int, vpn: int, cell: Cell) -> Changes:
    """Store into a private page, whatever its region allows; the file that it shows stays as it was (FOLL_FORCE).

    The page is the process's own from then on, and still read-only where its region is. MisuseError where nothing is
    mapped, MAP_SHARED memory is, or no frame is free.
    """
    process = machine.running(pid)
    vma = process.vma(vpn)
    if vma is None or vma.shared:
        raise MisuseError(f"{process.name} has no private memory at page {vpn:#x}")
    machine = yield from access.populate(machine, pid, vpn, 1, Access.READ)
    pte = machine.process(pid).pte(vpn)
    if pte is None:
        raise MisuseError(f"page {vpn:#x} of {process.name} cannot be read")
    frame = machine.frames.get(pte.pfn)
    if frame is None or not frame.exclusive:
        kind = page_fault.write_kind(machine, machine.process(pid), vma, pte)
        if kind is not FaultKind.COW_REUSE and not len(machine.free):
            raise MisuseError("no frame is free for a copy; start with more frames")
        machine = yield from RESOLVERS[kind](machine, Fault(pid, vpn, Access.WRITE, kind, vma, pte))
        pte = machine.process(pid).pte(vpn)
        assert pte is not None
    machine = frames.with_content(machine, pte.pfn, store(machine.content(pte.pfn), cell))
    yield Change(Accessed(pid, vpn, Access.WRITE, cell), machine)
    return machine
