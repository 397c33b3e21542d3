"""Plain text: the transcript."""

from __future__ import annotations

from pathlib import Path

from cowviz.exporters.request import ExportRequest, Shows
from cowviz.narration.transcript import to_text

SUFFIXES = (".txt",)
SHOWS: Shows = "trace"
SET_BY_VIEWER = True


def export(request: ExportRequest, path: Path) -> None:
    """Write the transcript."""
    path.write_text(to_text(request.trace), encoding="utf-8", newline="\n")
