"""Many accesses of one operation as one event: what each page took, in columns of numbers.

A million page faults as objects would be a gigabyte; as columns they are 25 MB. ``detailed`` gives the same as the
events of single accesses, for whoever wants them one by one.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import overload

from cowviz.memory.events import (
    Access,
    Accessed,
    Event,
    FaultKind,
    FaultRaised,
    FrameAllocated,
    FrameCopied,
    PageMapped,
    PageReused,
)
from cowviz.memory.machine import Cell

NO_ENTRY = -2  # in the column ``old``: the page had none; -1 is the zero page
# What a page took: 0 is no fault, else two numbers for each kind, the odd one where there was an entry.
KINDS = (FaultKind.DEMAND_ZERO, FaultKind.ZERO_PAGE, FaultKind.COW_COPY, FaultKind.COW_REUSE)
CODES = {(kind, present): 2 * i + 2 + present for i, kind in enumerate(KINDS) for present in (False, True)}
FAULTS = {code: fault for fault, code in CODES.items()}


class Numbers(Sequence[int]):
    """Whole numbers that nobody changes, of 8 bytes each."""

    __slots__ = ("_numbers",)

    def __init__(self, numbers: Iterable[int] = ()) -> None:
        """Keep these numbers. Raises OverflowError for one of more than 64 bits."""
        self._numbers = array("q", numbers)

    @overload
    def __getitem__(self, index: int) -> int: ...
    @overload
    def __getitem__(self, index: slice) -> Numbers: ...
    def __getitem__(self, index: int | slice) -> int | Numbers:
        return Numbers(self._numbers[index]) if isinstance(index, slice) else self._numbers[index]

    def __len__(self) -> int:
        return len(self._numbers)

    def __iter__(self) -> Iterator[int]:
        return iter(self._numbers)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Numbers) and self._numbers == other._numbers

    def __hash__(self) -> int:
        return hash(self._numbers.tobytes())

    def __repr__(self) -> str:
        return f"Numbers({self._numbers.tolist()})"


@dataclass(frozen=True, slots=True)
class BulkAccess(Event):
    """Pages were accessed one after the other in one operation; the columns are of equal length, a row a page."""

    pid: int
    access: Access
    vpns: Numbers  # in the order of the accesses; a page may be there twice
    kinds: bytes  # what each took: 0 for no fault, else one of ``CODES``
    frames: Numbers  # the frame that the page maps after its access; -1 is the zero page
    old: Numbers  # the frame that it mapped before; ``NO_ENTRY`` for none
    cells: tuple[Cell | None, ...] = (None,)  # what was stored into each page, a store each; None: only a touch

    @property
    def pages(self) -> int:
        """How many accesses these are."""
        return len(self.vpns)

    @property
    def faults(self) -> int:
        """How many of the accesses faulted."""
        return len(self.kinds) - self.kinds.count(0)

    @property
    def copies(self) -> int:
        """How many of the accesses had a frame copied."""
        return self.kinds.count(CODES[FaultKind.COW_COPY, True])


def detailed(event: BulkAccess) -> Iterator[Event]:
    """Yield the events that the same accesses would be, one after the other."""
    for i in range(event.pages):
        yield from details(event, i)


def details(event: BulkAccess, i: int) -> Iterator[Event]:
    """Yield the events of one row."""
    pid, vpn, pfn = event.pid, event.vpns[i], event.frames[i]
    if code := event.kinds[i]:
        kind, present = FAULTS[code]
        yield FaultRaised(pid, vpn, event.access, kind, present)
        old = None if event.old[i] == NO_ENTRY else event.old[i]
        if kind in (FaultKind.DEMAND_ZERO, FaultKind.COW_COPY):
            yield FrameAllocated(pid, pfn)
        if kind is FaultKind.COW_COPY and old is not None:
            yield FrameCopied(pid, old, pfn)
        yield PageReused(pid, vpn, pfn) if kind is FaultKind.COW_REUSE else PageMapped(pid, vpn, pfn, old, kind)
    for cell in event.cells:
        yield Accessed(pid, vpn, event.access, cell)


def all_detailed(events: Iterable[Event]) -> Iterator[Event]:
    """Yield all events, those of many accesses one by one."""
    for event in events:
        if isinstance(event, BulkAccess):
            yield from detailed(event)
        else:
            yield event
