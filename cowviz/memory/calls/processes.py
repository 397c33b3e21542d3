"""What a program asks the kernel for: here processes; regions in ``mapping``, hints in ``advice``.

Each call is a generator of changes, and all of them can be had from here.
Wrong use (a dead process, an overlap, waiting for the living) raises MisuseError before anything is changed.
"""

from __future__ import annotations

from dataclasses import replace

from cowviz.memory import frames, merging
from cowviz.memory.address_space import SECTION_BASE, exit_address_space, find_gap
from cowviz.memory.calls.advice import madvise, mlock
from cowviz.memory.calls.debugger import poke
from cowviz.memory.calls.heap import brk
from cowviz.memory.calls.mapping import add_file, ftruncate, mmap, mprotect, munmap
from cowviz.memory.calls.moving import mremap
from cowviz.memory.calls.program import ProgramRegion, exec_, start
from cowviz.memory.calls.sharing import tasks, thread, vfork
from cowviz.memory.calls.writeback import msync
from cowviz.memory.changes import Change, Changes
from cowviz.memory.events import Exited, Forked, Waited, WriteProtected
from cowviz.memory.machine import Machine, MisuseError, Process, Vma
from cowviz.memory.rare import limits, pins, swap
from cowviz.memory.rare.ksm import ksm_scan
from cowviz.memory.rare.limits import setrlimit
from cowviz.memory.rare.pins import pin, unpin
from cowviz.memory.rare.swap import reclaim
from cowviz.memory.tables.levels import BITS
from cowviz.memory.tables.page_table import PageTable

__all__ = [
    "SECTION_BASE",
    "ProgramRegion",
    "add_file",
    "brk",
    "exec_",
    "exit",
    "find_gap",
    "fork",
    "ftruncate",
    "ksm_scan",
    "madvise",
    "mlock",
    "mmap",
    "mprotect",
    "mremap",
    "msync",
    "munmap",
    "pin",
    "poke",
    "reclaim",
    "setrlimit",
    "start",
    "thread",
    "unpin",
    "vfork",
    "wait",
    "write_protected",
]


def fork(machine: Machine, pid: int, child_pid: int, name: str) -> Changes:
    """Duplicate a process: its regions and its page table, not its memory (kernel/fork.c: dup_mmap).

    First the parent's private writable PTEs lose their W, then the child's table names the same frames. Under LINUX
    regions in which nothing was privately written have no PTEs in the child (mm/memory.c: vma_needs_copy).
    Pinned pages are copied at once and stay the parent's. ENOMEM where there are no frames for that, or by overcommit.

    Raises MisuseError for a pid that is taken.
    """
    parent = machine.running(pid)
    if child_pid in machine.processes:
        raise MisuseError(f"there is a process {child_pid} already; choose another pid for {name}")
    if len(pins.inherited(parent)) > len(machine.free) or limits.refuses_fork(machine, parent):
        return (yield from limits.refused(machine, pid, "fork"))
    protected, pages = write_protected(parent)
    protected, kept = pins.kept(parent, protected)
    if pages - kept:
        parent = replace(parent, table=protected)
        machine = machine.with_process(parent)
        yield Change(WriteProtected(pid, pages - kept), machine)
    machine, copies = yield from pins.copied(machine, parent)
    child = _child(machine, parent, child_pid, name)
    if parent.pins:
        table = child.table.updated((vpn, None) for vpn in parent.pins).updated(copies)
        child = replace(child, table=table)
    machine = frames.mapped(machine.with_process(child), child.table.pfns())
    machine = swap.shared(machine, (slot for _, slot in child.swapped.items()))
    yield Change(Forked(pid, child_pid, len(child.table)), machine)
    return machine


def write_protected(process: Process) -> tuple[PageTable, int]:
    """Return the page table after fork took the W of every private page that the child will map too; and how many."""
    table, pages = process.table, 0
    for vma in process.vmas:
        if vma.is_private_writable and vma.is_inherited:
            table, more = table.write_protected(vma.start, vma.end)
            pages += more
    return table, pages


def _child(machine: Machine, parent: Process, pid: int, name: str) -> Process:
    """The child as fork makes it: no counters, its page table sharing the parent's leaves."""
    table, swapped = parent.table, parent.swapped
    for vma in parent.vmas:
        if not (_copies(machine, vma) and vma.is_inherited):
            table = table.without_range(vma.start, vma.end)
            swapped = swapped.without_range(vma.start, vma.end)
        elif machine.wants_notice(vma):  # mm/memory.c: __copy_present_ptes
            table = table.cleaned(vma.start, vma.end)
    kept = [vma for vma in parent.vmas if vma.is_inherited and _copies(machine, vma)]
    numbers = {number for vma in kept for number in table.tables if vma.start >> BITS <= number <= vma.end - 1 >> BITS}
    table = table.without_tables(table.tables - numbers)
    vmas = merging.inherited(parent.vmas)
    guards = frozenset(vpn for vpn in parent.guards if any(vpn in vma for vma in vmas if vma.is_inherited))
    return Process(pid, name, parent.pid, vmas, table, guards=guards, swapped=swapped, limit=parent.limit)


def _copies(machine: Machine, vma: Vma) -> bool:
    """Whether fork copies a region's entries, as it must where no fault can rebuild them (vma_needs_copy)."""
    return vma.has_private or vma.guarded or machine.profile.fork_copies_all


def exit(machine: Machine, pid: int, status: str = "exited 0") -> Changes:  # noqa: A001 - the system call's own verb
    """End a process: its regions and PTEs go, frames that only it had are free; it is a zombie until waited for.

    Its threads end before it. A thread ends alone, but a signal (``status`` says killed) ends all of its process.
    """
    process = machine.running(pid)
    if process.thread_of is not None and status.startswith("killed"):
        process = machine.process(process.thread_of)
    for task in tasks(machine, process):
        machine, freed = exit_address_space(machine, task.pid, status)
        yield Change(Exited(task.pid, status, freed), machine)
    return machine


def wait(machine: Machine, pid: int, child_pid: int) -> Changes:
    """Take the status of a child that has exited; MisuseError where it lives, is another's, or was waited for."""
    parent, child = machine.running(pid), machine.processes.get(child_pid)
    if child is None or child.parent != pid:
        raise MisuseError(f"{parent.name} has no child {child_pid}")
    if child.is_alive:
        raise MisuseError(f"{child.name} is still running; let it exit before {parent.name} waits for it")
    if child.reaped:
        raise MisuseError(f"{parent.name} has waited for {child.name} already")
    machine = machine.with_process(replace(child, reaped=True))
    yield Change(Waited(pid, child_pid), machine)
    return machine
