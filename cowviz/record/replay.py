"""A recording held against the simulator: the same operations, from the same memory, must take the same faults."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from cowviz.memory import access, frames, page_fault
from cowviz.memory.address_space import split_at
from cowviz.memory.bulk_access import all_detailed
from cowviz.memory.calls import processes
from cowviz.memory.changes import Changes
from cowviz.memory.events import (
    Access,
    Advised,
    Event,
    Exited,
    FaultKind,
    FaultRaised,
    FileTruncated,
    Forked,
    ProtectionChanged,
    RegionMapped,
    RegionMoved,
    RegionUnmapped,
    WriteProtected,
)
from cowviz.memory.machine import Machine, MisuseError, Process, Prot
from cowviz.memory.rare.gaps import NotUnderstood
from cowviz.narration.terms import page_name

_ACCESSES: dict[Access, Callable[[Machine, int, int], Changes]] = {
    Access.READ: access.read,
    Access.WRITE: access.write,
    Access.EXEC: access.execute,
}


# Hints that the simulator takes too; those that fault pages in are told by these faults, and huge pages are off.
_DONE = ("dontneed", "dontfork", "dofork", "wipeonfork", "keeponfork", "mergeable", "pageout", "guard_install")

_SWAPS = {FaultKind.SWAP_IN.name, FaultKind.SWAP_CACHED.name}  # what is still in the swap cache is the world's affair
_WRITES = {FaultKind.COW_COPY.name, FaultKind.COW_REUSE.name}

Replayed = tuple[Machine, Sequence[Event]]  # what happened, and the machine after it


def compared(moments: Iterable[Replayed]) -> tuple[int, list[str]]:
    """Compare every moment with the simulator; return the number of faults, and the differences, a line each.

    Each comparison starts from the recorded machine before it, so that no difference hides the next.

    Pages that a file's fault maps along are taken from the recording: which they are depends on the page cache.
    """
    before: Machine | None = None
    count, differences, freed = 0, [], set[int]()
    for machine, events in moments:
        if before is not None:
            faults, found = _replayed(before, machine, events, freed)
            count += faults
            differences += found
            freed |= _freed_later(before, events)
        before = machine
    return count, differences


def _freed_later(machine: Machine, events: Sequence[Event]) -> set[int]:
    """The frames of pages that MADV_FREE was given for.

    The kernel collects up to 31 of them a processor before it looks at them (mm/swap.c: lru_lazyfree), and meanwhile
    holds a reference to each: its sole owner, who writes after a fork, gets a copy. Which are in it is not shown.
    """
    found: set[int] = set()
    for event in events:
        if isinstance(event, Advised) and event.advice == "free" and event.pid in machine.processes:
            table = machine.process(event.pid).table
            found |= {pte.pfn for _, pte in table.items(event.start, event.start + event.pages)}
    return found


def _replayed(before: Machine, after: Machine, events: Sequence[Event], freed: set[int]) -> tuple[int, list[str]]:
    simulated = replace(before, profile=replace(before.profile, fault_around=1))
    count, differences = 0, []
    for event in all_detailed(events):
        try:
            if isinstance(event, FaultRaised):
                count += 1
                simulated, difference = _touch(simulated, after, event, freed)
                differences += [difference] if difference else []
            else:
                simulated = _done(simulated, after, event)
        except MisuseError as error:
            differences.append(str(error))
        except (AssertionError, LookupError) as error:  # the simulator is at its wits' end, and is told to go on
            differences.append(f"{type(event).__name__}: the simulator cannot do it ({type(error).__name__})")
    return count, differences


def _touch(machine: Machine, after: Machine, event: FaultRaised, freed: set[int]) -> tuple[Machine, str]:
    """One access, and how its fault differs from the one recorded."""
    process = machine.process(event.pid)
    if process.vma(event.vpn) is None and event.kind is not FaultKind.STACK_GROWTH:
        return machine, ""  # a region that was there for a moment only
    machine = _cached_as_recorded(machine, after, event)
    pte = process.pte(event.vpn)
    if pte is not None and page_fault.allows(pte, event.access):
        said = "no fault"
    else:
        said = page_fault.classify(machine, event.pid, event.vpn, event.access).name
    where = f"{process.name}, {event.access.value} of {page_name(process, event.vpn)}"
    is_held = pte is not None and pte.pfn in freed and {said, event.kind.name} == _WRITES
    alike = said == event.kind.name or {said, event.kind.name} == _SWAPS or is_held
    difference = "" if alike else f"{where}: {event.kind.name}, and the simulator says {said}"
    return _run(_ACCESSES[event.access](machine, event.pid, event.vpn), machine), difference


def _cached_as_recorded(machine: Machine, after: Machine, event: FaultRaised) -> Machine:
    """What the page cache holds is the world's affair: a file's page is there unless it had to be read."""
    vma = machine.process(event.pid).vma(event.vpn)
    if vma is None or vma.file is None:
        return machine
    recorded, offset = after.files.get(vma.file), vma.offset(event.vpn)
    file = machine.files.get(vma.file)
    if recorded and (file is None or len(file.contents) < len(recorded.contents)):
        machine = replace(machine, files={**machine.files, vma.file: recorded})
    if event.kind is FaultKind.FILE_READ or offset >= len(machine.files[vma.file].contents):
        return machine
    return frames.fill(machine, vma.file, [offset])


def _done(machine: Machine, after: Machine, event: Event) -> Machine:
    """An operation on regions or processes; what is only part of an access is none."""
    match event:
        case RegionMapped(pid, start, pages):
            vma = after.process(pid).vma(start)
            if vma is None or machine.process(pid).vma(start):  # a stack has grown by the fault before
                return machine
            if vma.file and vma.file not in machine.files:
                machine = processes.add_file(machine, after.files[vma.file])
            words = (vma.prot, vma.name, vma.section, vma.file, vma.offset(start) if vma.file else 0, vma.shared)
            return _run(processes.mmap(machine, pid, start, pages, *words), machine)
        case RegionMoved(pid, start, to, pages):
            return _run(processes.mremap(machine, pid, start, pages, to), machine)
        case FileTruncated(pid, name, pages) if pages < len(machine.files[name].contents):
            return _run(processes.ftruncate(machine, pid, name, pages), machine)
        case WriteProtected(pid):
            return machine.with_process(_write_protected(machine.process(pid)))
        case RegionUnmapped(pid, start, pages) if split_at(machine.process(pid).vmas, start, start + pages)[1]:
            return _run(processes.munmap(machine, pid, start, pages), machine)
        case ProtectionChanged(pid, start, pages, prot):
            return _run(processes.mprotect(machine, pid, start, pages, prot), machine)
        case Advised(pid, start, pages, advice) if advice in _DONE:
            return _run(processes.madvise(machine, pid, start, pages, advice), machine)
        case Forked(parent, child):
            return _run(processes.fork(machine, parent, child, after.process(child).name), machine)
        case Exited(pid, status):
            return _run(processes.exit(machine, pid, status), machine)
    return machine


def _write_protected(process: Process) -> Process:
    """After the fork of a child that may not be drawn."""
    table = process.table
    for vma in process.vmas:
        if vma.is_private_writable:
            table = table.map_values(lambda pte: pte._replace(prot=pte.prot & ~Prot.W), vma.start, vma.end)
    return replace(process, table=table)


def _run(changes: Changes, machine: Machine) -> Machine:
    for change in changes:
        machine = change.machine
    return machine


def verdict(count: int, differences: Sequence[str]) -> str:
    """Return a replay in one line."""
    if not differences:
        return f"replayed: {count} faults, all as the simulator predicts"
    return f"replayed: {count} faults, {len(differences)} not as the simulator predicts; the first: {differences[0]}"


def gaps_told(gaps: Sequence[NotUnderstood]) -> str:
    """Return what is put behind the verdict where a recording has gaps; nothing where it has none."""
    if not gaps:
        return ""
    places = f"; {len(gaps)} gaps: {gaps[0].what} was not understood" if len(gaps) > 1 else f"; a gap: {gaps[0].what}"
    return places + (", and others" if len(gaps) > 1 else " was not understood")
