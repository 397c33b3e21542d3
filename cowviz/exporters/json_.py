"""JSON: the trace, which can be loaded like a scenario."""

from __future__ import annotations

from pathlib import Path

from cowviz.exporters.request import ExportRequest, Shows
from cowviz.trace.codec import dumps

SUFFIXES = (".json",)
SHOWS: Shows = "trace"


def export(request: ExportRequest, path: Path) -> None:
    """Write the trace as JSON."""
    path.write_text(dumps(request.trace), encoding="utf-8", newline="\n")
