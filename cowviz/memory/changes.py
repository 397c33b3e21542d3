"""What an operation yields: each thing that happens, with the machine right after it."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

from cowviz.memory.events import Event
from cowviz.memory.machine import Machine


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that happened, and the machine right after it."""

    event: Event
    machine: Machine


Changes = Generator[Change, None, Machine]  # what every operation is: changes on the way, the last machine returned
