"""A scenario's own operations, taken from what happened when it was played, or from its trace."""

from __future__ import annotations

from cowviz.memory.bulk_access import all_detailed
from cowviz.memory.changes import Change
from cowviz.memory.profile import TEXTBOOK, Profile
from cowviz.story.loader import Scenario
from cowviz.story.recording import tell
from cowviz.story.story import Story
from cowviz.trace.model import Trace
from cowviz.userfile import mistakes_in, neighbours_importable
from cowviz.verify.events_to_operations import Deed, Retelling
from cowviz.verify.facts import KIND
from cowviz.verify.facts_file import misnamed
from cowviz.verify.files import Unsupported


class _Watched(Story):
    """A story that keeps each event with the machine right after it; a trace has one only where a picture pauses."""

    def __init__(self, profile: Profile, check: bool) -> None:
        super().__init__(profile, check=check)
        self.seen: list[tuple[int, Change]] = []

    def _keep(self, change: Change) -> None:
        super()._keep(change)
        number = len(self._steps) + 1
        self.seen += [(number, Change(event, change.machine)) for event in all_detailed([change.event])]


def played(scenario: Scenario, check: bool = False) -> tuple[Trace, list[Deed], dict[str, str]]:
    """Play a scenario, under its own profile: its trace, and its operations as ``of_trace`` gives them."""
    story, retelling = _Watched(scenario.profile or TEXTBOOK, check), Retelling()
    with mistakes_in(scenario.path), neighbours_importable(scenario.path):
        tell(story, scenario.play)
    for number, change in story.seen:
        retelling.tell(number, change.event, change.machine, ())
    return story.trace(scenario.name, scenario.title, scenario.doc), retelling.deeds, retelling.names


def of_trace(trace: Trace) -> tuple[list[Deed], dict[str, str]]:
    """Return a trace's operations, and the names of the processes that they call P0, P1 ... Raises Unsupported."""
    retelling = Retelling()
    for number, step in enumerate(trace.steps, 1):
        for snapshot in step.snapshots:
            events = tuple(all_detailed(snapshot.events))
            for i, event in enumerate(events, 1):
                try:
                    retelling.tell(number, event, snapshot.machine, events[i:])
                except (LookupError, StopIteration):
                    raise Unsupported(f"step {number}: its events do not fit those before them") from None
    ops = tuple(deed.op for deed in retelling.deeds)
    unknown = (f"no region {op.kind!r}" for op in ops if op.op == "mmap" and not KIND.fullmatch(op.kind))
    if problem := next(unknown, None) or misnamed(ops):  # a trace may say anything
        raise Unsupported(f"its events do not fit together: {problem}")
    return retelling.deeds, retelling.names
