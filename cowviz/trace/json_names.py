"""What a trace's JSON calls events, fields and kinds: a table of its own, so that code may rename what it likes.

A row names the fields of a class in their order. What has no row (a new event, say) is called as in code.
"""

from __future__ import annotations

import enum
import re
from dataclasses import fields
from functools import cache

from cowviz.memory import events as ev
from cowviz.memory.bulk_access import BulkAccess
from cowviz.memory.machine import Counters, File, Frame, FreeList, Machine, Process, Pte, Section, Vma
from cowviz.memory.profile import Profile
from cowviz.memory.rare.gaps import NotUnderstood
from cowviz.memory.tables.frame_table import FrameTable
from cowviz.memory.tables.page_table import PageTable
from cowviz.trace.model import Recording, Step, Trace
from cowviz.trace.other_packages import event_modules

EVENTS: dict[type[ev.Event], tuple[str, str]] = {
    ev.ProcessStarted: ("process_started", "pid"),
    ev.RegionMapped: ("region_mapped", "pid start pages"),
    ev.RegionUnmapped: ("region_unmapped", "pid start pages"),
    ev.RegionMoved: ("region_moved", "pid start to pages"),
    ev.Advised: ("advised", "pid start pages advice"),
    ev.FileTruncated: ("file_truncated", "pid file pages"),
    ev.ProtectionChanged: ("protection_changed", "pid start pages prot"),
    ev.FaultRaised: ("fault_raised", "pid vpn access kind present"),
    ev.FrameAllocated: ("frame_allocated", "pid pfn pages"),
    ev.FrameCopied: ("frame_copied", "pid source target"),
    ev.FrameFilled: ("frame_filled", "pid pfn file offset"),
    ev.FrameSwappedIn: ("frame_swapped_in", "pid pfn slot"),
    ev.PageMapped: ("page_mapped", "pid vpn pfn old kind pages"),
    ev.PageReused: ("page_reused", "pid vpn pfn pages"),
    ev.Accessed: ("accessed", "pid vpn access cell"),
    BulkAccess: ("bulk_access", "pid access vpns kinds frames old cells"),  # json_bulk says how
    ev.WriteProtected: ("write_protected", "pid pages"),
    ev.Forked: ("forked", "parent child pages"),
    ev.Cloned: ("cloned", "parent child"),
    ev.Execed: ("execed", "pid program"),
    ev.Exited: ("exited", "pid status freed"),
    ev.Waited: ("waited", "parent child"),
    ev.SignalSent: ("signal_sent", "pid signal vpn"),
    ev.OutOfMemory: ("out_of_memory", "pid victim"),
    ev.FileWritten: ("file_written", "pid vpn file"),
    ev.Refused: ("refused", "pid status"),
    ev.LimitSet: ("limit_set", "pid pages"),
    ev.PagedOut: ("paged_out", "pid pages"),
    ev.FramesReclaimed: ("frames_reclaimed", "pid freed"),
    ev.PagesMerged: ("pages_merged", "pfn pages freed"),
    ev.MappingSplit: ("mapping_split", "pid vpn"),
    NotUnderstood: ("not_understood", "pid vpn what"),
}
RECORDS: dict[type, str] = {
    Trace: "name title doc steps code recording lang view",
    Recording: "method kernel frames ended",
    Step: "caption snapshots line view about",
    Machine: "profile free processes frames files cache swap swap_slots heuristic",
    Profile: "name fork_copies_all zero_page fault_around",
    FreeList: "order used freed",
    Process: "pid name parent vmas table counters status reaped guards swapped pins mm thread_of vforked limit",
    Vma: "start end prot section name file pgoff shared has_private dontfork wipeonfork huge mergeable locked noreserve"
    " guarded nohuge anon_vma forked accounted write_only",
    Counters: "minor major copies reuses copied_bytes",
    File: "name contents on_disk write_notify anonymous readahead",
}
# Tables, and what an entry of theirs is: told as runs, not field by field.
TABLES: dict[object, type] = {PageTable: Pte, FrameTable: Frame}
# What older traces say, and nobody asks any more: read, and not written.
RETIRED: dict[type, set[str]] = {Recording: {"page_size"}}
MEMBERS: dict[type, dict[str, str]] = {
    ev.Access: {"READ": "read", "WRITE": "write", "EXEC": "fetch"},
    Section: {
        "TEXT": "text",
        "RODATA": "rodata",
        "DATA": "data",
        "BSS": "bss",
        "HEAP": "heap",
        "MMAP": "mmap",
        "STACK": "stack",
    },
    ev.FaultKind: {
        "DEMAND_ZERO": "demand_zero",
        "ZERO_PAGE": "zero_page",
        "FILE_MAPPED": "file_mapped",
        "COW_COPY": "cow_copy",
        "COW_REUSE": "cow_reuse",
        "STACK_GROWTH": "stack_growth",
        "SWAP_CACHED": "swap_cached",
        "FILE_READ": "file_read",
        "SWAP_IN": "swap_in",
        "SEGV_MAPERR": "segv_maperr",
        "SEGV_ACCERR": "segv_accerr",
        "BUS_ADRERR": "bus_adrerr",
    },
}


def event_name(kind: type[ev.Event]) -> str:
    """Return what an event is called: ``frame_copied``."""
    return EVENTS[kind][0] if kind in EVENTS else re.sub(r"(?<!^)(?=[A-Z])", "_", kind.__name__).lower()


def events() -> dict[str, type[ev.Event]]:
    """Return the events that there are now, by what they are called; of two of one name, the first is meant."""
    event_modules()  # so that their classes are there
    return {event_name(kind): kind for kind in reversed([*EVENTS, *ev.event_classes()])}


@cache
def field_names(kind: type) -> dict[str, str]:
    """Return what a dataclass's fields are called, by their names in code, in order."""
    own = [field.name for field in fields(kind)]
    row = RECORDS.get(kind) or EVENTS.get(kind, ("", ""))[1]
    return dict(zip(own, row.split(), strict=True)) if row else {name: name for name in own}


def member_name(member: enum.Enum) -> str:
    """Return what a kind is called: ``cow_copy``."""
    return MEMBERS.get(type(member), {}).get(member.name, member.name)


@cache
def members(kind: type[enum.Enum]) -> dict[str, enum.Enum]:
    """Return the members of an enum by what they are called."""
    return {member_name(member): member for member in kind}
