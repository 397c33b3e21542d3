"""A page table entry, as an object for who asks for one, and as one word of 64 bits for a million of them.

A word is laid out like the hardware's: what the hardware lets through, whether the page is present, dirty, accessed,
and the frame number. The word 0 is no entry.
"""

from __future__ import annotations

import enum
from typing import NamedTuple


class Prot(enum.IntFlag):
    """What may be done with a page, written as ``ls`` and ``/proc/PID/maps`` write it: ``rw-``."""

    NONE = 0
    X = 1
    W = 2
    R = 4

    def __str__(self) -> str:
        return "".join(c if self & bit else "-" for c, bit in (("r", 4), ("w", 2), ("x", 1)))

    @classmethod
    def parse(cls, text: str) -> Prot:
        """Parse a protection: ``"rw"``, ``"r-x"``, ``"none"``, ``""``. Raises ValueError for other text."""
        if text == "none":
            return cls.NONE
        if not set(text) <= set("rwx-"):
            raise ValueError(f"no protection {text!r}; write for example 'rw-', 'r-x' or 'none'")
        return cls(sum({"r": 4, "w": 2, "x": 1}.get(c, 0) for c in set(text)))

    @property
    def on_x86(self) -> Prot:
        """What a region has of these rights: no page table can say of a page that it is written and not read."""
        return self | Prot.R if self & Prot.W else self

    @property
    def is_write_only(self) -> bool:
        """Whether it is PROT_WRITE without PROT_READ, which a region remembers though it can be read."""
        return self & (Prot.R | Prot.W) == Prot.W


WITHOUT_W = tuple(Prot(bits) & ~Prot.W for bits in range(8))  # a table: IntFlag's own & is slow a million times


class Pte(NamedTuple):
    """A page table entry that is present: the frame, and what the hardware lets through without asking."""

    pfn: int
    prot: Prot
    dirty: bool = False  # written through it; kept only where a file wants to hear of first writes (write_notify)


PRESENT, DIRTY, ACCESSED = 8, 16, 32  # bits of a word, above the three of Prot; nothing sets ACCESSED yet
SHIFT = 8  # the frame number, plus one, begins here: the zero page has the number -1
RIGHTS = 7
MOST_PFN = (1 << 64 - SHIFT) - 2
_PROTS = tuple(Prot(bits) for bits in range(8))


def word_of(pte: Pte) -> int:
    """Pack an entry into a word. Raises ValueError for a frame number that no word can hold."""
    if not -1 <= pte.pfn <= MOST_PFN:
        raise ValueError(f"frame number {pte.pfn} is outside of -1 to 2**56 - 2")
    return (pte.pfn + 1) << SHIFT | PRESENT | (DIRTY if pte.dirty else 0) | int(pte.prot)


def pte_of(word: int) -> Pte:
    """Unpack a word that is not 0."""
    return Pte((word >> SHIFT) - 1, _PROTS[word & RIGHTS], bool(word & DIRTY))
