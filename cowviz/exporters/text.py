"""Plain text: what happened, in words."""

from __future__ import annotations

from pathlib import Path

from cowviz.exporters.job import Job, Shows
from cowviz.narration.transcript import to_text

SUFFIXES = (".txt",)
SHOWS: Shows = "trace"
SET_BY_VIEWER = True


def export(job: Job, path: Path) -> None:
    """Write the transcript."""
    path.write_text(to_text(job.trace), encoding="utf-8", newline="\n")
