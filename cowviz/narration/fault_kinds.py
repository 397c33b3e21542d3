"""Says what each kind of fault means; the documentation's table is made from this."""

from __future__ import annotations

from cowviz.language import N_, _
from cowviz.memory.events import FaultKind, Severity

SEVERITIES = {Severity.MINOR: N_("minor"), Severity.MAJOR: N_("major"), Severity.FATAL: N_("fatal")}
MEANINGS = {
    FaultKind.DEMAND_ZERO: N_("first touch of anonymous memory: a fresh frame of zeroes"),
    FaultKind.ZERO_PAGE: N_("first read of anonymous memory: the shared zero page, no frame"),
    FaultKind.FILE_MAPPED: N_("the file's page is in memory already: only the PTE was missing"),
    FaultKind.COW_COPY: N_(
        "a write to a co-owned frame, or to a file's page mapped private: the writer gets a copy",
    ),
    FaultKind.COW_REUSE: N_("a write by the last owner: the PTE becomes writable, nothing is copied"),
    FaultKind.STACK_GROWTH: N_("a touch just below the stack: the region grows, then a fresh frame"),
    FaultKind.SWAP_CACHED: N_("the page was moved to swap, and its frame is still there: only the PTE was missing"),
    FaultKind.FILE_READ: N_("the file's page is not in memory: it is read from the disk first"),
    FaultKind.SWAP_IN: N_("the page was moved to swap: it is read back first"),
    FaultKind.SEGV_MAPERR: N_("no region there: SIGSEGV"),
    FaultKind.SEGV_ACCERR: N_("the region forbids it: SIGSEGV"),
    FaultKind.BUS_ADRERR: N_("beyond the end of the mapped file: SIGBUS"),
}


def severity_text(kind: FaultKind) -> str:
    """Return ``minor``, ``major`` or ``fatal``, in the language that is spoken."""
    return _(SEVERITIES[kind.severity])


def meaning_text(kind: FaultKind) -> str:
    """Say when such a fault is raised and what the kernel does, in the language that is spoken."""
    return _(MEANINGS[kind])
