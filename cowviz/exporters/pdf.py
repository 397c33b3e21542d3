"""PDF: one page a step, a slide's size, whose text can be searched and copied."""

from __future__ import annotations

from pathlib import Path

import matplotlib
from matplotlib.backends.backend_pdf import PdfPages

from cowviz.exporters.job import Job, Shows
from cowviz.renderers.matplotlib import figure

SUFFIXES = (".pdf",)
SHOWS: Shows = "document"


def export(job: Job, path: Path) -> None:
    """Write the scenes as the pages of a PDF."""
    # None leaves an entry out: a date or a version would make each run's file another one.
    about = {"Title": job.trace.title, "Creator": None, "Producer": None, "CreationDate": None}
    text_stays_text = matplotlib.rc_context({"pdf.fonttype": 42, "pdf.use14corefonts": False})
    with text_stays_text, PdfPages(path, metadata=about) as pages:
        for scene in job.tracked(job.scenes):
            page = figure(scene, round(scene.width), round(scene.height))
            pages.savefig(page, facecolor=page.get_facecolor())
