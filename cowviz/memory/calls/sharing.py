"""Processes with one address space between them: vfork and threads. They share the page table: there is no CoW."""

from __future__ import annotations

from dataclasses import replace

from cowviz.memory.changes import Change, Changes
from cowviz.memory.events import Cloned
from cowviz.memory.machine import Counters, Machine, MisuseError, Process


def vfork(machine: Machine, pid: int, child_pid: int, name: str) -> Changes:
    """Make a child that uses the parent's own memory until it execs or exits; the parent waits (CLONE_VFORK)."""
    return (yield from _clone(machine, pid, child_pid, name, is_thread=False))


def thread(machine: Machine, pid: int, thread_pid: int, name: str) -> Changes:
    """Make a thread: a task of its own, with counters of its own, in the same memory (CLONE_VM | CLONE_THREAD).

    It ends by itself, or with its process; a signal that kills it kills the process.
    """
    return (yield from _clone(machine, pid, thread_pid, name, is_thread=True))


def _clone(machine: Machine, pid: int, child_pid: int, name: str, *, is_thread: bool) -> Changes:
    parent = machine.running(pid)
    if child_pid in machine.processes:
        raise MisuseError(f"there is a process {child_pid} already; choose another pid for {name}")
    of = (pid if parent.thread_of is None else parent.thread_of) if is_thread else None
    child = replace(
        parent,
        pid=child_pid,
        name=name,
        parent=pid if of is None else of,
        counters=Counters(),
        mm=parent.space,
        thread_of=of,
        vforked=not is_thread,
    )
    machine = replace(machine, processes={**machine.processes, child_pid: child})
    yield Change(Cloned(pid, child_pid), machine)
    return machine


def tasks(machine: Machine, process: Process) -> list[Process]:
    """Return the threads of a process that still run, and at last the process itself."""
    threads = [p for p in machine.living() if p.thread_of == process.pid]
    return [*threads, process]


def left(machine: Machine, bare: Process) -> Machine:
    """Return the machine after ``bare`` has gone out of an address space in which others stay (mm_users goes down)."""
    others = machine.sharers(machine.process(bare.pid))
    first = others[0].pid
    changed = {p.pid: replace(p, mm=None if p.pid == first else first) for p in others}
    return replace(machine, processes={**machine.processes, bare.pid: bare, **changed})
