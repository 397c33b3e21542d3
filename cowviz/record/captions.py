"""What a step of a recording says: who did what, how many faults it took, and where."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from cowviz.language import _, n_
from cowviz.memory.bulk_access import all_detailed
from cowviz.memory.events import (
    Advised,
    Event,
    Execed,
    Exited,
    FaultKind,
    FaultRaised,
    Forked,
    PagedOut,
    PagesMerged,
    ProcessStarted,
    RegionMapped,
    RegionMoved,
    RegionUnmapped,
    WriteProtected,
)
from cowviz.memory.machine import Machine
from cowviz.memory.rare.gaps import NotUnderstood
from cowviz.narration.terms import count, runs, status_text

MOST_LINES, LINE = 3, 68  # of a caption, and characters of a line that surely fit

# What came of faults: of one, of n.
_OUTCOMES = {
    FaultKind.DEMAND_ZERO: lambda n: n_("a frame is taken", "{n} frames are taken", n),
    FaultKind.STACK_GROWTH: lambda n: _("the stack grows"),
    FaultKind.COW_COPY: lambda n: n_("a frame is copied", "{n} frames are copied", n),
    FaultKind.COW_REUSE: lambda n: _("nothing is copied, there is no other owner"),
    FaultKind.FILE_MAPPED: lambda n: _("its frame was there"),
    FaultKind.FILE_READ: lambda n: n_("it is read from the disk", "they are read from the disk", n),
    FaultKind.ZERO_PAGE: lambda n: _("the zero page is mapped"),
    FaultKind.SWAP_CACHED: lambda n: _("its frame was there"),
    FaultKind.SWAP_IN: lambda n: n_("it is read from swap", "they are read from swap", n),
}
_SHORT = {
    FaultKind.DEMAND_ZERO: lambda n: n_("{n} demand-zero", "{n} demand-zero", n),
    FaultKind.STACK_GROWTH: lambda n: n_("{n} stack growth", "{n} stack growth", n),
    FaultKind.COW_COPY: lambda n: n_("{n} copy", "{n} copies", n),
    FaultKind.COW_REUSE: lambda n: n_("{n} reuse", "{n} reuses", n),
    FaultKind.FILE_MAPPED: lambda n: n_("{n} page of a file", "{n} pages of files", n),
    FaultKind.FILE_READ: lambda n: n_("{n} page read from the disk", "{n} pages read from the disk", n),
    FaultKind.ZERO_PAGE: lambda n: n_("{n} zero page", "{n} zero pages", n),
    FaultKind.SWAP_CACHED: lambda n: n_("{n} page in the swap cache", "{n} pages in the swap cache", n),
    FaultKind.SWAP_IN: lambda n: n_("{n} page read from swap", "{n} pages read from swap", n),
}
_FAULTS = {
    "read": lambda n: n_("a read faults", "{n} reads fault", n),
    "write": lambda n: n_("a write faults", "{n} writes fault", n),
    "fetch": lambda n: n_("a fetch faults", "{n} fetches fault", n),
    "access": lambda n: n_("an access faults", "{n} accesses fault", n),
}


@dataclass
class FaultTally:
    """The faults of one process in a step."""

    kinds: Counter[FaultKind] = field(default_factory=Counter)
    accesses: set[str] = field(default_factory=set)
    pages: dict[str, tuple[int, list[int]]] = field(default_factory=dict)  # region -> its first page, pages touched

    @classmethod
    def of(cls, events: Sequence[Event], machine: Machine, pid: int) -> FaultTally:
        """Count the process's faults; ``machine`` is that of their time, for the regions' names."""
        tally = cls()
        for event in all_detailed(events):
            if isinstance(event, FaultRaised) and event.pid == pid and not event.kind.is_fatal:  # the signal says it
                tally.kinds[event.kind] += 1
                tally.accesses.add({"exec": "fetch"}.get(event.access.value, event.access.value))
                vma = machine.process(pid).vma(event.vpn)
                if vma:
                    first = min(v.start for v in machine.process(pid).vmas if v.name == vma.name)
                    tally.pages.setdefault(vma.name, (first, []))[1].append(event.vpn)
        return tally

    @property
    def faults(self) -> int:
        return self.kinds.total()


def faults_caption(who: str, tally: FaultTally) -> str:
    """Tell of faults in a caption: ``Child: 512 writes fault, 512 frames are copied (anon, pages 512–1023).``"""
    if not tally.faults:
        return _("{who}: no fault.").format(who=who)
    where = _where(tally)
    if len(tally.kinds) > 1:
        kinds = ", ".join(_SHORT[kind](n).format(n=n) for kind, n in tally.kinds.most_common())
        words = {"who": who, "faults": count(tally.faults, "fault"), "kinds": kinds, "where": where}
        return _("{who}: {faults}: {kinds} ({where}).").format(**words)
    ((kind, n),) = tally.kinds.items()
    verb = next(iter(tally.accesses)) if len(tally.accesses) == 1 else "access"
    faults, outcome = _FAULTS[verb](n).format(n=n), _OUTCOMES[kind](n).format(n=n)
    return _("{who}: {faults}, {outcome} ({where}).").format(who=who, faults=faults, outcome=outcome, where=where)


def fitting(lines: Sequence[str]) -> str:
    """Return as many of the lines as a caption holds; a line may lose what stands in brackets at its end."""
    kept: list[str] = []
    for line in lines:
        bare = line.rpartition(" (")[0] + "." if line.endswith(").") else line
        fits = (one for one in (line, bare) if sum(-(-len(each) // LINE) for each in (*kept, one)) <= MOST_LINES)
        kept += [one for one in [next(fits, None)] if one]
    return "\n".join(kept) or lines[0][: LINE * MOST_LINES - 3] + "..."


def _where(tally: FaultTally) -> str:
    """The regions, and of a single one the pages."""
    names = list(tally.pages)
    if len(names) != 1:
        some = ", ".join(names[:3])
        return some if len(names) <= 3 else _("{some} and {n} more").format(some=some, n=len(names) - 3)
    first, vpns = tally.pages[names[0]]
    spans = runs(vpn - first for vpn in vpns)
    if len(spans) > 2:
        return f"{names[0]}, {count(len(set(vpns)), 'page')}"
    words = [f"{start}–{start + n - 1}" if n > 1 else f"{start}" for start, n in spans]
    numbers = words[0] if len(words) == 1 else _("{one} and {other}").format(one=words[0], other=words[1])
    pages = n_("page {numbers}", "pages {numbers}", len(set(vpns))).format(numbers=numbers)
    return f"{names[0]}, {pages}"


@dataclass(frozen=True, slots=True)
class Part:
    """Events of a step that are told at once, with the machines before and after them."""

    events: Sequence[Event]
    before: Machine
    machine: Machine


def caption(parts: Sequence[Part], mark: str | None) -> str:
    """Return the program's own words, its mark, and what they came to; or what happened."""
    turns = [text for text in map(_turn, parts) if text]
    faults = [faults_caption(who, tally) for who, tally in _tallies(parts) if tally.faults]
    if mark is not None:
        return fitting([mark, *(faults or turns or [_("No fault.")])])
    regions = _regions([event for part in parts for event in part.events], parts[-1].machine)
    return fitting(turns + faults or [regions])


