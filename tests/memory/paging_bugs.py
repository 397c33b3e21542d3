"""Bugs of page tables, frames, fork and faults."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

from seeded import Bugs

from cowviz.memory import address_space, frames, page_fault, resolvers
from cowviz.memory.calls import mapping, processes
from cowviz.memory.events import FaultKind
from cowviz.memory.machine import Prot, Pte

BUGS = Bugs()


def stand_in(patch, module, **changed):
    """``module`` sees other functions of ``frames`` than the rest of the simulator."""
    patch.setattr(module, "frames", SimpleNamespace(**(vars(frames) | changed)))


@BUGS.seed
def fork_write_protects_nothing(patch):
    patch.setattr(processes, "write_protected", lambda process: (process.table, 0))


@BUGS.seed
def fork_write_protects_the_parent_only(patch):
    real = processes._child

    def child(machine, parent, pid, name):
        made = real(machine, parent, pid, name)
        for vma in made.vmas:
            if vma.is_private_writable:
                again = made.table.map_values(lambda pte: Pte(pte.pfn, pte.prot | Prot.W), vma.start, vma.end)
                made = replace(made, table=again)
        return made

    patch.setattr(processes, "_child", child)


@BUGS.seed
def fork_forgets_the_map_counts(patch):
    stand_in(patch, processes, mapped=lambda machine, pfns: machine)


@BUGS.seed
def fork_leaves_frames_exclusive(patch):
    def mapped(machine, pfns):
        pfns = list(pfns)
        done = frames.mapped(machine, pfns)
        kept = [(pfn, done.frames.get(pfn)._replace(exclusive=True)) for pfn in set(pfns) if machine.frames.get(pfn)]
        return replace(done, frames=done.frames.updated(kept))

    stand_in(patch, processes, mapped=mapped)


@BUGS.seed
def fork_copies_no_ptes(patch):
    real = processes._child
    patch.setattr(processes, "_child", lambda *a: replace(made := real(*a), table=made.table.without_range(0)))


@BUGS.seed
def always_copies(patch):
    real = page_fault._write_protected
    swap = {FaultKind.COW_REUSE: FaultKind.COW_COPY}
    patch.setattr(page_fault, "_write_protected", lambda *a: swap.get(kind := real(*a), kind))


@BUGS.seed
def never_copies(patch):
    real = page_fault._write_protected
    swap = {FaultKind.COW_COPY: FaultKind.COW_REUSE}
    patch.setattr(page_fault, "_write_protected", lambda *a: swap.get(kind := real(*a), kind))


@BUGS.seed
def copies_no_bytes(patch):
    stand_in(patch, resolvers, with_content=lambda machine, pfn, content: machine)


@BUGS.seed
def writes_privately_into_the_page_cache(patch):
    real = page_fault._write_protected

    def careless(machine, vma, pte):
        kind, frame = real(machine, vma, pte), machine.frames.get(pte.pfn)
        return FaultKind.COW_REUSE if frame and frame.cached_page and frame.mapcount == 1 and not vma.shared else kind

    patch.setattr(page_fault, "_write_protected", careless)


@BUGS.seed
def maps_the_zero_page_writable(patch):
    patch.setattr(resolvers.Fault, "readonly", property(lambda fault: fault.vma.prot))


@BUGS.seed
def copies_the_zero_page(patch):
    real = page_fault._write_protected
    swap = {FaultKind.DEMAND_ZERO: FaultKind.COW_COPY}
    patch.setattr(page_fault, "_write_protected", lambda *a: swap.get(kind := real(*a), kind))


@BUGS.seed
def forgets_to_free(patch):
    patch.setattr(frames, "_release", lambda machine, pfns: machine)


@BUGS.seed
def forgets_the_old_frame_at_a_copy(patch):
    patch.setattr(frames, "unmapped", lambda machine, pfns: (machine, ()))


@BUGS.seed
def mprotect_makes_all_writable(patch):
    patch.setattr(mapping, "_is_exclusive", lambda machine, pfn: True)


@BUGS.seed
def mprotect_makes_none_writable(patch):
    patch.setattr(mapping, "_is_exclusive", lambda machine, pfn: False)


@BUGS.seed
def a_reuse_is_forgotten(patch):
    stand_in(patch, resolvers, made_exclusive=lambda machine, pfn: machine)


@BUGS.seed
def munmap_leaves_the_ptes(patch):
    patch.setattr(address_space, "cleared", lambda machine, *_: (machine, ()))


@BUGS.seed
def munmap_shifts_the_file(patch):
    real = address_space.split_at

    def split_at(vmas, start, end):
        outside, inside = real(vmas, start, end)
        return tuple(replace(vma, pgoff=0) for vma in outside), inside

    patch.setattr(address_space, "split_at", split_at)


@BUGS.seed
def copies_are_not_counted(patch):
    real = resolvers.counted
    only = ("minor", "major", "reuses")
    patch.setattr(resolvers, "counted", lambda m, pid, **more: real(m, pid, **{k: more[k] for k in only if k in more}))


@BUGS.seed
def ignores_the_end_of_the_file(patch):
    patch.setattr(page_fault, "_file_page_absent", lambda *_: FaultKind.FILE_MAPPED)
    real = frames.fill

    def fill(machine, file, offsets):
        return real(machine, file, [min(o, len(machine.files[file].contents) - 1) for o in offsets])

    patch.setattr(frames, "fill", fill)
