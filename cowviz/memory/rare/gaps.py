"""What the recorder of a real program did not understand: a gap in what is told, none in what is shown."""

from __future__ import annotations

from dataclasses import dataclass

from cowviz.memory.events import Event


@dataclass(frozen=True, slots=True)
class NotUnderstood(Event):
    """Something happened that the rules do not explain; from here on memory is as it was observed."""

    pid: int
    vpn: int  # the page concerned; 0 where it is the whole process
    what: str  # in the kernel's words: "mremap at 0x7ffff7c00000"
