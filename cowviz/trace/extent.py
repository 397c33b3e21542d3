"""How long a trace may be: no longer than anybody reads, whether it is written or read."""

from __future__ import annotations

from cowviz.trace.json_encode import MalformedError, check_length, within
from cowviz.trace.limits import MOST_SIGNS_OF_CODE, MOST_SNAPSHOTS, MOST_STEPS, MOST_VIEWS
from cowviz.trace.model import Trace


def check_extent(trace: Trace) -> None:
    """Refuse what is longer than anybody reads. Raises MalformedError."""
    for what, text in (("title", trace.title), ("name", trace.name)):
        with within(what):
            check_length(text)
    for number, step in enumerate(trace.steps, 1):
        with within(f"step {number}: caption"):
            check_length(step.caption)
    if any(len(views) > MOST_VIEWS for views in (trace.view, *(step.view for step in trace.steps))):
        raise MalformedError(f"more than {MOST_VIEWS} views side by side")
    for what, text in (("doc", trace.doc), ("code", "\n".join(trace.code))):
        with within(what):
            check_length(text, MOST_SIGNS_OF_CODE)
    if len(trace.steps) > MOST_STEPS:
        raise MalformedError(f"more than {MOST_STEPS} steps")
    if sum(len(step.snapshots) for step in trace.steps) > MOST_SNAPSHOTS:
        raise MalformedError(f"more than {MOST_SNAPSHOTS} snapshots in all")
