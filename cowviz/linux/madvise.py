"""The numbers of madvise(2)'s advice (include/uapi/asm-generic/mman-common.h)."""

from __future__ import annotations

ADVICE = {
    "DONTNEED": 4,
    "FREE": 8,
    "DONTFORK": 10,
    "DOFORK": 11,
    "MERGEABLE": 12,
    "HUGEPAGE": 14,
    "NOHUGEPAGE": 15,
    "WIPEONFORK": 18,
    "KEEPONFORK": 19,
    "COLD": 20,
    "PAGEOUT": 21,
    "POPULATE_READ": 22,
    "POPULATE_WRITE": 23,
    "GUARD_INSTALL": 102,
    "GUARD_REMOVE": 103,
}
