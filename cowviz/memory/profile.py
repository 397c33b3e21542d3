"""The simplifications a lecturer chooses. Every other difference from Linux is a bug."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Profile:
    """How faithful the simulator is to Linux, switch by switch."""

    name: str
    fork_copies_all: bool  # else fork leaves out regions whose PTEs a fault can rebuild (mm/memory.c: vma_needs_copy)
    zero_page: bool  # a read of untouched anonymous memory maps the shared zero page, and takes no frame
    fault_around: int  # pages that one read fault of a cached file maps, an aligned window (fault_around_bytes)


TEXTBOOK = Profile("textbook", fork_copies_all=True, zero_page=False, fault_around=1)
LINUX = Profile("linux", fork_copies_all=False, zero_page=True, fault_around=16)

PROFILES = {p.name: p for p in (TEXTBOOK, LINUX)}