def _turn(part: Part) -> str:
    """A fork, an exec, a start or an end in words."""
    machine, words = part.machine, []
    for event in part.events:
        match event:
            case Forked(parent, child, pages):
                told = _("{parent} forks {child}: {ptes} copied, no frame.")
                names = {"parent": _name(machine, parent), "child": _name(machine, child)}
                words.append(told.format(**names, ptes=count(pages, "PTE")))
            case Execed(pid, program):
                told = _("{who} runs {program}: its old memory is gone.")
                was = part.before if pid in part.before.processes else machine
                words.append(told.format(who=_name(was, pid), program=program))
            case Exited(pid, status, freed):
                told = _("{who} ends ({status}): {frames} free again.")
                end = {"status": status_text(status), "frames": count(len(freed), "frame")}
                words.append(told.format(who=_name(machine, pid), **end))
    started = [event.pid for event in part.events if isinstance(event, ProcessStarted)]
    if started and not words:
        words = [_("{who} starts.").format(who=_name(machine, started[-1]))]
    return " ".join(words)


def _tallies(parts: Sequence[Part]) -> list[tuple[str, FaultTally]]:
    found: dict[str, FaultTally] = {}
    for part in parts:
        for pid in dict.fromkeys(event.pid for event in part.events if isinstance(event, FaultRaised)):
            tally = FaultTally.of(part.events, part.machine, pid)
            whole = found.setdefault(_name(part.machine, pid), FaultTally())
            whole.kinds += tally.kinds
            whole.accesses |= tally.accesses
            for name, (first, vpns) in tally.pages.items():
                whole.pages.setdefault(name, (first, []))[1].extend(vpns)
    return list(found.items())


def _regions(events: Sequence[Event], machine: Machine) -> str:
    """New and lost regions in words."""
    words = []
    for event in events:
        if isinstance(event, PagesMerged):
            words.append(_("KSM merges equal pages: {ptes} on one frame.").format(ptes=count(event.pages, "PTE")))
        if isinstance(event, NotUnderstood):
            told = _("{who}: {what} was not understood.")
            words.append(told.format(who=_name(machine, event.pid), what=event.what))
        if isinstance(event, RegionMoved):
            told = _("{who} moves {pages} by mremap().")
            words.append(told.format(who=_name(machine, event.pid), pages=count(event.pages, "page")))
        if not isinstance(event, RegionMapped | RegionUnmapped | WriteProtected | Advised | PagedOut):
            continue
        who, pages = _name(machine, event.pid), count(event.pages, "page")
        if isinstance(event, Advised):
            words.append(_("{who} calls {call}.").format(who=who, call=f"madvise({event.advice.upper()})"))
        elif isinstance(event, PagedOut):
            words.append(_("{pages} of {who} now in swap.").format(who=who, pages=pages))
        elif isinstance(event, RegionUnmapped):
            words.append(_("{who} gives back {pages}.").format(who=who, pages=pages))
        elif isinstance(event, WriteProtected):
            words.append(_("{who} forks: {pages} write-protected.").format(who=who, pages=pages))
        elif vma := machine.process(event.pid).vma(event.start):
            told = _("{who} maps {region}: {pages}, no frame yet.")
            words.append(told.format(who=who, region=vma.name, pages=pages))
    return " ".join(dict.fromkeys(words)) or _("Memory changes.")


def _name(machine: Machine, pid: int) -> str:
    return machine.process(pid).name
