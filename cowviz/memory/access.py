"""The hardware's side: a load, a store or an instruction fetch, and what it does when a PTE refuses it.

An access that ends in a fatal fault yields FaultRaised and SignalSent and stops there; the process still lives, and
who called decides whether it dies of it. One whose process is killed for want of memory stops as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from cowviz.memory import frames, page_fault
from cowviz.memory.changes import Change, Changes
from cowviz.memory.events import Access, Accessed, FaultKind, FileWritten
from cowviz.memory.machine import Cell, File, Machine, MisuseError, store
from cowviz.memory.many_pages import MANY, access_many


def read(machine: Machine, pid: int, vpn: int, pages: int = 1) -> Changes:
    """Load from each of ``pages`` pages."""
    return (yield from _touch_all(machine, pid, vpn, pages, Access.READ))


def write(machine: Machine, pid: int, vpn: int, cell: Cell | None = None, pages: int = 1, *more: Cell) -> Changes:
    """Store ``cell``, and ``more`` after it, into each of ``pages`` pages; None where only the touch matters.

    Also what read(2) does to its buffer: the kernel's own store faults and breaks CoW as the program's would.
    """
    return (yield from _touch_all(machine, pid, vpn, pages, Access.WRITE, (cell, *more)))


def execute(machine: Machine, pid: int, vpn: int) -> Changes:
    """Fetch an instruction."""
    return (yield from _touch_all(machine, pid, vpn, 1, Access.EXEC))


def write_file(machine: Machine, pid: int, vpn: int, file: str) -> Changes:
    """Write what a page holds to the end of a file, which is made where there is none: write(2).

    Reading the page may fault. The new page is on the disk alone: it gets no frame of the page cache, so that the
    picture shows no frame that the lesson is not about.
    """
    machine = yield from read(machine, pid, vpn)
    process = machine.process(pid)
    pte = process.pte(vpn)
    if not process.is_alive or pte is None or not page_fault.allows(pte, Access.READ):
        return machine
    old = machine.files.get(file, File(file, ()))
    new = replace(old, contents=(*old.contents, machine.content(pte.pfn)))
    machine = replace(machine, files={**machine.files, file: new})
    yield Change(FileWritten(pid, vpn, file), machine)
    return machine


def populate(machine: Machine, pid: int, start: int, pages: int, access: Access) -> Changes:
    """Fault pages in without an access of the program's, and without a signal where it may not be had.

    MAP_POPULATE and mlock do so, each of these faults being counted (mm/gup.c: populate_vma_page_range).
    """
    for vpn in range(start, start + pages):
        if _is_accessible(machine, pid, vpn, access):
            continue
        if page_fault.classify(machine, pid, vpn, access).is_fatal:
            machine = page_fault.after_failed_fault(machine, pid, vpn, access)
            break
        machine = yield from _made_accessible(machine, pid, vpn, access)
        if not machine.process(pid).is_alive:
            break
    return machine


def refuses(machine: Machine, pid: int, start: int, pages: int, access: Access) -> FaultKind | None:
    """Return why ``populate`` stopped before it had all pages; None where it did not, and where the process is dead."""
    if not machine.process(pid).is_alive:
        return None
    wanting = (vpn for vpn in range(start, start + pages) if not _is_accessible(machine, pid, vpn, access))
    first = next(wanting, None)
    return None if first is None else page_fault.classify(machine, pid, first, access)


def _touch_all(
    machine: Machine, pid: int, vpn: int, pages: int, access: Access, cells: Sequence[Cell | None] = (None,)
) -> Changes:
    if pages < 1:
        raise MisuseError(f"an access touches at least one page, not {pages}")
    return (yield from touch(machine, pid, range(vpn, vpn + pages), access, cells))


def touch(
    machine: Machine, pid: int, vpns: Sequence[int], access: Access, cells: Sequence[Cell | None] = (None,)
) -> Changes:
    """Access these pages one after the other, many of them as one event; each store of ``cells`` into each.

    It ends where a page cannot be had. Raises MisuseError for a process that can do nothing.
    """
    machine.running(pid)
    while len(vpns) >= MANY:
        machine, event = access_many(machine, pid, vpns, access, tuple(cells))
        if event is not None:
            yield Change(event, machine)
            vpns = vpns[event.pages :]
        if vpns:
            machine = yield from _touch_each(machine, pid, vpns[:1], access, cells)
            if not _is_accessible(machine, pid, vpns[0], access):
                return machine
            vpns = vpns[1:]
    return (yield from _touch_each(machine, pid, vpns, access, cells))


def _touch_each(
    machine: Machine, pid: int, vpns: Sequence[int], access: Access, cells: Sequence[Cell | None]
) -> Changes:
    for page in vpns:
        machine = yield from _made_accessible(machine, pid, page, access)
        if not _is_accessible(machine, pid, page, access):
            break
        if access is Access.WRITE:
            machine = _dirtied(machine, pid, page)
        for cell in cells:  # one store each: only the first one can fault
            if cell is not None:
                machine = _stored(machine, pid, page, cell)
            yield Change(Accessed(pid, page, access, cell), machine)
    return machine


def _is_accessible(machine: Machine, pid: int, vpn: int, access: Access) -> bool:
    pte = machine.process(pid).pte(vpn)
    return pte is not None and page_fault.allows(pte, access)


def _made_accessible(machine: Machine, pid: int, vpn: int, access: Access) -> Changes:
    """Fault until the PTE lets the access through; not so after a fatal fault or the process's death."""
    while not _is_accessible(machine, pid, vpn, access):
        fatal = page_fault.classify(machine, pid, vpn, access).is_fatal
        machine = yield from page_fault.handle(machine, pid, vpn, access)
        if fatal or not machine.process(pid).is_alive:
            break
    return machine


def _dirtied(machine: Machine, pid: int, vpn: int) -> Machine:
    """The hardware marks the entry; without a fault only where fork has left W to a child."""
    process = machine.process(pid)
    vma, pte = process.vma(vpn), process.pte(vpn)
    if vma is None or pte is None or pte.dirty or not machine.wants_notice(vma):
        return machine
    return frames.remap(machine, pid, vpn, pte._replace(dirty=True))


def _stored(machine: Machine, pid: int, vpn: int, cell: Cell) -> Machine:
    pte = machine.process(pid).pte(vpn)
    assert pte is not None
    return frames.with_content(machine, pte.pfn, store(machine.content(pte.pfn), cell))
