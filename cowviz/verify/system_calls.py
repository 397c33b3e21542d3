"""The system calls of operations: numbers, flags and arguments on x86-64."""

from __future__ import annotations

from cowviz.linux.madvise import ADVICE
from cowviz.linux.pagemap import PAGE
from cowviz.memory.machine import Prot
from cowviz.verify.address_layout import PlacedOp
from cowviz.verify.frame_identity import OFFSET

PREAD, MMAP, MPROTECT, MUNMAP, MREMAP, MSYNC, MADVISE, FTRUNCATE, MLOCK = 17, 9, 10, 11, 25, 26, 28, 77, 149
SHARED, PRIVATE, FIXED, ANONYMOUS, GROWSDOWN, POPULATE, FIXED_NOREPLACE = 1, 2, 0x10, 0x20, 0x100, 0x8000, 0x100000
_MAYMOVE, _MREMAP_FIXED, _DONTUNMAP, _MS_SYNC = 1, 2, 4, 4


def address(vpn: int) -> int:
    """Return the address of a page of the layout."""
    return (vpn + OFFSET) * PAGE


def on_regions(step: PlacedOp) -> tuple[int, ...]:
    """Return the call of an operation on regions that are there: its number and arguments."""
    op, start, size = step.op, address(step.start) + step.op.skew, step.pages * PAGE
    match op.op:
        case "munmap":
            return MUNMAP, start, size
        case "mprotect":
            return MPROTECT, start, size, prot_bits(op.prot)
        case "mlock":
            return MLOCK, start, size
        case "msync":
            return MSYNC, start, size, _MS_SYNC
        case "madvise":
            return MADVISE, start, size, ADVICE[op.advice]
    assert op.op == "mremap", op.op
    new = step.new_pages * PAGE
    if not op.to:
        return MREMAP, start, size, new, 0
    flags = _MAYMOVE | _MREMAP_FIXED | (_DONTUNMAP if op.flag == "dontunmap" else 0)
    return MREMAP, start, size, new, flags, address(step.to)


def heap(step: PlacedOp) -> tuple[int, ...]:
    """Return the call that gives the heap its size: the memory that brk(2) would give, at an address of the layout."""
    if step.was == step.pages:
        return MUNMAP, address(step.start + step.was + 1), PAGE  # nothing is there
    if step.was > step.pages:
        return MUNMAP, address(step.start + step.pages), (step.was - step.pages) * PAGE
    size, flags = (step.pages - step.was) * PAGE, PRIVATE | ANONYMOUS | FIXED_NOREPLACE
    return MMAP, address(step.start + step.was), size, prot_bits("rw"), flags, -1, 0


def map_flags(step: PlacedOp) -> int:
    """Return mmap's flags, for memory without a file MAP_ANONYMOUS too."""
    kind = step.op.kind.split("-")
    flags = FIXED if step.op.flag == "fixed" else FIXED_NOREPLACE
    flags |= SHARED if kind[1] == "shared" else PRIVATE
    flags |= {"populate": POPULATE, "growsdown": GROWSDOWN}.get(step.op.flag, 0)
    return flags | ANONYMOUS if kind[0] == "anon" else flags


def prot_bits(prot: str) -> int:
    """Return the bits of a protection: PROT_READ 1, PROT_WRITE 2, PROT_EXEC 4."""
    mode = Prot.parse(prot)
    return bool(mode & Prot.R) | bool(mode & Prot.W) << 1 | bool(mode & Prot.X) << 2
