"""What happened, in order, with words: a Trace of Steps, each of one or more Snapshots."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import overload

from cowviz.language import ENGLISH
from cowviz.memory.events import Event
from cowviz.memory.machine import Machine
from cowviz.trace.snapshot import Snapshot as Snapshot


@dataclass(frozen=True, slots=True)
class Step:
    """One caption, one click of the lecturer: what happens, and the words for it.

    Its snapshots are played in order; the last one stands while the caption is read.
    """

    caption: str
    snapshots: tuple[Snapshot, ...]
    line: int | None = None  # the current line of the trace's code, from 1
    view: tuple[str, ...] = ()  # the views that show it, side by side; (): the trace's
    about: tuple[int, int | None] | None = None  # pid and vpn that the view is about; None: the last that acted

    @property
    def machine(self) -> Machine:
        return self.snapshots[-1].machine

    @property
    def events(self) -> tuple[Event, ...]:
        return tuple(event for snapshot in self.snapshots for event in snapshot.events)


@dataclass(frozen=True, slots=True)
class Recording:
    """How a trace of a real run was made."""

    method: str  # "ptrace and perf sigtrap"
    kernel: str  # "Linux 6.18.44 x86_64"
    frames: str  # whether frame numbers were seen or inferred, in a sentence
    ended: str = ""  # why the recording ended before the program did, in a sentence


@dataclass(frozen=True, slots=True)
class Trace:
    """A whole lesson as it ran. It loads back from its JSON to an equal trace."""

    name: str  # "fork_cow"
    title: str  # "Copy-on-write after fork()"
    doc: str  # the rest of the scenario's docstring
    steps: tuple[Step, ...]
    code: tuple[str, ...] = ()  # C lines shown beside the picture
    recording: Recording | None = None  # None: simulated
    lang: str = ENGLISH  # of its captions, and of all the words that are put beside them
    view: tuple[str, ...] = ()  # the views that show it, side by side; (): the usual one

    @property
    def machines(self) -> Machines:
        """The machine of each snapshot, in order; one that was not kept is made when it is looked at."""
        return Machines(tuple(snapshot for step in self.steps for snapshot in step.snapshots))


class Machines(Sequence[Machine]):
    """The machines of snapshots."""

    def __init__(self, snapshots: Sequence[Snapshot]) -> None:
        """Look at the machines of ``snapshots``."""
        self._snapshots = snapshots

    @overload
    def __getitem__(self, index: int) -> Machine: ...
    @overload
    def __getitem__(self, index: slice) -> Machines: ...
    def __getitem__(self, index: int | slice) -> Machine | Machines:
        if isinstance(index, slice):
            return Machines(self._snapshots[index])
        return self._snapshots[index].machine

    def __len__(self) -> int:
        return len(self._snapshots)
