"""Hints to the kernel about pages that are mapped already: madvise and mlock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from cowviz.memory import access, merging
from cowviz.memory.address_space import cleared, covered, split_at
from cowviz.memory.changes import Change, Changes
from cowviz.memory.events import Access, Advised, FaultKind
from cowviz.memory.machine import Machine, MisuseError, Vma
from cowviz.memory.rare import swap
from cowviz.memory.rare.limits import refused


def madvise(machine: Machine, pid: int, start: int, pages: int, advice: str) -> Changes:
    """Give one of ``ADVICE`` about pages that have a region; MisuseError where they have none (mm/madvise.c)."""
    process = machine.running(pid)
    covered(process, start, pages)
    if advice not in ADVICE:
        raise MisuseError(f"no advice {advice!r}; there are: {', '.join(ADVICE)}")
    inside = split_at(process.vmas, start, start + pages)[1]
    locked = next((vma for vma in inside if vma.locked), None) if advice in NOT_OF_LOCKED else None
    if locked is not None:  # what lies before it has been advised by then
        if locked.start > start:
            machine = yield from madvise(machine, pid, start, locked.start - start, advice)
        return (yield from refused(machine, pid, "madvise", "EINVAL"))
    machine = ADVICE[advice](machine, pid, start, start + pages)
    yield Change(Advised(pid, start, pages, advice), machine)
    if advice == "pageout":
        machine = yield from swap.page_out(machine, pid, start, start + pages)
    if advice in POPULATES:
        machine = yield from access.populate(machine, pid, start, pages, POPULATES[advice])
        if why := access.refuses(machine, pid, start, pages, POPULATES[advice]):
            error = "EINVAL" if why is FaultKind.SEGV_ACCERR else "EFAULT"
            return (yield from refused(machine, pid, "madvise", error))
    return machine


def mlock(machine: Machine, pid: int, start: int, pages: int) -> Changes:
    """Fault all the pages in now. It is not inherited and does not prevent copy-on-write (mm/mlock.c).

    ENOMEM at the first page that cannot be had; the regions are locked nevertheless.
    """
    covered(machine.running(pid), start, pages)
    machine = _flagged(machine, pid, start, start + pages, locked=True)
    yield Change(Advised(pid, start, pages, "mlock"), machine)
    for vma in split_at(machine.process(pid).vmas, start, start + pages)[1]:
        machine = yield from populated(machine, pid, vma.start, vma.pages)
        if not machine.process(pid).is_alive:
            break
        if access.refuses(machine, pid, vma.start, vma.pages, _filled_by(vma)):
            return (yield from refused(machine, pid, "mlock"))
    return machine


def populated(machine: Machine, pid: int, start: int, pages: int) -> Changes:
    """Fault pages in as mlock and MAP_POPULATE do: private writable ones are written, so that CoW is broken too."""
    for vma in split_at(machine.process(pid).vmas, start, start + pages)[1]:
        if machine.process(pid).is_alive:
            machine = yield from access.populate(machine, pid, vma.start, vma.pages, _filled_by(vma))
    return machine


def _filled_by(vma: Vma) -> Access:
    return Access.WRITE if vma.is_private_writable else Access.READ


def _drop(machine: Machine, pid: int, start: int, end: int) -> Machine:
    """Private memory is zeroes, or the file, at the next touch; shared memory is as it was."""
    return cleared(machine, pid, start, end)[0]


def _nothing(machine: Machine, pid: int, start: int, end: int) -> Machine:
    return machine


def _wiped_on_fork(machine: Machine, pid: int, start: int, end: int) -> Machine:
    inside = split_at(machine.process(pid).vmas, start, end)[1]
    if any(vma.file is not None for vma in inside):
        raise MisuseError("wipeonfork is for private anonymous memory only")
    return _flagged(machine, pid, start, end, wipeonfork=True)


def _flagged(machine: Machine, pid: int, start: int, end: int, **flags: Any) -> Machine:
    """The regions of the range with other flags, cut where it begins and ends, or merged there."""
    process = machine.process(pid)
    vmas, _ = merging.modified(process.vmas, start, end, lambda vma: replace(vma, **flags))
    return machine.with_process(replace(process, vmas=vmas))


def _install_guards(machine: Machine, pid: int, start: int, end: int) -> Machine:
    """A guard stands in the page table alone, so fork must copy the entries of its region from now on.

    Anonymous memory counts as privately written as well (mm/madvise.c: madvise_guard_install).
    """
    machine = _drop(machine, pid, start, end)
    process = machine.process(pid)
    vmas = tuple(replace(v, guarded=True) if v.start < end and start < v.end else v for v in process.vmas)
    for vma in split_at(vmas, start, end)[1]:
        vmas = vmas if vma.file else merging.with_anon_vma(vmas, vma.start)
    return machine.with_process(replace(process, vmas=vmas, guards=process.guards.union(range(start, end))))


def _remove_guards(machine: Machine, pid: int, start: int, end: int) -> Machine:
    process = machine.process(pid)
    return machine.with_process(replace(process, guards=process.guards.difference(range(start, end))))


NOT_OF_LOCKED = ("dontneed", "pageout", "guard_install")
POPULATES = {"populate_read": Access.READ, "populate_write": Access.WRITE}

ADVICE: dict[str, Callable[[Machine, int, int, int], Machine]] = {
    "dontneed": _drop,
    "dontfork": partial(_flagged, dontfork=True),
    "dofork": partial(_flagged, dontfork=False),
    "wipeonfork": _wiped_on_fork,
    "keeponfork": partial(_flagged, wipeonfork=False),
    "populate_read": _nothing,
    "populate_write": _nothing,
    "pageout": _nothing,  # madvise goes on with it
    "hugepage": partial(_flagged, huge=True, nohuge=False),
    "nohugepage": partial(_flagged, huge=False, nohuge=True),
    "mergeable": partial(_flagged, mergeable=True),
    "guard_install": _install_guards,
    "guard_remove": _remove_guards,
}
