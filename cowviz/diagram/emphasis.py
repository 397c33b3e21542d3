"""What the eye should find in a picture: read off the events, with no coordinate and no colour.

A later event takes the place of an earlier one on the same thing, so that a picture says only what matters now.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import singledispatch

from cowviz import language
from cowviz.language import N_
from cowviz.memory import events as ev
from cowviz.memory.events import Access, FaultKind
from cowviz.memory.machine import ZERO_PFN
from cowviz.narration.terms import count, frame_name, status_text

Page = tuple[int, int]  # pid, vpn
CALLS = {
    "mlock": "mlock()",
    "pin": N_("pinned for a device"),
    "unpin": N_("no longer pinned"),
}  # hints that are no madvise
_FAULTS = {Access.READ: N_("read fault"), Access.WRITE: N_("write fault"), Access.EXEC: N_("fetch fault")}
_NO_FAULT = {Access.READ: N_("read: no fault"), Access.WRITE: N_("write: no fault"), Access.EXEC: N_("fetch: no fault")}

MOST_MARKED = 1 << 14  # pages of one region


@dataclass
class Focus:
    """Pages, frames and processes that the accent falls on, each with the few words of its tag (or none)."""

    pages: dict[Page, str] = field(default_factory=dict)
    frames: dict[int, str] = field(default_factory=dict)
    processes: dict[int, str] = field(default_factory=dict)
    arrows: set[Page] = field(default_factory=set)
    copied: dict[int, int] = field(default_factory=dict)  # frame -> the frame that it is a copy of
    travels: dict[int, int] = field(default_factory=dict)  # frame -> the frame its bytes just came from
    fork: tuple[int, int] | None = None  # parent, child
    fork_call: str = "fork()"
    to_swap: set[Page] = field(default_factory=set)  # whose arrow has just turned to the swap
    advised: set[Page] = field(default_factory=set)  # the latest hint was about these
    memory: str = ""  # tag of physical memory as a whole
    reclaimed: str = ""  # the same, where no frame has one
    files: set[str] = field(default_factory=set)
    faulted: set[Page] = field(default_factory=set)  # their access took a fault, perhaps raised in an earlier step

    def forget(self, pid: int, vpns: range | None = None) -> None:
        """Drop pages (of a process, all of them) that are no more."""
        gone = {page for page in {*self.pages, *self.arrows} if page[0] == pid and (vpns is None or page[1] in vpns)}
        self.pages = {page: words for page, words in self.pages.items() if page not in gone}
        self.arrows -= gone


def focus(events: Iterable[ev.Event], latest: Iterable[ev.Event]) -> Focus:
    """The focus of a step after ``events``, of which ``latest`` came since the snapshot before."""
    result = Focus()
    for event in events:
        note(event, result)
    result.travels = {e.target: e.source for e in latest if isinstance(e, ev.FrameCopied)}
    return result


@singledispatch
def note(event: ev.Event, focus: Focus) -> None:
    """Take one event into the focus; most have no mark of their own."""


@note.register
def _(event: ev.FaultRaised, focus: Focus) -> None:
    page = (event.pid, event.vpn)
    focus.faulted.add(page)
    focus.pages[page] = language._(_FAULTS[event.access])
    if event.present:
        focus.arrows.add(page)


@note.register
def _(event: ev.FrameAllocated, focus: Focus) -> None:
    focus.frames[event.pfn] = language._("allocated")


@note.register
def _(event: ev.FrameFilled, focus: Focus) -> None:
    focus.frames[event.pfn] = language._("page cache")


@note.register
def _(event: ev.FrameSwappedIn, focus: Focus) -> None:
    focus.frames[event.pfn] = language._("from swap")


@note.register
def _(event: ev.FrameCopied, focus: Focus) -> None:
    _copied(event.source, event.target, focus)


_NEW = {FaultKind.DEMAND_ZERO, FaultKind.STACK_GROWTH}


@note.register
def _(event: ev.PageMapped, focus: Focus) -> None:
    page = (event.pid, event.vpn)
    focus.pages.pop(page, None)  # the fault is resolved
    focus.faulted.add(page)
    focus.arrows.add(page)
    if event.kind is FaultKind.COW_COPY and event.old is not None:
        _copied(event.old, event.pfn, focus)
    elif event.pfn != ZERO_PFN:
        is_new = event.kind in _NEW
        focus.frames[event.pfn] = language._("new frame") if is_new else focus.frames.get(event.pfn, "")


@note.register
def _(event: ev.PageReused, focus: Focus) -> None:
    page = (event.pid, event.vpn)
    focus.faulted.add(page)
    focus.arrows.add(page)
    focus.pages[page] = language._("a fault, no copy")


@note.register
def _(event: ev.Accessed, focus: Focus) -> None:
    page = (event.pid, event.vpn)
    focus.arrows.add(page)
    if page not in focus.faulted:
        focus.pages[page] = language._(_NO_FAULT[event.access])


@note.register
def _(event: ev.WriteProtected, focus: Focus) -> None:
    """The flipped PTEs carry the accent themselves."""


@note.register
def _(event: ev.Forked, focus: Focus) -> None:
    focus.fork = (event.parent, event.child)


@note.register
def _(event: ev.Cloned, focus: Focus) -> None:
    focus.fork, focus.fork_call = (event.parent, event.child), "clone()"


@note.register
def _(event: ev.Advised, focus: Focus) -> None:
    focus.processes[event.pid] = language._(CALLS.get(event.advice, f"madvise({event.advice.upper()})"))
    focus.advised = {(event.pid, vpn) for vpn in _marked(event)}


@note.register
def _(event: ev.PagedOut, focus: Focus) -> None:
    focus.to_swap |= focus.advised


@note.register
def _(event: ev.LimitSet, focus: Focus) -> None:
    focus.processes[event.pid] = "setrlimit()"


@note.register
def _(event: ev.MappingSplit, focus: Focus) -> None:
    focus.pages[event.pid, event.vpn] = language._("huge page split")


@note.register
def _(event: ev.Exited, focus: Focus) -> None:
    focus.processes[event.pid] = status_text(event.status)
    focus.forget(event.pid)
    _free(event.freed, focus)


@note.register
def _(event: ev.RegionMapped, focus: Focus) -> None:
    words = language.n_("no frame yet", "no frames yet", event.pages)
    for vpn in _marked(event):
        focus.pages[event.pid, vpn] = words


def _marked(event: ev.RegionMapped | ev.ProtectionChanged | ev.Advised) -> range:
    """The pages of a region; of one that is vast (it may be terabytes) so many, evenly spread."""
    return range(event.start, event.start + event.pages, max(1, event.pages // MOST_MARKED))


@note.register
def _(event: ev.RegionUnmapped, focus: Focus) -> None:
    focus.forget(event.pid, range(event.start, event.start + event.pages))
    focus.processes[event.pid] = "munmap()"


@note.register
def _(event: ev.ProtectionChanged, focus: Focus) -> None:
    for vpn in _marked(event):
        focus.pages[event.pid, vpn] = "mprotect()"


@note.register
def _(event: ev.Execed, focus: Focus) -> None:
    focus.forget(event.pid)
    focus.processes[event.pid] = "exec()"


@note.register
def _(event: ev.SignalSent, focus: Focus) -> None:
    focus.pages[event.pid, event.vpn] = event.signal


@note.register
def _(event: ev.OutOfMemory, focus: Focus) -> None:
    focus.memory = language._("out of memory")


@note.register
def _(event: ev.FileWritten, focus: Focus) -> None:
    focus.pages.pop((event.pid, event.vpn), None)
    focus.files.add(event.file)


@note.register
def _(event: ev.Refused, focus: Focus) -> None:
    focus.processes[event.pid] = event.status


@note.register
def _(event: ev.PagesMerged, focus: Focus) -> None:
    _free(event.freed, focus)
    focus.frames[event.pfn] = language._("merged")


@note.register
def _(event: ev.FramesReclaimed, focus: Focus) -> None:
    _free(event.freed, focus)
    focus.reclaimed = language._("{frames} taken back").format(frames=count(len(event.freed), "frame"))


def _copied(source: int, target: int, focus: Focus) -> None:
    focus.frames[target] = language._("copy of {frame}").format(frame=frame_name(source))
    focus.copied[target] = source


def _free(pfns: Iterable[int], focus: Focus) -> None:
    for pfn in pfns:
        focus.frames.pop(pfn, None)
