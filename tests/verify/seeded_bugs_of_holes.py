"""Bugs put into the simulator: calls over holes, rights, errors, what lies beyond a file's end, mremap, tables."""

from __future__ import annotations

from dataclasses import replace

from seeded import Bugs

from cowviz.memory import access, page_fault, resolvers
from cowviz.memory.calls import advice, mapping, moving, processes
from cowviz.memory.process import Process
from cowviz.memory.rare import huge, swap
from cowviz.memory.tables.page_table import PageTable
from cowviz.memory.tables.pte import Prot
from cowviz.verify import simulator_backend

BUGS = Bugs()


def _before_a_hole(real):
    def careful(process, start, pages, error="ENOMEM"):
        found = real(process, start, pages, error)
        end = advice.first_hole(found, start)
        return tuple(vma for vma in found if vma.end <= end)

    return careful


@BUGS.seed
def advice_stops_at_a_hole(patch):
    patch.setattr(advice, "regions_of", _before_a_hole(advice.regions_of))


@BUGS.seed
def advice_over_a_hole_is_no_error(patch):
    patch.setattr(advice, "first_hole", lambda inside, start: 1 << 40)


@BUGS.seed
def mprotect_passes_over_a_hole(patch):
    patch.setattr(mapping, "first_hole", lambda inside, start: inside[-1].end)


@BUGS.seed
def mprotect_over_a_hole_does_nothing(patch):
    patch.setattr(mapping, "first_hole", lambda inside, start: start)


@BUGS.seed
def mlock_fills_in_up_to_a_hole(patch):
    real = processes.mlock

    def mlock(machine, pid, start, pages):
        end = advice.first_hole(advice.regions_of(machine.process(pid), start, pages), start)
        machine = yield from advice.populated(machine, pid, start, end - start)
        return (yield from real(machine, pid, start, pages))

    patch.setattr(processes, "mlock", mlock)


@BUGS.seed
def mlock_locks_nothing_before_a_hole(patch):
    real = processes.mlock

    def mlock(machine, pid, start, pages):
        vmas = machine.process(pid).vmas
        end = advice.first_hole(advice.regions_of(machine.process(pid), start, pages), start)
        machine = yield from real(machine, pid, start, pages)
        return (
            machine
            if end == start + pages
            else replace(machine, processes={**machine.processes, pid: replace(machine.process(pid), vmas=vmas)})
        )

    patch.setattr(processes, "mlock", mlock)


@BUGS.seed
def write_alone_is_read_and_write(patch):
    patch.setattr(Prot, "is_write_only", property(lambda self: False))


@BUGS.seed
def guards_refuse_before_rights(patch):
    real = advice._populate

    def populate(machine, pid, start, pages, word):
        if any(vpn in machine.process(pid).guards for vpn in range(start, start + pages)):
            return (yield from advice.refused(machine, pid, "madvise", "EFAULT"))
        return (yield from real(machine, pid, start, pages, word))

    patch.setattr(advice, "_populate", populate)


@BUGS.seed
def populating_does_not_mind_rights(patch):
    patch.setattr(access, "refuses", lambda *_: None)


@BUGS.seed
def what_is_locked_may_be_advised(patch):
    patch.setattr(advice, "NOT_OF_LOCKED", ())


@BUGS.seed
def files_can_be_wiped_on_fork(patch):
    patch.setattr(advice, "_is_unfit", lambda vma, word: vma.locked and word in advice.NOT_OF_LOCKED)


@BUGS.seed
def mremap_takes_the_first_region(patch):
    real = moving.regions_of
    patch.setattr(moving, "regions_of", lambda *a, **k: real(*a, **k)[:1])


@BUGS.seed
def mremap_closes_holes(patch):
    real = moving._moved
    patch.setattr(moving, "_moved", lambda m, pid, vma, to, *more: real(m, pid, vma, to - (vma.start % 512 > 2), *more))


@BUGS.seed
def mapped_around_without_a_page_table(patch):
    patch.setattr(resolvers, "_is_too_early", lambda machine, fault: False)


@BUGS.seed
def a_page_is_read_from_disk_alone(patch):
    patch.setattr(simulator_backend, "READAHEAD", 1)


@BUGS.seed
def a_refused_stack_leaves_no_trace(patch):
    patch.setattr(page_fault, "_after_stack_was_tried", lambda machine, *_: machine)


@BUGS.seed
def a_cut_region_keeps_its_huge_page(patch):
    real = huge.is_whole

    def is_whole(machine, process, vpn):
        joined = tuple(replace(vma, start=vma.start & ~511, end=(vma.end + 511) & ~511) for vma in process.vmas)
        return real(machine, replace(process, vmas=joined), vpn)

    patch.setattr(huge, "is_whole", is_whole)
    patch.setattr(Process, "with_cuts", lambda process: process)


@BUGS.seed
def old_huge_pages_stay_whole(patch):
    patch.setattr(huge, "split_in_part", lambda machine, *_: machine)


@BUGS.seed
def msync_lets_writers_be(patch):
    patch.setattr(
        processes, "msync", lambda machine, pid, start, pages: advice._populate(machine, pid, start, 0, "populate_read")
    )


@BUGS.seed
def mremap_that_keeps_moves_nothing_else(patch):
    patch.setattr(moving, "_kept", lambda process, part: process.vmas)


@BUGS.seed
def no_room_is_made_for_what_moves(patch):
    patch.setattr(moving, "_mapped_again", lambda m, process, *_: advice.refused(m, process.pid, "mremap", "EINVAL"))


@BUGS.seed
def regions_do_not_grow_in_place(patch):
    patch.setattr(moving, "_grown", lambda machine, pid, part, more: advice.refused(machine, pid, "mremap"))


@BUGS.seed
def pages_of_files_stay(patch):
    patch.setattr(swap, "_files_paged_out", lambda machine, *_: machine)


@BUGS.seed
def emptied_tables_are_gone(patch):
    patch.setattr(PageTable, "with_tables", lambda table, _: table)
    real = PageTable.without_range
    patch.setattr(
        PageTable, "without_range", lambda table, lo, hi=None: replace(real(table, lo, hi), tables=table.tables)
    )


@BUGS.seed
def a_region_that_is_one_again_has_its_huge_page_again(patch):
    patch.setattr(Process, "with_cuts", lambda process: process)


@BUGS.seed
def dontneed_never_frees_a_table(patch):
    patch.setattr(PageTable, "without_tables", lambda table, _: table)


@BUGS.seed
def fork_copies_no_empty_table(patch):
    real = processes._child

    def child(*arguments):
        process = real(*arguments)
        return replace(process, table=replace(process.table, tables=frozenset()))

    patch.setattr(processes, "_child", child)
