"""Hints to the kernel about pages that are mapped already: madvise and mlock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from cowviz.memory import access, merging
from cowviz.memory.address_space import cleared, first_hole, regions_of, split_at
from cowviz.memory.changes import Change, Changes
from cowviz.memory.events import Access, Advised
from cowviz.memory.machine import Machine, MisuseError, Prot, Vma
from cowviz.memory.rare import huge, swap
from cowviz.memory.rare.limits import refused
from cowviz.memory.tables.levels import BITS


def madvise(machine: Machine, pid: int, start: int, pages: int, advice: str) -> Changes:
    """Give one of ``ADVICE`` about pages (mm/madvise.c: madvise_walk_vmas).

    A hole is ENOMEM, once the regions on both sides of it have been advised; a region that the advice is not for is
    EINVAL, once those before it have been. Raises MisuseError where none of the pages has a region.
    """
    inside = regions_of(machine.running(pid), start, pages)
    if advice not in ADVICE:
        raise MisuseError(f"no advice {advice!r}; there are: {', '.join(ADVICE)}")
    if advice in POPULATES:
        return (yield from _populate(machine, pid, start, pages, advice))
    error = "ENOMEM" if first_hole(inside, start) < start + pages else None
    unfit = next((i for i, vma in enumerate(inside) if _is_unfit(vma, advice)), None)
    if unfit is not None:
        error, inside = "EINVAL", inside[:unfit]
    for vma in inside:
        machine = ADVICE[advice](machine, pid, vma.start, vma.end)
    if inside:
        end = inside[-1].end if unfit is not None else start + pages
        yield Change(Advised(pid, start, end - start, advice), machine)
    if advice == "pageout":
        for vma in inside:
            machine = yield from swap.page_out(machine, pid, vma.start, vma.end)
    return (yield from refused(machine, pid, "madvise", error)) if error else machine


def _is_unfit(vma: Vma, advice: str) -> bool:
    """Whether this advice about a region is EINVAL (mm/madvise.c: can_madv_lru_vma, madvise_vma_behavior)."""
    only_anonymous = advice in ("wipeonfork", "free") and vma.file is not None
    return only_anonymous or (vma.locked and advice in NOT_OF_LOCKED)


def _populate(machine: Machine, pid: int, start: int, pages: int, advice: str) -> Changes:
    """Fault pages in as by accesses, region by region, up to the first that cannot be had (madvise_populate).

    ENOMEM where no region is, EINVAL where it does not allow the access, EFAULT at a guard or beyond a file's end.
    """
    how, at = POPULATES[advice], start
    yield Change(Advised(pid, start, pages, advice), machine)
    for vma in split_at(machine.process(pid).vmas, start, start + pages)[1]:
        allowed = vma.prot & Prot.W if how is Access.WRITE else vma.prot & Prot.R and not vma.write_only
        if vma.start > at or not allowed:
            break
        machine = yield from access.populate(machine, pid, vma.start, vma.pages, how)
        if access.refuses(machine, pid, vma.start, vma.pages, how):
            return (yield from refused(machine, pid, "madvise", "EFAULT"))
        if not machine.process(pid).is_alive:
            return machine
        at = vma.end
    if at == start + pages:
        return machine
    return (yield from refused(machine, pid, "madvise", "EINVAL" if machine.process(pid).vma(at) else "ENOMEM"))


def mlock(machine: Machine, pid: int, start: int, pages: int) -> Changes:
    """Fault all the pages in now. It is not inherited and does not prevent copy-on-write (mm/mlock.c).

    ENOMEM at the first page that cannot be had; the regions are locked nevertheless. A hole is ENOMEM before any page
    is faulted in; the regions up to it are locked. Raises MisuseError where none of the pages has a region.
    """
    end = first_hole(regions_of(machine.running(pid), start, pages), start)
    if end > start:
        machine = _flagged(machine, pid, start, end, locked=True)
        yield Change(Advised(pid, start, end - start, "mlock"), machine)
    if end < start + pages:
        return (yield from refused(machine, pid, "mlock"))
    for vma in split_at(machine.process(pid).vmas, start, end)[1]:
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
    """Private memory is zeroes, or the file, at the next touch; shared memory is as it was.

    Lowest tables go that have no other page (since Linux 6.14, mm/pt_reclaim.c).
    """
    machine = cleared(machine, pid, start, end)[0]
    process = machine.process(pid)
    table = process.table.without_tables(range(-(-start >> BITS), end >> BITS))
    return machine.with_process(replace(process, table=table))


def _free(machine: Machine, pid: int, start: int, end: int) -> Machine:
    """What is in swap is gone; frames are taken only when memory runs short (mm/madvise.c: madvise_free_pte_range)."""
    machine = huge.split_in_part(machine, machine.process(pid), start, end)
    slots = [vpn for vpn, _ in machine.process(pid).swapped.items(start, end)]
    for vpn in slots:
        machine, _ = cleared(machine, pid, vpn, vpn + 1)
    return machine


def _cold(machine: Machine, pid: int, start: int, end: int) -> Machine:
    """Which pages are old no page table tells; huge pages of which only a part is, are split."""
    return huge.split_in_part(machine, machine.process(pid), start, end)


def _nothing(machine: Machine, pid: int, start: int, end: int) -> Machine:
    return machine


def _mergeable(machine: Machine, pid: int, start: int, end: int) -> Machine:
    """Shared memory is never merged, and not marked (mm/ksm.c: vma_ksm_compatible)."""
    vma = machine.process(pid).vma(start)
    return machine if vma is None or vma.shared else _flagged(machine, pid, start, end, mergeable=True)


def _flagged(machine: Machine, pid: int, start: int, end: int, **flags: Any) -> Machine:
    """The regions of the range with other flags, cut where it begins and ends, or merged there."""
    process = machine.process(pid)
    vmas, _ = merging.modified(process.vmas, start, end, lambda vma: replace(vma, **flags))
    return machine.with_process(replace(process, vmas=vmas))


def _install_guards(machine: Machine, pid: int, start: int, end: int) -> Machine:
    """A guard stands in the page table alone, so fork must copy the entries of its region from now on.

    Anonymous memory counts as privately written as well (mm/madvise.c: madvise_guard_install).
    """
    machine = cleared(machine, pid, start, end)[0]
    process = machine.process(pid)
    vmas = tuple(replace(v, guarded=True) if v.start < end and start < v.end else v for v in process.vmas)
    for vma in split_at(vmas, start, end)[1]:
        vmas = vmas if vma.file else merging.with_anon_vma(vmas, vma.start)
    return machine.with_process(replace(process, vmas=vmas, guards=process.guards.union(range(start, end))))


def _remove_guards(machine: Machine, pid: int, start: int, end: int) -> Machine:
    process = machine.process(pid)
    gone = process.guards.intersection(range(start, end))
    table = process.table.with_tables(vpn >> BITS for vpn in gone)
    return machine.with_process(replace(process, guards=process.guards - gone, table=table))


NOT_OF_LOCKED = ("dontneed", "free", "cold", "pageout", "guard_install")
POPULATES = {"populate_read": Access.READ, "populate_write": Access.WRITE}

ADVICE: dict[str, Callable[[Machine, int, int, int], Machine]] = {
    "dontneed": _drop,
    "dontfork": partial(_flagged, dontfork=True),
    "dofork": partial(_flagged, dontfork=False),
    "wipeonfork": partial(_flagged, wipeonfork=True),
    "keeponfork": partial(_flagged, wipeonfork=False),
    "populate_read": _nothing,
    "populate_write": _nothing,
    "pageout": _nothing,  # madvise goes on with it
    "hugepage": partial(_flagged, huge=True, nohuge=False),
    "nohugepage": partial(_flagged, huge=False, nohuge=True),
    "mergeable": _mergeable,
    "cold": _cold,
    "free": _free,
    "guard_install": _install_guards,
    "guard_remove": _remove_guards,
}
