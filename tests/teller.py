"""Runs operations on a machine and keeps them as the steps of a trace; the tests of traces and of narration use it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cowviz.memory.changes import Changes
from cowviz.memory.machine import boot
from cowviz.memory.profile import TEXTBOOK, Profile
from cowviz.trace.model import Snapshot, Step


class Teller:
    """Runs operations and keeps each as a step, a snapshot a change."""

    def __init__(self, profile: Profile = TEXTBOOK, frames: int = 4096) -> None:
        self.machine = boot(profile, frames)
        self.steps: list[Step] = []

    def play(self, caption: str, operation: Callable[..., Changes], *args: Any, **options: Any) -> None:
        changes = operation(self.machine, *args, **options)
        snapshots = []
        while True:
            try:
                change = next(changes)
            except StopIteration as end:
                self.machine = end.value
                break
            snapshots.append(Snapshot(change.machine, (change.event,)))
        self.steps.append(Step(caption, tuple(snapshots or [Snapshot(self.machine)]), line=2))
