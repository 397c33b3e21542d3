"""Bugs put into the simulator, in addition to those of ``tests/memory/test_mutants.py``; the kernel tells each."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

from cowviz.kernel import simulated
from cowviz.memory import access, address_space, advice, mapping, page_fault, resolvers, syscalls
from cowviz.memory.events import Access, FaultKind
from cowviz.memory.profile import LINUX

MUTANTS = {}


def mutant(fn):
    MUTANTS[fn.__name__] = fn
    return fn


@mutant
def reading_takes_a_frame(patch):
    patch.setattr(simulated, "LINUX", replace(LINUX, zero_page=False))


@mutant
def fork_copies_every_pte(patch):
    patch.setattr(simulated, "LINUX", replace(LINUX, fork_copies_all=True))


@mutant
def no_fault_around(patch):
    patch.setattr(simulated, "LINUX", replace(LINUX, fault_around=1))


@mutant
def fault_around_starts_at_the_fault(patch):
    real = resolvers._cached_around
    patch.setattr(
        resolvers, "_cached_around", lambda m, fault: {v: p for v, p in real(m, fault).items() if v >= fault.vpn}
    )


@mutant
def a_private_write_leaves_no_trace(patch):
    """vma->anon_vma is never set."""
    real = resolvers._map_private

    def careless(machine, fault, pfn):
        vmas = machine.process(fault.pid).vmas
        machine = yield from real(machine, fault, pfn)
        return machine.with_process(replace(machine.process(fault.pid), vmas=vmas))

    patch.setattr(resolvers, "_map_private", careless)


@mutant
def wipeonfork_is_ignored(patch):
    patch.setitem(advice.ADVICE, "wipeonfork", advice._nothing)


@mutant
def dontfork_is_ignored(patch):
    patch.setitem(advice.ADVICE, "dontfork", advice._nothing)


@mutant
def dontfork_is_wipeonfork(patch):
    patch.setitem(advice.ADVICE, "dontfork", advice.ADVICE["wipeonfork"])


@mutant
def dontneed_is_ignored(patch):
    patch.setitem(advice.ADVICE, "dontneed", advice._nothing)


@mutant
def mlock_faults_nothing_in(patch):
    def nothing(machine, *_):
        yield from ()
        return machine

    patch.setattr(advice, "populated", nothing)


@mutant
def populate_only_reads(patch):
    real = access.populate
    patch.setattr(access, "populate", lambda m, pid, start, pages, _how: real(m, pid, start, pages, Access.READ))


@mutant
def guards_do_not_guard(patch):
    patch.setitem(advice.ADVICE, "guard_install", advice._drop)


@mutant
def guards_are_not_inherited(patch):
    real = syscalls._child
    patch.setattr(syscalls, "_child", lambda *a: replace(real(*a), guards=frozenset()))


@mutant
def ftruncate_keeps_the_ptes(patch):
    patch.setattr(mapping, "cleared", lambda machine, *_: (machine, ()))


@mutant
def mremap_forgets_the_pages(patch):
    real = mapping.mremap

    def forgetful(machine, pid, start, pages, to):
        machine = yield from real(machine, pid, start, pages, to)
        return address_space.cleared(machine, pid, to, to + pages)[0]

    patch.setattr(syscalls, "mremap", forgetful)


@mutant
def beyond_the_end_is_a_segv(patch):
    real = page_fault.classify
    swap = {FaultKind.BUS_ADRERR: FaultKind.SEGV_MAPERR}
    patch.setattr(page_fault, "classify", lambda *a: swap.get(kind := real(*a), kind))


@mutant
def the_dead_still_own_their_frames(patch):
    frames = address_space.frames
    stand_in = SimpleNamespace(**(vars(frames) | {"unmapped": lambda machine, _pfns: (machine, ())}))
    patch.setattr(address_space, "frames", stand_in)


@mutant
def fatal_faults_are_counted(patch):
    real = page_fault.handle

    def handle(machine, pid, vpn, how):
        fatal = page_fault.classify(machine, pid, vpn, how).is_fatal
        machine = yield from real(machine, pid, vpn, how)
        return resolvers.counted(machine, pid, minor=1) if fatal or how is Access.READ else machine

    patch.setattr(page_fault, "handle", handle)


@mutant
def mprotect_forgets_what_it_took(patch):
    """Rights come back to the PTE only by a fault."""
    real = mapping.mprotect

    def mprotect(machine, pid, start, pages, prot):
        machine = yield from real(machine, pid, start, pages, prot)
        process = machine.process(pid)
        table = process.table.map_values(lambda pte: pte._replace(prot=pte.prot & ~2), start, start + pages)
        return machine.with_process(replace(process, table=table))

    patch.setattr(syscalls, "mprotect", mprotect)
