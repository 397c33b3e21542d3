"""The kernel's side of an access that the hardware refused: say why, resolve it, or send a signal.

``classify`` is the decision alone; ``handle`` acts on it, one change per sentence of the lecture. What each kind
means, and whether it is minor, major or fatal, stands in ``events.FaultKind``.
"""

from __future__ import annotations

from dataclasses import replace

from cowviz.memory import frames, merging
from cowviz.memory.address_space import exit_address_space
from cowviz.memory.changes import Change, Changes
from cowviz.memory.events import Access, Exited, FaultKind, FaultRaised, OutOfMemory, Severity, SignalSent
from cowviz.memory.machine import ZERO_PFN, Machine, Process, Prot, Pte, Section, Vma
from cowviz.memory.measures import rss
from cowviz.memory.rare import huge, swap
from cowviz.memory.resolvers import RESOLVERS, Fault, counted, maps_zero_page, with_cached_around, with_private

NEEDS = {Access.READ: Prot.R, Access.WRITE: Prot.W, Access.EXEC: Prot.X}
STACK_GAP = 256  # pages that a stack keeps from a region below it that may be touched
STACK_LIMIT = 2048  # pages of a stack at most: RLIMIT_STACK, 8 MiB unless changed
OOM_STATUS = "killed by SIGKILL (out of memory)"


def allows(pte: Pte, access: Access) -> bool:
    """Return whether the hardware lets the access through without asking the kernel."""
    return bool(pte.prot & NEEDS[access])


def classify(machine: Machine, pid: int, vpn: int, access: Access) -> FaultKind:
    """Return why the PTE of ``vpn`` refuses this access, to be asked only where it does.

    Source: arch/x86/mm/fault.c: do_user_addr_fault, mm/memory.c: handle_pte_fault.
    """
    process = machine.process(pid)
    vma = process.vma(vpn) or _stack_above(process, vpn)
    if vma is None or vpn in process.guards:
        return FaultKind.SEGV_MAPERR
    if not vma.prot & NEEDS[access]:
        return FaultKind.SEGV_ACCERR
    if vpn not in vma:
        return FaultKind.STACK_GROWTH
    pte = process.pte(vpn)
    if pte is not None:
        return write_kind(machine, process, vma, pte)
    if (slot := process.swapped.get(vpn)) is not None:
        return FaultKind.SWAP_IN if swap.slot_of(machine, slot).pfn is None else FaultKind.SWAP_CACHED
    if vma.file is not None:
        return _file_page_absent(machine, vma, vma.file, vpn, access)
    reads_zeroes = machine.profile.zero_page and access is not Access.WRITE
    return FaultKind.ZERO_PAGE if reads_zeroes else FaultKind.DEMAND_ZERO


def write_kind(machine: Machine, process: Process, vma: Vma, pte: Pte) -> FaultKind:
    """Return what a write to a mapped page takes that its PTE does not let through."""
    kind = _write_protected(machine, vma, pte)
    is_shared = kind is FaultKind.COW_REUSE and huge.is_folio_shared(machine, process, pte.pfn)
    return FaultKind.COW_COPY if is_shared else kind


def handle(machine: Machine, pid: int, vpn: int, access: Access) -> Changes:
    """Raise the fault and resolve it; the caller then retries the access.

    After a fatal one the process has had its signal and still lives: who called decides. Where memory ran out it may
    have been killed itself. What is counted is the fault as raised: frames freed meanwhile may make a copy a reuse.
    """
    kind = classify(machine, pid, vpn, access)
    machine = counted(machine, pid, minor=kind.severity is Severity.MINOR, major=kind.severity is Severity.MAJOR)
    yield Change(FaultRaised(pid, vpn, access, kind, machine.process(pid).pte(vpn) is not None), machine)
    if kind.is_fatal:
        machine = after_failed_fault(machine, pid, vpn, access)
        signal = "SIGBUS" if kind is FaultKind.BUS_ADRERR else "SIGSEGV"
        yield Change(SignalSent(pid, signal, vpn), machine)
        return machine
    while _frames_wanted(machine, fault := _fault(machine, pid, vpn, access)) > len(machine.free):
        if swap.is_reclaimable(machine):
            machine = yield from swap.reclaim(machine, pid)
            continue
        machine = yield from _kill_largest(machine, pid)
        if not machine.process(pid).is_alive:
            return machine
    return (yield from RESOLVERS[fault.kind](machine, fault))


