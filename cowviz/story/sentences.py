"""What happened, in plain sentences: one an event, or one for many events alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from cowviz.memory.events import Access, Event
from cowviz.memory.machine import Machine, Process, Prot, frame_name
from cowviz.story.words import SWAP, count, frames_name, page_name, pages_name, process_name, run_name

FEW = 12  # events that are told one by one; of more, those alike are told together
VERBS = {Access.READ: "read", Access.WRITE: "write", Access.EXEC: "execute"}

# By the event's name. What {who} and its like stand for is in MAKERS, else it is a field of the event.
SENTENCES: dict[str, str] = {
    "ProcessStarted": "{who} starts",
    "RegionMapped": "{who} has a new region: {range}",
    "RegionUnmapped": "{who} gives back {range}",
    "RegionMoved": "{who}'s region moves: {moved} is where {range} was",
    "Advised": "{who} {advises} {range}",
    "FileTruncated": "the file {file} now has {pages}",
    "ProtectionChanged": "the rights of {who}'s {range} are now {prot}",
    "FaultRaised": "{who} wants to {verb} {page}: {severity} {access} fault {kind} ({meaning})",
    "FrameAllocated": "{frame} is allocated{along}",
    "FrameCopied": "{source} is copied to {target}",
    "FrameFilled": "{part} {offset} of {file} is read into {frame}",
    "PageMapped": "{who}'s {page} now maps {frame}{rights}{was}{around}",
    "PageReused": "{who} is the last owner of {frame}: {page} becomes writable{beside}, nothing is copied",
    "Accessed": "{who} {verb}s {cell}{page}",
    "WriteProtected": "{who}'s private pages are write-protected: the w is taken from {ptes}",
    "Forked": "{child} has a page table of its own: {ptes} copied, no frame",
    "Cloned": "{child} shares the page table of {parent}: nothing is copied, now or later",
    "Execed": "{who} runs {program}: its old memory is gone",
    "Exited": "{who} ends ({status}); {freed}",
    "Waited": "{parent} has waited for {child}",
    "SignalSent": "{who} gets {signal} for touching {page}",
    "OutOfMemory": "no frame is free for {who}: the kernel kills {victim}",
    "FileWritten": "{who}'s {page} is written into the file {file}",
    "Refused": "the kernel refuses {who}'s call ({status})",
    "LimitSet": "{who} may have {limit} of address space from now on",
    "PagedOut": "{who}'s pages go to swap: a swap slot instead of a frame in {ptes}",
    "FramesReclaimed": "the kernel takes back frames that no page maps; {freed}",
    "PagesMerged": "the kernel finds equal pages: {ptes} now name {frame}, read-only; {freed}",
    "MappingSplit": "{who}'s huge page around {page} is mapped page by page from now on",
}
TOGETHER: dict[str, str] = {
    "FaultRaised": "{who}: {n} {severity} {access} faults {kind} on {all_pages} ({meaning})",
    "FrameAllocated": "{n} frames are allocated: {all_frames}",
    "FrameCopied": "{n} frames are copied, to {all_frames}",
    "FrameFilled": "{n} {part}s of {file} are read into {all_frames}",
    "PageMapped": "{who}'s {all_pages} now map {all_frames}{rights}",
    "PageReused": "{who} is the last owner of {n} frames: {all_pages} become writable, nothing is copied",
    "Accessed": "{who} {verb}s {cell}{all_pages}",
}
ALIKE = ("pid", "kind", "access", "present", "file", "cell")  # events told together agree in these


@dataclass(frozen=True, slots=True)
class Happening:
    """An event with the machine before it and the machine after it, or those of the snapshots around it."""

    event: Event
    before: Machine
    after: Machine


def events_text(happenings: Sequence[Happening]) -> list[str]:
    """Plain sentences for all that happened, without full stops; of many events those alike are one sentence."""
    if len(happenings) <= FEW:
        return [_sentence(SENTENCES, [happening]) for happening in happenings]
    groups: dict[object, list[Happening]] = {}
    for position, happening in enumerate(happenings):
        event = happening.event
        alike = tuple(getattr(event, name, None) for name in ALIKE)
        key = type(event).__name__
        groups.setdefault((key, alike if key in TOGETHER else position), []).append(happening)
    return [_sentence(TOGETHER if len(group) > 1 else SENTENCES, group) for group in groups.values()]


def _sentence(templates: dict[str, str], group: Sequence[Happening]) -> str:
    event = group[0].event
    template = templates.get(type(event).__name__)
    if template is None:  # a kind of event that has no words yet
        return f"{type(event).__name__}: {event}"
    text = template.format_map(_Words(group))
    return text[:1].upper() + text[1:]


class _Words(dict[str, str]):
    """What stands for the names in a template, made when it is asked for: a template names only what its event has."""

    def __init__(self, group: Sequence[Happening]) -> None:
        super().__init__()
        self.group = group

    def __missing__(self, word: str) -> str:
        make = MAKERS.get(word)
        return make(self.group) if make else str(getattr(self.group[0].event, word))


Maker = Callable[[Sequence[Happening]], str]


def _who(field: str) -> Maker:
    return lambda group: process_name(group[0].after, getattr(group[0].event, field))


def _of_event(make: Callable[[Any], str]) -> Maker:
    return lambda group: make(group[0].event)


def _process(group: Sequence[Happening], vpn: int) -> Process:
    """The process of the event as it knows ``vpn``: after the event, or before it where the page is gone."""
    pid = getattr(group[0].event, "pid", 0)
    known = [m.processes[pid] for m in (group[-1].after, group[0].before) if pid in m.processes]
    return next((p for p in known if p.vma(vpn)), Process(pid, "", None))


def _range(field: str) -> Maker:
    def make(group: Sequence[Happening]) -> str:
        event: Any = group[0].event
        first: int = getattr(event, field)
        return run_name(_process(group, first), first, event.pages)

    return make


def _page(group: Sequence[Happening]) -> str:
    event: Any = group[0].event
    return page_name(_process(group, event.vpn), event.vpn)


def _all_pages(group: Sequence[Happening]) -> str:
    events: list[Any] = [happening.event for happening in group]
    return pages_name(_process(group, events[0].vpn), (event.vpn for event in events))


def _all_frames(group: Sequence[Happening]) -> str:
    events: list[Any] = [happening.event for happening in group]
    return frames_name(event.target if hasattr(event, "target") else event.pfn for event in events)


def _rights(group: Sequence[Happening]) -> str:
    """What the PTE lets through, where it still is as the event made it."""
    event: Any = group[-1].event
    pte = _process(group, event.vpn).pte(event.vpn)
    if pte is None or pte.pfn != event.pfn:
        return ""
    return ", writable" if pte.prot & Prot.W else ", read-only"


_ADVISES = {"mlock": "calls mlock() on", "pin": "has a device pin", "unpin": "has the device let go of"}


def _advises(event: Any) -> str:
    return _ADVISES.get(event.advice, f"calls madvise({event.advice.upper()}) on")


MAKERS: dict[str, Maker] = {
    "n": lambda group: str(len(group)),
    "who": _who("pid"),
    "parent": _who("parent"),
    "child": _who("child"),
    "victim": _who("victim"),
    "page": _page,
    "range": _range("start"),
    "moved": _range("to"),
    "all_pages": _all_pages,
    "all_frames": _all_frames,
    "rights": _rights,
    "frame": _of_event(lambda e: frame_name(e.pfn)),
    "source": _of_event(lambda e: frame_name(e.source)),
    "target": _of_event(lambda e: frame_name(e.target)),
    "was": _of_event(lambda e: "" if e.old in (None, e.pfn) else f" (was {frame_name(e.old)})"),
    "around": _of_event(lambda e: f"; {count(e.pages - 1, 'page')} around it too" if e.pages > 1 else ""),
    "beside": _of_event(lambda e: f" with the {count(e.pages - 1, 'page')} around it" if e.pages > 1 else ""),
    "along": _of_event(lambda e: f" with the {count(e.pages - 1, 'frame')} behind it" if e.pages > 1 else ""),
    "limit": _of_event(lambda e: "any number of pages" if e.pages < 0 else count(e.pages, "page")),
    "freed": _of_event(lambda e: f"free again: {frames_name(e.freed)}" if e.freed else "no frame becomes free"),
    "advises": _of_event(_advises),
    "part": _of_event(lambda e: "slot" if e.file == SWAP else "page"),
    "verb": _of_event(lambda e: VERBS[e.access]),
    "access": _of_event(lambda e: str(e.access.value)),
    "kind": _of_event(lambda e: str(e.kind.name)),
    "severity": _of_event(lambda e: str(e.kind.severity)),
    "meaning": _of_event(lambda e: str(e.kind.meaning)),
    "cell": _of_event(lambda e: f"{e.cell} to " if e.cell else ""),
    "pages": _of_event(lambda e: count(e.pages, "page")),
    "ptes": _of_event(lambda e: count(e.pages, "PTE")),
}
