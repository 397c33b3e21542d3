"""The heap that brk moves the end of, where small allocations live."""

from __future__ import annotations

from dataclasses import replace

from cowviz.memory import merging
from cowviz.memory.address_space import SECTION_BASE, checked, dropped
from cowviz.memory.changes import Change, Changes
from cowviz.memory.events import RegionMapped, RegionUnmapped
from cowviz.memory.machine import Machine, MisuseError, Process, Prot, Section, Vma
from cowviz.memory.rare.limits import is_refused, refused


def brk(machine: Machine, pid: int, pages: int, known: tuple[int, int] | None = None) -> Changes:
    """Let the heap have so many pages in all. New ones are untouched; frames of those given back return.

    ``known`` is the heap's first page and its size before, where its regions do not tell: parts may be missing.

    ENOMEM where a limit or another region is in the way (mm/mmap.c: brk). Raises MisuseError for a negative number.
    """
    process = machine.running(pid)
    if pages < 0:
        raise MisuseError(f"a heap has no {pages} pages")
    heap = _heap(process)
    start = heap[0].start if heap else SECTION_BASE[Section.HEAP]
    old = heap[-1].end if heap else start
    if known:
        start, old = known[0], sum(known)
    end = start + pages
    if end < old:
        machine, _ = dropped(machine, pid, end, old)
        yield Change(RegionUnmapped(pid, end, old - end), machine)
    elif end > old:
        checked(old, end - old)
        machine = yield from _grown(machine, process, heap, old, end)
    return machine


def _heap(process: Process) -> list[Vma]:
    """The heap's regions, from the lowest on as far as they touch."""
    found: list[Vma] = []
    for vma in process.vmas:
        if vma.section is Section.HEAP and (not found or vma.start == found[-1].end):
            found.append(vma)
    return found


def _grown(machine: Machine, process: Process, heap: list[Vma], old: int, end: int) -> Changes:
    """The heap reaches to ``end``: its last region grows where it is alike, else there is one more."""
    new = Vma(old, end, Prot.R | Prot.W, Section.HEAP, heap[-1].name if heap else "heap")
    blocked = any(vma.start < end and old < vma.end for vma in process.vmas)
    if blocked or is_refused(machine, process, new.pages, new):
        return (yield from refused(machine, process.pid, "brk"))
    machine = machine.with_process(replace(process, vmas=merging.placed(process.vmas, new)))
    yield Change(RegionMapped(process.pid, old, end - old), machine)
    return machine
