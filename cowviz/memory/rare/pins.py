"""Pinned pages: a device reads or writes their frames by itself (io_uring's registered buffers, RDMA: FOLL_PIN).

Their frames must stay the process's, so fork does not make them co-owned: it copies them for the child at once.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace

from cowviz.memory import access, frames
from cowviz.memory.address_space import covered
from cowviz.memory.changes import Change, Changes
from cowviz.memory.events import Access, Advised, FrameAllocated, FrameCopied
from cowviz.memory.machine import Machine, MisuseError, Process, Pte
from cowviz.memory.tables.page_table import PageTable


def pin(machine: Machine, pid: int, start: int, pages: int) -> Changes:
    """Fault pages in for writing, and pin their frames. What is unmapped later is no longer pinned.

    Raises MisuseError for memory that is shared or may not be written.
    """
    if not all(vma.is_private_writable for vma in covered(machine.running(pid), start, pages)[1]):
        raise MisuseError("only private writable memory can be pinned here")
    yield Change(Advised(pid, start, pages, "pin"), machine)
    machine = yield from access.populate(machine, pid, start, pages, Access.WRITE)
    process = machine.process(pid)
    if process.is_alive:
        mapped = (vpn for vpn, _ in process.table.items(start, start + pages))
        machine = machine.with_process(replace(process, pins=process.pins.union(mapped)))
    return machine


def unpin(machine: Machine, pid: int, start: int, pages: int) -> Changes:
    """Unpin pages: the device is done with them."""
    process = machine.running(pid)
    machine = machine.with_process(replace(process, pins=process.pins.difference(range(start, start + pages))))
    yield Change(Advised(pid, start, pages, "unpin"), machine)
    return machine


def inherited(process: Process) -> list[int]:
    """Return the pinned pages that a child gets copies of."""
    kept = [vma for vma in process.vmas if vma.is_inherited] if process.pins else []
    return [vpn for vpn in sorted(process.pins) if any(vpn in vma for vma in kept)]


def kept(process: Process, protected: PageTable) -> tuple[PageTable, int]:
    """Return the page table that fork has write-protected, with pinned pages as they were; and how many differed."""
    restored = [(vpn, process.pte(vpn)) for vpn in process.pins if protected.get(vpn) != process.pte(vpn)]
    return (protected.updated(restored) if restored else protected), len(restored)


def copied(machine: Machine, parent: Process) -> Generator[Change, None, tuple[Machine, list[tuple[int, Pte]]]]:
    """Yield the child's entries of pinned pages: copies, writable as the parent's (mm/memory.c: copy_present_page)."""
    entries: list[tuple[int, Pte]] = []
    for vpn in inherited(parent):
        pte = parent.pte(vpn)
        assert pte is not None, "a pinned page is mapped"
        machine, pfn = frames.allocate(machine)
        yield Change(FrameAllocated(parent.pid, pfn), machine)
        machine = frames.with_content(machine, pfn, machine.content(pte.pfn))
        yield Change(FrameCopied(parent.pid, pte.pfn, pfn), machine)
        entries.append((vpn, Pte(pfn, pte.prot)))
    return machine, entries
