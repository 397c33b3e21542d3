"""Writes alternate text: what is on screen and what changed, in a sentence or two."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cowviz.language import _, n_
from cowviz.memory import events as ev
from cowviz.memory.events import FaultKind, FaultRaised
from cowviz.memory.machine import ZERO_PFN, Machine, Process, Prot, Vma
from cowviz.narration.event_rows import rows
from cowviz.narration.happening import Group, Happening, first_event, single_events
from cowviz.narration.sentences import picture_sentence
from cowviz.narration.terms import count, frame_name, frames_name, pages_name, process_name, run_name
from cowviz.narration.transcript import happenings, in_use
from cowviz.trace.model import Trace


@dataclass(frozen=True, slots=True)
class _ChangeTold:
    """Holds the events of a step that the text tells: of one kind and one process."""

    trace: Trace
    group: Group
    before: Machine
    after: Machine

    @property
    def event(self) -> Any:
        return self.group[-1].event


def alt_text(trace: Trace, number: int) -> str:
    """Describe a step (from 1) in one or two sentences: the first one's picture, of others what has changed."""
    if number == 1:
        return _on_screen(trace)
    return _changed(trace, number - 1, number)


def before_after_text(trace: Trace, before: int, after: int) -> str:
    """Return the same for two pictures in one: those of two steps, counted from 1."""
    return _("Two pictures, before and after. {changed}").format(changed=_changed(trace, before, after))


def _changed(trace: Trace, before: int, after: int) -> str:
    """Tell what step ``after`` changes compared with step ``before``."""
    change = _told(trace, before, after)
    if change is None:
        said = (_("Nothing changes in memory"), in_use(trace.steps[after - 1].machine, trace))
        return " ".join(map(_ended, said))
    return " ".join(_ended(text) for text in (_deed(change), _state(change)) if text)


def _told(trace: Trace, before: int, after: int) -> _ChangeTold | None:
    old, new = trace.steps[before - 1].machine, trace.steps[after - 1].machine
    machine = old
    happened: list[Happening] = []
    for step in trace.steps[before:after]:
        happened += happenings(step, machine)
        machine = step.machine
    singles = [(one, first_event(one)) for happening in happened for one in single_events(happening)]
    if singles and isinstance(singles[-1][1], FaultRaised):  # it waits to be resolved
        return _ChangeTold(trace, Group([singles[-1][0]]), old, new)
    found = ([(one, event) for one, event in singles if isinstance(event, kind)] for kind in rows())
    group = next((group for group in found if group), [])
    if not group:
        return None
    pid = _pid(group[-1][1])
    return _ChangeTold(trace, Group([one for one, event in group if _pid(event) == pid]), old, new)


def _pid(event: Any) -> int | None:
    return getattr(event, "pid", None)


def _deed(change: _ChangeTold) -> str:
    more: dict[str, Callable[[], str]] = {
        "origin": lambda: _origin(change.group),
        "sources": lambda: frames_name(change.group.numbers("source")),
    }
    return picture_sentence(change.group, more)


def _origin(group: Group) -> str:
    """Tell the origin of the frame that a page now maps."""
    kinds, sources = set(group.values("kind")), set(group.values("old"))
    if kinds == {FaultKind.COW_COPY} and None not in sources:
        if len(group) == 1:
            return _(", a copy of {frame}").format(frame=frames_name(set(group.numbers("old"))))
        return _(", copies of {frames}").format(frames=frames_name(set(group.numbers("old"))))
    if kinds <= {FaultKind.DEMAND_ZERO, FaultKind.STACK_GROWTH} and next(group.numbers("pfn")) != ZERO_PFN:
        return n_(", a new frame of zeroes", ", new frames of zeroes", len(group))
    return ""


def _state(change: _ChangeTold) -> str:
    """Tell the state of the pages after the events that were told."""
    match change.event:
        case FaultRaised(pid, vpn):
            return _entry(change.after.process(pid), vpn)
        case ev.PageMapped(pid, _vpn, _pfn, old) if old is not None and len(change.group) == 1:
            return _owners(change.after, old) or _counters(change.after.process(pid))
        case ev.Forked(parent, child):
            return _both(change.after, parent, child)
        case ev.PageMapped(pid) | ev.PageReused(pid) | ev.Accessed(pid):
            return _counters(change.after.process(pid))
    return in_use(change.after, change.trace)


def _entry(process: Process, vpn: int) -> str:
    """Tell what a page's entry allows when a fault is raised."""
    pte = process.pte(vpn)
    if pte is None:
        return _("The page has no frame")
    if pte.prot & Prot.W:
        return _("The page maps {frame}, writable").format(frame=frame_name(pte.pfn))
    return _("The page maps {frame}, write-protected").format(frame=frame_name(pte.pfn))


def _owners(machine: Machine, pfn: int) -> str:
    """Tell who still maps a frame, and with which rights."""
    said = []
    for process in machine.living():
        pages = process.table.mapping(pfn)
        if pages:
            words = {"who": process_name(machine, process.pid), "frame": frame_name(pfn)}
            words["page"] = pages_name(process, (vpn for vpn, _ in pages))
            is_writable = bool(pages[0][1].prot & Prot.W)
            said.append(_still(is_writable).format(**words))
    return "; ".join(said)


def _still(is_writable: bool) -> str:
    if is_writable:
        return _("{who}'s {page} still maps {frame}")
    return _("{who}'s {page} still maps {frame}, write-protected")


def _both(machine: Machine, parent: int, child: int) -> str:
    """Tell that parent and child map the same frames, and which pages are write-protected."""
    process = machine.process(child)
    cow = list(process.cow_pages())
    names = {"parent": process_name(machine, parent), "child": process_name(machine, child)}
    if not cow:
        return _("{parent} and {child} map the same frames").format(**names)
    protected = _("{parent} and {child} map the same frames; write-protected in both: {pages}")
    return protected.format(**names, pages=pages_name(process, cow))


def _counters(process: Process) -> str:
    counters = process.counters
    told = {"faults": count(counters.faults, "fault"), "copies": count(counters.copies, "copy")}
    return _("{who} so far: {faults}, {copies}").format(who=process.name, **told)


def _on_screen(trace: Trace) -> str:
    """List every process with its regions, and the number of frames in use."""
    machine, said = trace.steps[0].machine, list[str]()
    for process in machine.living():
        regions = [_region(process, vma) for vma in process.vmas]
        told = _("{who} has {regions}") if regions else _("{who} has no memory yet")
        said.append(told.format(who=process_name(machine, process.pid), regions=", ".join(regions)))
    processes = "; ".join(said) or _("No process")
    return " ".join(map(_ended, (processes, in_use(machine, trace))))


def _region(process: Process, vma: Vma) -> str:
    frames = list(process.table.pfns(vma.start, vma.end))
    name = run_name(process, vma.start, vma.pages)
    if not frames:
        return _("{pages} without a frame").format(pages=name)
    if len(frames) < vma.pages:
        return _("{pages}, some of it in {frames}").format(pages=name, frames=frames_name(frames))
    return _("{pages} in {frames}").format(pages=name, frames=frames_name(frames))


def _ended(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."
