"""The system calls that make, cut, move and protect regions, and the files that regions show."""

from __future__ import annotations

from dataclasses import replace

from cowviz.memory import frames, merging
from cowviz.memory.address_space import checked, cleared, dropped, first_hole, regions_of
from cowviz.memory.calls.advice import populated
from cowviz.memory.changes import Change, Changes
from cowviz.memory.events import FileTruncated, ProtectionChanged, RegionMapped, RegionUnmapped
from cowviz.memory.machine import WITHOUT_W, File, Machine, MisuseError, Prot, Pte, Section, Vma
from cowviz.memory.rare.limits import is_refused, refused


def mmap(
    machine: Machine,
    pid: int,
    start: int,
    pages: int,
    prot: Prot,
    name: str,
    section: Section = Section.MMAP,
    file: str | None = None,
    pgoff: int = 0,
    shared: bool = False,
    populate: bool = False,
    noreserve: bool = False,
) -> Changes:
    """Reserve a region; nothing is in memory before it is touched, but with ``populate``. ``shared`` is MAP_SHARED.

    ENOMEM beyond the process's limit, and beyond what the machine promises (``noreserve``: MAP_NORESERVE).

    MAP_SHARED memory without a file gets one of its own, ``shm:1``, that goes with the last region that maps it.

    Raises MisuseError for a file that is not there.
    """
    process, before = machine.running(pid), machine
    checked(start, pages)
    write_only, prot = prot.is_write_only, prot.on_x86
    if file is None and shared:
        numbered = (f"shm:{n}" for n in range(1, len(machine.files) + 2))
        file = next(free for free in numbered if free not in machine.files)
        memory = File(file, ((),) * pages, on_disk=False, anonymous=True)
        machine = replace(machine, files={**machine.files, file: memory})
    elif file is not None and file not in machine.files:
        raise MisuseError(f"no file {file!r}; there are: {', '.join(machine.files) or 'none'}")
    vma = Vma(start, start + pages, prot, section, name, file, pgoff, shared, noreserve=noreserve)
    vma = replace(vma, write_only=write_only)
    vmas = merging.placed(process.vmas, vma)
    if is_refused(machine, process, pages, vma):
        return (yield from refused(before, pid, "mmap"))
    machine = machine.with_process(replace(process, vmas=vmas))
    yield Change(RegionMapped(pid, start, pages), machine)
    if populate:
        machine = yield from populated(machine, pid, start, pages)
    return machine


def munmap(machine: Machine, pid: int, start: int, pages: int) -> Changes:
    """Give pages back: their PTEs go and their regions are cut. Holes do not matter.

    Raises MisuseError where nothing is mapped there (the kernel does nothing, and is content).
    """
    regions_of(machine.running(pid), start, pages, error="")
    machine, _ = dropped(machine, pid, start, start + pages)
    yield Change(RegionUnmapped(pid, start, pages), machine)
    return machine


def mprotect(machine: Machine, pid: int, start: int, pages: int, prot: Prot) -> Changes:
    """Change what the program may do with pages; regions are cut where the range begins and ends, or merged there.

    PTEs lose what is forbidden now, frames stay. W comes back to a PTE at once only where no fault is due: in
    MAP_SHARED memory, unless its file must hear of a first write to the page, and on frames that are this process's
    alone since they were taken (mm/mprotect.c: can_change_pte_writable).
    Locked private pages that become writable are filled in at once.
    ENOMEM at a hole, when what lies before it has been changed. Raises MisuseError where none of it has a region.
    """
    process = machine.running(pid)
    end = first_hole(regions_of(process, start, pages), start)
    if end == start:
        return (yield from refused(machine, pid, "mprotect"))
    table = process.table
    asked, prot = prot, prot.on_x86
    vmas, changed = merging.modified(process.vmas, start, end, lambda vma: _protected(vma, asked))
    for vma in changed:
        free = vma.shared and not machine.wants_notice(vma)
        table = table.updated(
            (vpn, Pte(pfn, prot if free or dirty or _is_exclusive(machine, pfn) else WITHOUT_W[prot], dirty))
            for vpn, (pfn, _, dirty) in table.items(vma.start, vma.end)
        )
    machine = machine.with_process(replace(process, vmas=vmas, table=table))
    yield Change(ProtectionChanged(pid, start, end - start, prot), machine)
    for vma in changed:  # mm/mprotect.c: mprotect_fixup
        if vma.locked and not vma.shared and not vma.prot & Prot.W and prot & Prot.W:
            machine = yield from populated(machine, pid, vma.start, vma.pages)
    return (yield from refused(machine, pid, "mprotect")) if end < start + pages else machine


def _protected(vma: Vma, prot: Prot) -> Vma:
    """The region with another protection; what was counted as promised stays so, but for untouched memory."""
    accounted = vma.is_accounted and not prot & Prot.W and (vma.file is not None or vma.has_private)
    new = replace(vma, prot=prot.on_x86, write_only=prot.is_write_only)
    return vma if new == vma else replace(new, accounted=accounted)


def _is_exclusive(machine: Machine, pfn: int) -> bool:
    frame = machine.frames.get(pfn)
    return frame is not None and frame.exclusive


def add_file(machine: Machine, file: File, cached: bool = False) -> Machine:
    """Return the machine with a file that was there all along; ``cached`` where all of it is in the page cache.

    No process does this, so it is no event. MisuseError where the name is taken.
    """
    if file.name in machine.files:
        raise MisuseError(f"there is a file {file.name!r} already; choose another name")
    machine = replace(machine, files={**machine.files, file.name: file})
    return frames.fill(machine, file.name, range(len(file.contents))) if cached else machine


def ftruncate(machine: Machine, pid: int, file: str, pages: int) -> Changes:
    """Give a file another length; what lies beyond its end goes, private copies too (mm/truncate.c).

    Raises MisuseError for a file that is not there.
    """
    machine.running(pid)
    old = machine.files.get(file)
    if old is None:
        raise MisuseError(f"no file {file!r}; there are: {', '.join(machine.files) or 'none'}")
    for process in machine.living():
        for vma in process.vmas:
            if vma.file == file:
                beyond = vma.start + max(pages - vma.pgoff, 0)
                machine, _ = cleared(machine, process.pid, beyond, max(beyond, vma.end))
    contents = old.contents[:pages] + ((),) * (pages - len(old.contents))
    machine = replace(machine, files={**machine.files, file: replace(old, contents=contents)})
    machine = frames.evict(machine, file, pages)
    yield Change(FileTruncated(pid, file, pages), machine)
    return machine
