"""Bugs of what more than one process has to do with, and of swap."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

from seeded import Bugs

from cowviz.memory import address_space, frames
from cowviz.memory.calls import processes
from cowviz.memory.machine import Machine
from cowviz.memory.rare import swap
from cowviz.memory.tables.radix import Radix

BUGS = Bugs()


@BUGS.seed
def threads_have_page_tables_of_their_own(patch):
    patch.setattr(Machine, "with_process", lambda m, p: replace(m, processes={**m.processes, p.pid: p}))


@BUGS.seed
def the_process_ends_and_its_threads_do_not(patch):
    patch.setattr(processes, "tasks", lambda machine, process: [process])


@BUGS.seed
def the_first_to_go_takes_the_shared_memory_along(patch):
    patch.setattr(Machine, "sharers", lambda machine, process: [])


@BUGS.seed
def fork_forgets_the_owners_in_swap(patch):
    patch.setattr(processes, "swap", SimpleNamespace(shared=lambda machine, slots: machine))


@BUGS.seed
def fork_leaves_swap_entries_out(patch):
    real = processes._child
    patch.setattr(processes, "_child", lambda *a: replace(real(*a), swapped=Radix()))


@BUGS.seed
def swap_loses_what_pages_held(patch):
    real = swap.brought_in

    def brought_in(machine, number):
        machine, pfn = real(machine, number)
        return frames.with_content(machine, pfn, ()), pfn

    patch.setattr(swap, "brought_in", brought_in)


@BUGS.seed
def swapped_pages_come_back_as_the_writers_own(patch):
    patch.setattr(swap, "is_sole", lambda machine, pfn: True)


@BUGS.seed
def swapped_pages_come_back_read_only(patch):
    real = swap.slot_of
    patch.setattr(swap, "slot_of", lambda machine, number: real(machine, number)._replace(exclusive=False))


@BUGS.seed
def munmap_leaves_the_swap_slots(patch):
    patch.setattr(address_space, "swap", SimpleNamespace(dropped=lambda machine, slots: (machine, ())))


@BUGS.seed
def mremap_leaves_pages_in_swap_behind(patch):
    real = processes.mremap

    def forgetful(machine, pid, *where):
        swapped = machine.process(pid).swapped
        machine = yield from real(machine, pid, *where)
        return machine.with_process(replace(machine.process(pid), swapped=swapped))

    patch.setattr(processes, "mremap", forgetful)
