"""PDF: one page a step, of a slide's size, with text to search and copy, tagged for screen readers."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

from cowviz.exporters._pdf_tags import tagged
from cowviz.exporters.request import ExportRequest, Shows
from cowviz.language import tag
from cowviz.renderers.matplotlib import figure

SUFFIXES = (".pdf",)
SHOWS: Shows = "document"


def export(request: ExportRequest, path: Path) -> None:
    """Write the scenes as the pages of a PDF; each page is tagged as a figure with alternate text."""
    # Not above: how matplotlib is imported, the renderer knows.
    import matplotlib
    from matplotlib.backends.backend_pdf import PdfPages

    # None leaves an entry out: a date or a version would make each run's file another one.
    about = {"Creator": None, "Producer": None, "CreationDate": None}
    text_stays_text = matplotlib.rc_context({"pdf.fonttype": 42, "pdf.use14corefonts": False})
    plain = BytesIO()
    with text_stays_text, _no_date_of_the_build(), PdfPages(plain, metadata=about) as pages:
        for scene in request.tracked(request.scenes):
            page = figure(scene, round(scene.width), round(scene.height))
            pages.savefig(page, facecolor=page.get_facecolor())
    words = [scene.description for scene in request.scenes]
    path.write_bytes(tagged(plain.getvalue(), request.trace.title, words, tag(request.trace.lang)))


@contextmanager
def _no_date_of_the_build() -> Iterator[None]:
    """Hide SOURCE_DATE_EPOCH: there is no date in the file, but matplotlib fails at one that it cannot read."""
    date = os.environ.pop("SOURCE_DATE_EPOCH", None)
    try:
        yield
    finally:
        if date is not None:
            os.environ["SOURCE_DATE_EPOCH"] = date
