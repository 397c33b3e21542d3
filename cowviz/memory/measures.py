"""How much memory a process has: three answers that differ as soon as frames have more than one owner."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from fractions import Fraction

from cowviz.memory.machine import PAGE_SIZE, ZERO_PFN, Machine, Process


def rss(process: Process) -> int:
    """Count the process's pages that have a frame, co-owned ones in full; the zero page is none."""
    return sum(1 for _ in _pfns(process))


def pss(machine: Machine, process: Process) -> Fraction:
    """Return the bytes of the process's frames, each divided by the number of PTEs that map it."""
    shares = _by_mapcount(machine, process)
    return sum((Fraction(pages * PAGE_SIZE, mapcount) for mapcount, pages in shares.items()), Fraction())


def uss(machine: Machine, process: Process) -> int:
    """Return the bytes of frames that only this process maps (``Private_*`` in /proc/PID/smaps)."""
    return _by_mapcount(machine, process)[1] * PAGE_SIZE


def _pfns(process: Process) -> Iterator[int]:
    return (pfn for pfn in process.table.pfns() if pfn != ZERO_PFN)


def _by_mapcount(machine: Machine, process: Process) -> Counter[int]:
    return machine.frames.owners(_pfns(process))
