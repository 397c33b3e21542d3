"""What a step of a recording says: who did what, how many faults it took, and where."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from cowviz.memory.events import Event, FaultKind, FaultRaised
from cowviz.memory.machine import Machine
from cowviz.story.words import count, runs

MOST_LINES, LINE = 3, 68  # of a caption, and characters of a line that surely fit

_WRITES = {
    FaultKind.DEMAND_ZERO: ("a frame is taken", "{n} frames are taken"),
    FaultKind.STACK_GROWTH: ("the stack grows", "the stack grows"),
    FaultKind.COW_COPY: ("a frame is copied", "{n} frames are copied"),
    FaultKind.COW_REUSE: ("nothing is copied, there is no other owner",) * 2,
    FaultKind.FILE_MAPPED: ("its frame was there",) * 2,
    FaultKind.FILE_READ: ("it is read from the disk", "they are read from the disk"),
    FaultKind.ZERO_PAGE: ("the zero page is mapped",) * 2,
    FaultKind.SWAP_CACHED: ("its frame was there",) * 2,
    FaultKind.SWAP_IN: ("it is read from swap", "they are read from swap"),
}
_SHORT = {
    FaultKind.DEMAND_ZERO: ("demand-zero",) * 2,
    FaultKind.STACK_GROWTH: ("stack growth",) * 2,
    FaultKind.COW_COPY: ("copy", "copies"),
    FaultKind.COW_REUSE: ("reuse", "reuses"),
    FaultKind.FILE_MAPPED: ("page of a file", "pages of files"),
    FaultKind.FILE_READ: ("page read from the disk", "pages read from the disk"),
    FaultKind.ZERO_PAGE: ("zero page", "zero pages"),
    FaultKind.SWAP_CACHED: ("page in the swap cache", "pages in the swap cache"),
    FaultKind.SWAP_IN: ("page read from swap", "pages read from swap"),
}


@dataclass
class Tally:
    """The faults of one process in a step."""

    kinds: Counter[FaultKind] = field(default_factory=Counter)
    accesses: set[str] = field(default_factory=set)
    pages: dict[str, tuple[int, list[int]]] = field(default_factory=dict)  # region -> its first page, pages touched

    @classmethod
    def of(cls, events: Sequence[Event], machine: Machine, pid: int) -> Tally:
        """Count the process's faults; ``machine`` is that of their time, for the regions' names."""
        tally = cls()
        for event in events:
            if isinstance(event, FaultRaised) and event.pid == pid:
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


def faults_caption(who: str, tally: Tally) -> str:
    """``Child: 512 writes fault, 512 frames are copied (anon, pages 512–1023).``"""
    if not tally.faults:
        return f"{who}: no fault."
    where = _where(tally)
    if len(tally.kinds) > 1:
        kinds = ", ".join(f"{n} {_SHORT[kind][n > 1]}" for kind, n in tally.kinds.most_common())
        return f"{who}: {count(tally.faults, 'fault')}: {kinds} ({where})."
    ((kind, n),) = tally.kinds.items()
    verb = next(iter(tally.accesses)) if len(tally.accesses) == 1 else "access"
    what = (
        f"{n} {verb}{'es' if verb == 'access' else 'es' if verb == 'fetch' else 's'} fault"
        if n > 1
        else f"a {verb} faults"
    )
    return f"{who}: {what}, {_WRITES[kind][n > 1].format(n=n)} ({where})."


def fitting(lines: Sequence[str]) -> str:
    """As many of the lines as a picture's caption holds; a line may lose what stands in brackets at its end."""
    kept: list[str] = []
    for line in lines:
        bare = line.rpartition(" (")[0] + "." if line.endswith(").") else line
        fits = (one for one in (line, bare) if sum(-(-len(each) // LINE) for each in (*kept, one)) <= MOST_LINES)
        kept += [one for one in [next(fits, None)] if one]
    return "\n".join(kept) or lines[0][: LINE * MOST_LINES - 3] + "..."


def _where(tally: Tally) -> str:
    """The regions, and of a single one the pages."""
    names = list(tally.pages)
    if len(names) != 1:
        return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
    first, vpns = tally.pages[names[0]]
    spans = runs(vpn - first for vpn in vpns)
    if len(spans) > 2:
        return f"{names[0]}, {count(len(set(vpns)), 'page')}"
    words = [f"{start}–{start + n - 1}" if n > 1 else f"{start}" for start, n in spans]
    return f"{names[0]}, page{'s' * (len(set(vpns)) > 1)} {' and '.join(words)}"
