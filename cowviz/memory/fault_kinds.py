"""The kinds of accesses and of page faults, and how grave each fault is."""

from __future__ import annotations

import enum


class Severity(enum.StrEnum):
    """How grave a fault is."""

    MINOR = "minor"  # resolved without the disk
    MAJOR = "major"  # resolved with it
    FATAL = "fatal"  # not resolved


class Access(enum.Enum):
    """What a program does to a page: load, store, or fetch an instruction."""

    READ = "read"
    WRITE = "write"
    EXEC = "exec"


class FaultKind(enum.Enum):
    """Why a fault was raised and how it is resolved; ``cowviz/narration/fault_kinds.py`` says it in words."""

    DEMAND_ZERO = ("demand_zero", Severity.MINOR)
    ZERO_PAGE = ("zero_page", Severity.MINOR)
    FILE_MAPPED = ("file_mapped", Severity.MINOR)
    COW_COPY = ("cow_copy", Severity.MINOR)
    COW_REUSE = ("cow_reuse", Severity.MINOR)
    STACK_GROWTH = ("stack_growth", Severity.MINOR)
    SWAP_CACHED = ("swap_cached", Severity.MINOR)
    FILE_READ = ("file_read", Severity.MAJOR)
    SWAP_IN = ("swap_in", Severity.MAJOR)
    SEGV_MAPERR = ("segv_maperr", Severity.FATAL)
    SEGV_ACCERR = ("segv_accerr", Severity.FATAL)
    BUS_ADRERR = ("bus_adrerr", Severity.FATAL)

    def __init__(self, _name: str, severity: Severity) -> None:
        self.severity = severity

    @property
    def is_fatal(self) -> bool:
        return self.severity is Severity.FATAL
