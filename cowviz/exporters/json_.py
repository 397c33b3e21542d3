"""JSON: the trace, which loads back as a scenario."""

from __future__ import annotations

from pathlib import Path

from cowviz.exporters.job import Job, Shows
from cowviz.trace.codec import dumps

SUFFIXES = (".json",)
SHOWS: Shows = "trace"


def export(job: Job, path: Path) -> None:
    """Write the trace as JSON."""
    path.write_text(dumps(job.trace), encoding="utf-8", newline="\n")
