"""What is written back to files, so that first writes are heard of again."""

from __future__ import annotations

from dataclasses import replace

from cowviz.memory.address_space import first_hole, regions_of
from cowviz.memory.changes import Change, Changes
from cowviz.memory.events import Advised
from cowviz.memory.machine import WITHOUT_W, Machine, Pte, Vma
from cowviz.memory.rare.limits import refused
from cowviz.memory.tables.radix import Radix


def msync(machine: Machine, pid: int, start: int, pages: int) -> Changes:
    """Write the shared file pages of a range to the disk and wait: MS_SYNC (mm/msync.c).

    Whoever maps them may write only after another fault, where the file wants to hear of it (folio_mkclean). Holes
    are ENOMEM, once the regions on both sides have been written. Raises MisuseError where none of it has a region.
    """
    inside = regions_of(machine.running(pid), start, pages)
    for vma in inside:
        if machine.wants_notice(vma):
            machine = _written_back(machine, vma)
    yield Change(Advised(pid, start, pages, "msync"), machine)
    return (yield from refused(machine, pid, "msync")) if first_hole(inside, start) < start + pages else machine


def _written_back(machine: Machine, part: Vma) -> Machine:
    """Entries of the file's pages are clean and lose their W, in whatever process; the file has what was written."""
    assert part.file is not None
    file = machine.files[part.file]
    contents = list(file.contents)
    for offset, pfn in machine.cache.get(part.file, Radix[int]()).items(part.offset(part.start), part.offset(part.end)):
        contents[offset] = machine.content(pfn)
    machine = replace(machine, files={**machine.files, part.file: replace(file, contents=tuple(contents))})
    offsets = range(part.offset(part.start), part.offset(part.end))
    for process in list(machine.spaces()):
        for vma in process.vmas:
            if vma.file != part.file or not vma.shared:
                continue
            first = max(vma.start, vma.start + offsets.start - vma.pgoff)
            end = min(vma.end, vma.start + offsets.stop - vma.pgoff)
            dirty = [(vpn, pte) for vpn, pte in process.table.items(first, max(first, end)) if pte.dirty]
            table = process.table.updated((vpn, Pte(pte.pfn, WITHOUT_W[pte.prot])) for vpn, pte in dirty)
            process = replace(process, table=table)
        machine = machine.with_process(process)
    return machine
