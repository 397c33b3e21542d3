"""Names pages, frames and processes, for pictures and transcripts alike."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from cowviz.language import N_, _, fields_in, n_
from cowviz.memory.machine import PAGE_SIZE, ZERO_PFN, Machine, Process

# How a process has ended, as the simulator and the recorder put it.
ENDS = (
    N_("exited {number}"),
    N_("exited"),
    N_("killed by {signal} (out of memory)"),
    N_("killed by {signal}"),
    N_("ended by exec"),
)

# What a page or a frame is, where it is not simply mapped or in use; the same in pictures, transcript and scenarios.
NO_FRAME = N_("no frame")
IN_SWAP = N_("in swap")
HUGE_PAGE = N_("huge page")
HUGE = N_("huge")  # the same where there is little room
COW = N_("copy-on-write")
SWAP_CACHE = N_("swap cache")
MERGED = N_("merged by KSM")
PINNED = N_("pinned")
SWAP = "swap"  # the device, as a place
SHARES = N_("shares all memory with {name}")
USES = N_("uses {name}'s memory")  # vfork, until exec or exit


MOST_NAMED = 4  # runs of pages or frames that a sentence names


def count(number: int, thing: str) -> str:
    """Count things in words: ``1 page``, ``2 pages``."""
    forms = {
        "page": n_("{n} page", "{n} pages", number),
        "frame": n_("{n} frame", "{n} frames", number),
        "fault": n_("{n} fault", "{n} faults", number),
        "copy": n_("{n} copy", "{n} copies", number),
        "slot": n_("{n} slot", "{n} slots", number),
        "PTE": n_("{n} PTE", "{n} PTEs", number),
    }
    return forms[thing].format(n=number)


def status_text(status: str) -> str:
    """Return how a process has ended, ``exited 0``, in the language that is spoken."""
    for end in ENDS:
        if (fields := fields_in(status, end)) is not None:
            return _(end).format(**fields)
    return status


def page_name(process: Process, vpn: int) -> str:
    """Name a page: ``heap`` where the region has one, else ``heap[3]``; outside of every region the address."""
    return run_name(process, vpn, 1)


def run_name(process: Process, first: int, pages: int) -> str:
    """Name so many pages from ``first`` on, which lie in one region: ``heap[0..511]``."""
    vma = process.vma(first)
    if vma is None:
        address = f"{first * PAGE_SIZE:#x}"
        return address if pages == 1 else _("{pages} at {address}").format(pages=count(pages, "page"), address=address)
    # a region that mprotect or munmap has cut keeps its numbers
    parts = [v for v in process.vmas if (v.name, v.section) == (vma.name, vma.section)]
    start, end = parts[0].start, parts[-1].end
    if end - start == 1:
        return vma.name
    index = first - start
    return f"{vma.name}[{index}]" if pages == 1 else f"{vma.name}[{index}..{index + pages - 1}]"


def pages_name(process: Process, vpns: Iterable[int]) -> str:
    """Return all these pages, as runs; of many runs the first ones."""
    return page_runs_name(process, runs(vpns))


def page_runs_name(process: Process, of_pages: Iterable[tuple[int, int]]) -> str:
    """Return the pages of these runs, (first, how many); of many runs the first ones."""
    joined = joined_runs(of_pages)
    return _listed([run_name(process, first, pages) for first, pages in joined[:MOST_NAMED]], len(joined))


def frame_name(pfn: int) -> str:
    """Name a frame as pictures and captions do: ``Frame A`` ... ``Frame Z``, ``Frame AA``; or the zero page."""
    return _("Zero page") if pfn == ZERO_PFN else _("Frame {letter}").format(letter=frame_letter(pfn))


def frame_letter(pfn: int) -> str:
    """Return a frame's name without the word: ``A`` ... ``Z``, ``AA``."""
    letters, n = "", pfn + 1
    while n:
        n, rest = divmod(n - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def frames_name(pfns: Iterable[int]) -> str:
    """Name frames: ``Frame C``, ``Frames A-F``; of many runs the first ones."""
    return frame_runs_name(runs(pfns))


def frame_runs_name(of_frames: Iterable[tuple[int, int]]) -> str:
    """Return the frames of these runs, (first, how many); of many runs the first ones."""
    joined = joined_runs(of_frames)
    zero = bool(joined) and joined[0][0] == ZERO_PFN
    if zero:  # it is no neighbour of frame 0
        first, frames = joined[0]
        joined = [(ZERO_PFN, 1), *([(first + 1, frames - 1)] if frames > 1 else []), *joined[1:]]
    names = [_("the zero page") if first == ZERO_PFN else _run_of_frames(first, n) for first, n in joined[:MOST_NAMED]]
    return _listed(names, len(joined))


def _run_of_frames(first: int, frames: int) -> str:
    letters = {"first": frame_letter(first), "last": frame_letter(first + frames - 1)}
    return frame_name(first) if frames == 1 else _("Frames {first}-{last}").format(**letters)


def joined_runs(of_numbers: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return runs, (first, how many), in order; those that touch or overlap are one."""
    found: list[tuple[int, int]] = []
    for first, count in sorted(of_numbers):
        if found and first <= sum(found[-1]):
            start, length = found[-1]
            found[-1] = (start, max(length, first + count - start))
        else:
            found.append((first, count))
    return found


def runs(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """Return the numbers in order, as (first, how many in a row)."""
    ordered = sorted(set(numbers))
    starts = [i for i, number in enumerate(ordered) if i == 0 or number != ordered[i - 1] + 1]
    return [(ordered[i], j - i) for i, j in pairwise([*starts, len(ordered)])] if ordered else []


def process_name(machine: Machine, pid: int) -> str:
    """Return the process's name, with its pid where another one has the same name."""
    process = machine.processes.get(pid)
    if process is None:
        return _("process {pid}").format(pid=pid)
    alone = sum(other.name == process.name for other in machine.processes.values()) == 1
    return process.name if alone else f"{process.name} (pid {pid})"


def sharer_text(machine: Machine, process: Process) -> str | None:
    """Say whose address space a thread or a vfork child uses; return None for all others."""
    if process.mm is None:
        return None
    owner = process_name(machine, process.mm)
    return _(USES if process.vforked else SHARES).format(name=owner)


def _listed(names: Sequence[str], count: int) -> str:
    """List the first names, and how many more of ``count`` there are."""
    shown = ", ".join(names) or _("nothing")
    return shown if count <= len(names) else _("{some} and {n} more").format(some=shown, n=count - len(names))
