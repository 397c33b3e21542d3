"""Makes questions from a trace alone: what will the next step show?

One a step at most, and only where something is to be understood: a fork, a fault, a page remapped, an access to what
two processes own, an exit. The same trace gives the same questions.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from cowviz.language import _, n_
from cowviz.memory.bulk_access import BulkAccess
from cowviz.memory.events import (
    Access,
    Accessed,
    Event,
    Exited,
    FaultKind,
    FaultRaised,
    Forked,
    FrameCopied,
    PageMapped,
)
from cowviz.memory.machine import Machine
from cowviz.narration.fault_kinds import meaning_text
from cowviz.narration.terms import frame_name, page_name, process_name
from cowviz.trace.model import Step, Trace

MOST_CHOICES = 4


@dataclass(frozen=True, slots=True)
class Question:
    """Asked before a step is shown; ``answer`` is the place of the right one among the choices."""

    step: int  # from 1: the step that answers it
    text: str
    choices: tuple[str, ...]
    answer: int
    why: str


@dataclass(frozen=True, slots=True)
class _Outlook:
    """Holds the sources of a question: the step's number, the machine before, its events and the steps that follow."""

    number: int
    before: Machine
    events: tuple[Event, ...]
    later: Sequence[Step]

    def question(self, text: str, choices: tuple[str, ...], answer: str, why: str) -> Question:
        return Question(self.number, text, choices, choices.index(answer), why)


def questions(trace: Trace) -> list[Question]:
    """Return the questions of a lesson in the order of its steps; none about the first, which nothing is before."""
    return list(_questions(trace))


def _questions(trace: Trace) -> Iterator[Question]:
    for number, step in enumerate(trace.steps[1:], 2):
        outlook = _Outlook(number, trace.steps[number - 2].machine, step.events, trace.steps[number:])
        found = (make(outlook) for make in (_about_fork, _about_access, _about_remapping, _about_exit))
        if question := next(filter(None, found), None):
            yield question


def _about_fork(outlook: _Outlook) -> Question | None:
    forks = [event for event in outlook.events if isinstance(event, Forked)]
    if len(forks) != 1 or forks[0].parent not in outlook.before.processes or forks[0].pages < 2:
        return None
    pages, none = forks[0].pages, _("none")
    every = n_("{n}: a frame for its page", "{n}: a frame for each page", pages).format(n=pages)
    few = _("those of its writable pages")
    who = process_name(outlook.before, forks[0].parent)
    return outlook.question(
        _("{who} calls fork(). Which frames does fork() copy?").format(who=who),
        (none, few, every),
        none,
        _("fork() copies the page table: both processes map the same frames."),
    )


def _about_access(outlook: _Outlook) -> Question | None:
    """Ask what one access does; ask nothing of a step that accesses many pages."""
    told = [event for event in outlook.events if isinstance(event, FaultRaised | Accessed)]
    if any(isinstance(event, BulkAccess) for event in outlook.events):
        return None
    pages = {(event.pid, event.vpn) for event in told}
    if len(pages) != 1 or told[0].pid not in outlook.before.processes:
        return None
    first = told[0]
    process = outlook.before.process(first.pid)
    if process.vma(first.vpn) is None or (isinstance(first, Accessed) and not _is_telling(outlook, first)):
        return None
    free, copied = _("no fault: the access goes through"), _("a fault, and a frame is copied")
    fault, refused = _("a fault, and nothing is copied"), _("SIGSEGV: the region forbids it")
    answer, why = free, _("The page table entry allows it: the kernel is not asked.")
    if isinstance(first, FaultRaised):
        if first.kind is FaultKind.BUS_ADRERR:
            return None
        answer = refused if first.kind.is_fatal else copied if _copies(outlook, first) else fault
        why = meaning_text(first.kind)
        why = f"{why[:1].upper()}{why[1:]}."
    text = {
        Access.READ: _("{who} reads {page}. What happens?"),
        Access.WRITE: _("{who} writes to {page}. What happens?"),
        Access.EXEC: _("{who} executes {page}. What happens?"),
    }[first.access]
    names = {"who": process_name(outlook.before, first.pid), "page": page_name(process, first.vpn)}
    return outlook.question(text.format(**names), (free, copied, fault, refused), answer, why)


def _is_telling(outlook: _Outlook, access: Accessed) -> bool:
    """Return whether an access without a fault is worth a question: it goes to a co-owned frame."""
    pte = outlook.before.process(access.pid).pte(access.vpn)
    frame = outlook.before.frames.get(pte.pfn) if pte else None
    resolved = any(isinstance(event, PageMapped) and event.vpn == access.vpn for event in outlook.events)
    return frame is not None and frame.mapcount > 1 and not resolved


def _copies(outlook: _Outlook, fault: FaultRaised) -> bool:
    """Return whether a frame is copied before the access goes through, in this step or a later one."""
    later = (event for step in outlook.later for event in step.events)
    for event in chain(outlook.events[outlook.events.index(fault) :], later):
        match event:
            case FrameCopied(pid=fault.pid):
                return True
            case Accessed(pid=fault.pid, vpn=fault.vpn):
                return False
    return False


def _about_remapping(outlook: _Outlook) -> Question | None:
    """Ask which frame a page maps, if its copy was made in an earlier step."""
    moved = [event for event in outlook.events if isinstance(event, PageMapped) and event.old not in (None, event.pfn)]
    if any(isinstance(event, BulkAccess) for event in outlook.events):
        return None
    if len(moved) != 1 or moved[0].pages != 1 or moved[0].pid not in outlook.before.processes:
        return None
    (event,) = moved
    process = outlook.before.process(event.pid)
    others = [pfn for pfn, _frame in outlook.before.frames.items() if pfn not in (event.pfn, event.old)]
    shown = sorted({event.pfn, event.old or 0, *others[: MOST_CHOICES - 2]})
    return outlook.question(
        _("Which frame does {who}'s {page} map after the fault?").format(
            who=process_name(outlook.before, event.pid), page=page_name(process, event.vpn)
        ),
        tuple(map(frame_name, shown)),
        frame_name(event.pfn),
        _("The writer gets the copy; {frame} stays with the others.").format(frame=frame_name(event.old or 0)),
    )


def _about_exit(outlook: _Outlook) -> Question | None:
    exits = [event for event in outlook.events if isinstance(event, Exited)]
    if len(exits) != 1 or exits[0].pid not in outlook.before.processes:
        return None
    freed = len(exits[0].freed)
    mapped = set(outlook.before.process(exits[0].pid).table.pfns())
    counts = sorted({0, freed, len(mapped)})
    if len(counts) < 2:
        return None
    who = process_name(outlook.before, exits[0].pid)
    return outlook.question(
        _("{who} ends. How many frames become free?").format(who=who),
        tuple(map(str, counts)),
        str(freed),
        _("A frame becomes free once no page maps it and the page cache does not hold it."),
    )
