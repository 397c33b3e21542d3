"""Tells what happened in plain sentences: one an event, or one for many like events."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from cowviz.errors import CowvizError
from cowviz.language import N_, _
from cowviz.memory.events import Access
from cowviz.memory.machine import Process, Prot
from cowviz.narration.event_rows import row_of
from cowviz.narration.fault_kinds import meaning_text, severity_text
from cowviz.narration.happening import Group as Group
from cowviz.narration.happening import Happening as Happening
from cowviz.narration.happening import first_event, single_events
from cowviz.narration.terms import (
    count,
    frame_name,
    frames_name,
    page_name,
    pages_name,
    process_name,
    run_name,
    status_text,
)

FEW = 12  # events that are told one by one; of more, those alike are told together
VERBS = {Access.READ: N_("read"), Access.WRITE: N_("write"), Access.EXEC: N_("execute")}  # it wants to ...
DOES = {Access.READ: N_("reads"), Access.WRITE: N_("writes"), Access.EXEC: N_("executes")}
FAULTS = {Access.READ: N_("read fault"), Access.WRITE: N_("write fault"), Access.EXEC: N_("exec fault")}
MANY_FAULTS = {Access.READ: N_("read faults"), Access.WRITE: N_("write faults"), Access.EXEC: N_("exec faults")}

ALIKE = ("pid", "kind", "access", "present", "file", "cell")  # events told together agree in these


def events_text(happenings: Sequence[Happening]) -> list[str]:
    """Tell all that happened in plain sentences, without full stops; of many events those alike in one."""
    singles = [one for happening in happenings for one in single_events(happening)]
    if len(Group(singles)) <= FEW:
        return [sentence(Group([one])) for one in singles]
    groups: dict[object, Group] = {}
    for position, one in enumerate(singles):
        event = first_event(one)
        row = row_of(event)
        alike = tuple(getattr(event, name, None) for name in ALIKE)
        groups.setdefault((type(event), alike if row and row.plural else position), Group()).parts.append(one)
    return [sentence(group) for group in groups.values()]


def sentence(group: Group) -> str:
    """Tell events alike in one sentence of the transcript."""
    row = row_of(group[0].event)
    template = None if row is None else row.plural if len(group) > 1 else row.sentence
    return _filled(template, group, {})


def picture_sentence(group: Group, more: Mapping[str, Callable[[], str]]) -> str:
    """Tell what a picture shows of events alike; ``more`` makes what else a row's ``picture`` may name."""
    row = row_of(group[0].event)
    return _filled(None if row is None else row.picture or row.sentence, group, more)


def _filled(template: str | None, group: Group, more: Mapping[str, Callable[[], str]]) -> str:
    """Fill in the template; tell an event without a row by its fields."""
    event = group[0].event
    if template is None:  # a kind of event that has no words yet
        return f"{type(event).__name__}: {event}"
    text = _(template).format_map(_TemplateWords(group, more))
    return text[:1].upper() + text[1:]


class _TemplateWords(dict[str, str]):
    """Makes the words for the fields of a template on demand, as a template names only what its event has."""

    def __init__(self, group: Group, more: Mapping[str, Callable[[], str]]) -> None:
        super().__init__()
        self.group, self.more = group, more

    def __missing__(self, word: str) -> str:
        if word in self.more:
            return self.more[word]()
        if make := MAKERS.get(word):
            return make(self.group)
        event = self.group[0].event
        if not hasattr(event, word):
            raise CowvizError(f"the row of {type(event).__name__} says {{{word}}}, which is no field of the event")
        return str(getattr(event, word))


Maker = Callable[[Group], str]


def _who(field: str) -> Maker:
    return lambda group: process_name(group[0].after, getattr(group[0].event, field))


def _of_event(make: Callable[[Any], str]) -> Maker:
    return lambda group: make(group[0].event)


def _process(group: Group, vpn: int) -> Process:
    """Return the process after the event, or before it if the event removed the page."""
    pid = getattr(group[0].event, "pid", 0)
    known = [m.processes[pid] for m in (group[-1].after, group[0].before) if pid in m.processes]
    return next((p for p in known if p.vma(vpn)), Process(pid, "", None))


def _range(field: str) -> Maker:
    def make(group: Group) -> str:
        event: Any = group[0].event
        first: int = getattr(event, field)
        return run_name(_process(group, first), first, event.pages)

    return make


def _page(group: Group) -> str:
    event: Any = group[0].event
    return page_name(_process(group, event.vpn), event.vpn)


def _all_pages(group: Group) -> str:
    event: Any = group[0].event
    return pages_name(_process(group, event.vpn), group.numbers("vpn"))


def _all_frames(group: Group) -> str:
    return frames_name(group.numbers("target" if hasattr(group[0].event, "target") else "pfn"))


def _rights(group: Group) -> str:
    """Tell what the PTE allows, if it is still as the event made it."""
    event: Any = group[-1].event
    pte = _process(group, event.vpn).pte(event.vpn)
    if pte is None or pte.pfn != event.pfn:
        return ""
    return _(", writable") if pte.prot & Prot.W else _(", read-only")


def _more(words: str, event: Any, thing: str) -> str:
    """Tell how many pages besides the event's page it concerns."""
    return _(words).format(pages=count(event.pages - 1, thing)) if event.pages > 1 else ""


def freed_text(pfns: Sequence[int]) -> str:
    """Say which frames are free again."""
    return _("free again: {frames}").format(frames=frames_name(pfns)) if pfns else _("no frame becomes free")


_ADVISES = {
    "mlock": N_("calls mlock() on"),
    "pin": N_("has a device pin"),
    "unpin": N_("has the device let go of"),
}


def _advises(event: Any) -> str:
    if event.advice in _ADVISES:
        return _(_ADVISES[event.advice])
    return _("calls {call} on").format(call=f"madvise({event.advice.upper()})")


MAKERS: dict[str, Maker] = {
    "n": lambda group: str(len(group)),
    "n_pages": lambda group: count(len(group), "page"),
    "n_slots": lambda group: count(len(group), "slot"),
    "n_frames": lambda group: count(len(group), "frame"),
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
    "advises": _of_event(_advises),
    "was": _of_event(lambda e: "" if e.old in (None, e.pfn) else _(" (was {frame})").format(frame=frame_name(e.old))),
    "around": _of_event(lambda e: _more(N_("; {pages} around it too"), e, "page")),
    "beside": _of_event(lambda e: _more(N_(" with the {pages} around it"), e, "page")),
    "along": _of_event(lambda e: _more(N_(" with the {pages} behind it"), e, "frame")),
    "limit": _of_event(lambda e: _("any number of pages") if e.pages < 0 else count(e.pages, "page")),
    "freed": _of_event(lambda e: freed_text(e.freed)),
    "verb": _of_event(lambda e: _(VERBS[e.access])),
    "does": _of_event(lambda e: _(DOES[e.access])),
    "fault": _of_event(lambda e: _(FAULTS[e.access])),
    "faults": _of_event(lambda e: _(MANY_FAULTS[e.access])),
    "kind": _of_event(lambda e: str(e.kind.name)),
    "severity": _of_event(lambda e: severity_text(e.kind)),
    "meaning": _of_event(lambda e: meaning_text(e.kind)),
    "cell": _of_event(lambda e: _("{value} to ").format(value=e.cell) if e.cell else ""),
    "status": _of_event(lambda e: status_text(e.status)),
    "pages": _of_event(lambda e: count(e.pages, "page")),
    "ptes": _of_event(lambda e: count(e.pages, "PTE")),
}
