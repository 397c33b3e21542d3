"""Bugs put into the simulator, in addition to those of ``tests/memory/paging_bugs.py``; the kernel tells each."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

from seeded import Bugs

from cowviz.memory import access, address_space, merging, page_fault, resolvers
from cowviz.memory.calls import advice, mapping, moving, processes
from cowviz.memory.events import Access, FaultKind
from cowviz.memory.profile import LINUX
from cowviz.memory.tables.page_table import PageTable
from cowviz.verify import simulator_backend

BUGS = Bugs()


@BUGS.seed
def reading_takes_a_frame(patch):
    patch.setattr(simulator_backend, "LINUX", replace(LINUX, zero_page=False))


@BUGS.seed
def fork_copies_every_pte(patch):
    patch.setattr(simulator_backend, "LINUX", replace(LINUX, fork_copies_all=True))


@BUGS.seed
def no_fault_around(patch):
    patch.setattr(simulator_backend, "LINUX", replace(LINUX, fault_around=1))


@BUGS.seed
def fault_around_starts_at_the_fault(patch):
    real = resolvers._cached_around
    patch.setattr(
        resolvers, "_cached_around", lambda m, fault: {v: p for v, p in real(m, fault).items() if v >= fault.vpn}
    )


@BUGS.seed
def a_private_write_leaves_no_trace(patch):
    """vma->anon_vma is never set."""
    real = resolvers._map_private

    def careless(machine, fault, pfn):
        vmas = machine.process(fault.pid).vmas
        machine = yield from real(machine, fault, pfn)
        return machine.with_process(replace(machine.process(fault.pid), vmas=vmas))

    patch.setattr(resolvers, "_map_private", careless)


@BUGS.seed
def wipeonfork_is_ignored(patch):
    patch.setitem(advice.ADVICE, "wipeonfork", advice._nothing)


@BUGS.seed
def dontfork_is_ignored(patch):
    patch.setitem(advice.ADVICE, "dontfork", advice._nothing)


@BUGS.seed
def dontfork_is_wipeonfork(patch):
    patch.setitem(advice.ADVICE, "dontfork", advice.ADVICE["wipeonfork"])


@BUGS.seed
def dontneed_is_ignored(patch):
    patch.setitem(advice.ADVICE, "dontneed", advice._nothing)


@BUGS.seed
def mlock_faults_nothing_in(patch):
    def nothing(machine, *_):
        yield from ()
        return machine

    patch.setattr(advice, "populated", nothing)


@BUGS.seed
def populate_only_reads(patch):
    real = access.populate
    patch.setattr(access, "populate", lambda m, pid, start, pages, _how: real(m, pid, start, pages, Access.READ))


@BUGS.seed
def guards_do_not_guard(patch):
    patch.setitem(advice.ADVICE, "guard_install", advice._drop)


@BUGS.seed
def guards_are_not_inherited(patch):
    real = processes._child
    patch.setattr(processes, "_child", lambda *a: replace(real(*a), guards=frozenset()))


@BUGS.seed
def ftruncate_keeps_the_ptes(patch):
    patch.setattr(mapping, "cleared", lambda machine, *_: (machine, ()))


@BUGS.seed
def mremap_forgets_the_pages(patch):
    real = moving.mremap

    def forgetful(machine, pid, start, pages, to, *more):
        machine = yield from real(machine, pid, start, pages, to, *more)
        return address_space.cleared(machine, pid, to, to + pages)[0]

    patch.setattr(processes, "mremap", forgetful)


@BUGS.seed
def beyond_the_end_is_a_segv(patch):
    real = page_fault.classify
    swap = {FaultKind.BUS_ADRERR: FaultKind.SEGV_MAPERR}
    patch.setattr(page_fault, "classify", lambda *a: swap.get(kind := real(*a), kind))


@BUGS.seed
def the_dead_still_own_their_frames(patch):
    frames = address_space.frames
    stand_in = SimpleNamespace(**(vars(frames) | {"unmapped": lambda machine, _pfns: (machine, ())}))
    patch.setattr(address_space, "frames", stand_in)


@BUGS.seed
def fatal_faults_are_counted(patch):
    real = page_fault.handle

    def handle(machine, pid, vpn, how):
        fatal = page_fault.classify(machine, pid, vpn, how).is_fatal
        machine = yield from real(machine, pid, vpn, how)
        return resolvers.counted(machine, pid, minor=1) if fatal or how is Access.READ else machine

    patch.setattr(page_fault, "handle", handle)


@BUGS.seed
def mprotect_forgets_what_it_took(patch):
    """Rights come back to the PTE only by a fault."""
    real = mapping.mprotect

    def mprotect(machine, pid, start, pages, prot):
        machine = yield from real(machine, pid, start, pages, prot)
        process = machine.process(pid)
        table = process.table.map_values(lambda pte: pte._replace(prot=pte.prot & ~2), start, start + pages)
        return machine.with_process(replace(process, table=table))

    patch.setattr(processes, "mprotect", mprotect)


@BUGS.seed
def never_merges(patch):
    patch.setattr(merging, "_fits", lambda vma, above: False)


@BUGS.seed
def merging_forgets_private_pages(patch):
    patch.setattr(merging, "_joined", lambda vma, above: replace(vma, end=above.end))


@BUGS.seed
def merging_forgets_guards(patch):
    real = merging._joined
    patch.setattr(merging, "_joined", lambda vma, above: replace(real(vma, above), guarded=vma.guarded))


@BUGS.seed
def guards_merge_with_guards_only(patch):
    real = merging._fits
    patch.setattr(merging, "_fits", lambda vma, above: vma.guarded == above.guarded and real(vma, above))


@BUGS.seed
def forked_regions_merge_as_others(patch):
    real = merging.inherited
    patch.setattr(merging, "inherited", lambda vmas: tuple(replace(vma, forked=False) for vma in real(vmas)))


@BUGS.seed
def a_child_has_its_parents_anon_vmas(patch):
    real = merging.inherited
    patch.setattr(merging, "inherited", lambda vmas: tuple(replace(vma, anon_vma=0) for vma in real(vmas)))


@BUGS.seed
def every_region_has_an_anon_vma_of_its_own(patch):
    patch.setattr(merging, "_could_fit", lambda vma, above: False)


@BUGS.seed
def all_regions_have_one_anon_vma(patch):
    real = merging.with_anon_vma
    patch.setattr(
        merging, "with_anon_vma", lambda vmas, vpn: tuple(replace(vma, anon_vma=0) for vma in real(vmas, vpn))
    )


@BUGS.seed
def what_was_promised_is_forgotten(patch):
    patch.setattr(mapping, "_protected", lambda vma, prot: replace(vma, prot=prot))


@BUGS.seed
def guards_in_files_give_an_anon_vma(patch):
    real = advice._install_guards

    def install(machine, pid, start, end):
        machine = real(machine, pid, start, end)
        process = machine.process(pid)
        return machine.with_process(replace(process, vmas=merging.with_anon_vma(process.vmas, start)))

    patch.setitem(advice.ADVICE, "guard_install", install)


@BUGS.seed
def guards_are_mapped_around(patch):
    real = resolvers._cached_around

    def around(machine, fault):
        return real(machine.with_process(replace(machine.process(fault.pid), guards=frozenset())), fault)

    patch.setattr(resolvers, "_cached_around", around)


@BUGS.seed
def entries_have_no_dirty_bit(patch):
    real = mapping.mprotect

    def mprotect(machine, pid, start, pages, prot):
        process = machine.process(pid)
        clean = process.table.map_values(lambda pte: pte._replace(dirty=False))
        return (yield from real(machine.with_process(replace(process, table=clean)), pid, start, pages, prot))

    patch.setattr(processes, "mprotect", mprotect)


@BUGS.seed
def fork_leaves_entries_dirty(patch):
    patch.setattr(PageTable, "cleaned", lambda table, lo, hi: table)


@BUGS.seed
def only_faults_make_dirty(patch):
    patch.setattr(access, "_dirtied", lambda machine, pid, vpn: machine)
