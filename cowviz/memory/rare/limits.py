"""What a kernel refuses to promise: RLIMIT_AS and overcommit. Both judge addresses, not frames."""

from __future__ import annotations

from dataclasses import replace

from cowviz.memory.changes import Change, Changes
from cowviz.memory.events import LimitSet, Refused
from cowviz.memory.machine import Machine, Process, Vma


def setrlimit(machine: Machine, pid: int, pages: int | None) -> Changes:
    """Let the process have so many pages of address space from now on (RLIMIT_AS), None for any number.

    What it has already stays; children inherit the limit, exec keeps it.
    """
    process = machine.running(pid)
    machine = machine.with_process(replace(process, limit=pages))
    yield Change(LimitSet(pid, -1 if pages is None else pages), machine)
    return machine


def is_refused(machine: Machine, process: Process, pages: int, vma: Vma) -> bool:
    """Return whether ``pages`` more pages of such a region are ENOMEM."""
    size = sum(vma.pages for vma in process.vmas)
    return (process.limit is not None and size + pages > process.limit) or is_overcommitted(machine, pages, vma)


def is_overcommitted(machine: Machine, pages: int, vma: Vma) -> bool:
    """Return whether one promise is beyond all RAM and swap (mm/util.c: __vm_enough_memory, mode 0).

    Only memory that may need frames of its own counts: private and writable, or MAP_SHARED without a file.
    """
    unnamed = vma.file is not None and vma.file in machine.files and machine.files[vma.file].anonymous
    counts = vma.is_private_writable or (vma.shared and unnamed)
    return machine.heuristic and counts and not vma.noreserve and pages > machine.total_frames + machine.swap_slots


def refuses_fork(machine: Machine, process: Process) -> bool:
    """Return whether fork is ENOMEM: each region is judged by itself (kernel/fork.c: dup_mmap)."""
    return any(is_overcommitted(machine, vma.pages, vma) for vma in process.vmas)


def refused(machine: Machine, pid: int, call: str, error: str = "ENOMEM") -> Changes:
    """Return an error from a call, which does no more than it has done."""
    yield Change(Refused(pid, f"{call}: {error}"), machine)
    return machine