def after_failed_fault(machine: Machine, pid: int, vpn: int, access: Access) -> Machine:
    """Return what a fault beyond a file's end leaves behind, which is found out last (do_read_fault, do_cow_fault).

    A read has mapped the cached pages around by then; a private write has made its region one that fork copies.
    """
    process = machine.process(pid)
    above = None if process.vma(vpn) else _stack_over(process, vpn)
    if above is not None:
        return _after_stack_was_tried(machine, process, above, vpn)
    fault = _fault(machine, pid, vpn, access) if machine.process(pid).vma(vpn) else None
    if fault is None or fault.kind is not FaultKind.BUS_ADRERR:
        return machine
    return with_private(machine, fault) if fault.wants_copy else with_cached_around(machine, fault)


def _after_stack_was_tried(machine: Machine, process: Process, stack: Vma, vpn: int) -> Machine:
    """The stack may have private pages before its size is looked at, and has grown before its rights are.

    Source: mm/vma.c: expand_downwards, mm/mmap_lock.c: lock_mm_and_find_vma.
    """
    vmas = merging.with_anon_vma(process.vmas, stack.start)
    if _stack_above(process, vpn):
        vmas = tuple(replace(vma, start=vpn) if vma.start == stack.start else vma for vma in vmas)
    return machine.with_process(replace(process, vmas=vmas))


def _write_protected(machine: Machine, vma: Vma, pte: Pte) -> FaultKind:
    """A write met a read-only PTE in a writable region (mm/memory.c: do_wp_page).

    Merged frames are copied even for the last owner; an entry in swap is an owner too.
    """
    if vma.shared:
        return FaultKind.FILE_MAPPED
    if pte.pfn == ZERO_PFN:
        return FaultKind.DEMAND_ZERO
    frame = machine.frames.get(pte.pfn)
    assert frame is not None, f"frame {pte.pfn} is mapped and free"
    is_kept = frame.cached_page is not None or frame.tag.ksm or frame.tag.slot is not None
    return FaultKind.COW_COPY if frame.mapcount > 1 or is_kept else FaultKind.COW_REUSE


def _file_page_absent(machine: Machine, vma: Vma, file: str, vpn: int, access: Access) -> FaultKind:
    """No PTE in a file's region (mm/memory.c: do_read_fault, do_cow_fault, do_shared_fault).

    A page that must be read from the disk makes the fault major, whatever else it does: a private write to it reads
    and copies in one fault.
    """
    offset = vma.offset(vpn)
    if offset >= len(machine.files[file].contents):
        return FaultKind.BUS_ADRERR
    if machine.files[file].on_disk and frames.cached(machine, file, offset) is None:
        return FaultKind.FILE_READ
    return FaultKind.COW_COPY if access is Access.WRITE and not vma.shared else FaultKind.FILE_MAPPED


def _stack_above(process: Process, vpn: int) -> Vma | None:
    """The stack that may grow down to ``vpn``."""
    above = _stack_over(process, vpn)
    return None if above is None or above.end - vpn > STACK_LIMIT else above


def _stack_over(process: Process, vpn: int) -> Vma | None:
    """The stack, however large it would be, where no region lies between (mm/vma.c: expand_downwards)."""
    above = next((vma for vma in process.vmas if vma.start > vpn), None)
    if above is None or above.section is not Section.STACK or above.shared:
        return None
    below = next((vma for vma in reversed(process.vmas) if vma.end <= vpn), None)
    if below is None or below.section is Section.STACK or below.prot == Prot.NONE:
        return above
    return above if vpn - below.end >= STACK_GAP else None


def _fault(machine: Machine, pid: int, vpn: int, access: Access) -> Fault:
    process = machine.process(pid)
    vma = process.vma(vpn) or _stack_above(process, vpn)
    assert vma is not None, "a fatal fault has nothing to resolve"
    return Fault(pid, vpn, access, classify(machine, pid, vpn, access), vma, process.pte(vpn))


def _frames_wanted(machine: Machine, fault: Fault) -> int:
    """How many free frames resolving takes."""
    if fault.kind is FaultKind.COW_REUSE:
        return 0
    if fault.kind in (FaultKind.SWAP_IN, FaultKind.SWAP_CACHED):
        return swap.frames_wanted(machine, machine.process(fault.pid), fault.vpn, is_write=fault.is_write)
    if fault.vma.file is None:
        return 0 if maps_zero_page(machine, fault) else 1
    fills = not fault.pte and frames.cached(machine, fault.vma.file, fault.vma.offset(fault.vpn)) is None
    return fills + fault.wants_copy


def _kill_largest(machine: Machine, pid: int) -> Changes:
    """No frame is free: the living process with the most of them dies, on a tie the one that asked (mm/oom_kill.c)."""
    victim = max(machine.living(), key=lambda process: (rss(process), process.pid == pid))
    yield Change(OutOfMemory(pid, victim.pid), machine)
    for process in (*machine.sharers(victim), victim):  # whoever shares its memory dies too
        machine, freed = exit_address_space(machine, process.pid, OOM_STATUS)
        yield Change(Exited(process.pid, OOM_STATUS, freed), machine)
    return machine
