from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pypdf import PdfReader

from cowviz.exporters import pdf
from cowviz.exporters.request import ExportRequest
from cowviz.renderers.matplotlib import rasterise


@pytest.fixture
def task(make_task: Callable[..., ExportRequest]) -> ExportRequest:
    return make_task("document")


@pytest.fixture
def document(task: ExportRequest, tmp_path: Path) -> Path:
    pdf.export(task, tmp_path / "a.pdf")
    return tmp_path / "a.pdf"


def test_one_page_a_step_with_text_to_search(task: ExportRequest, document: Path, needs: Callable[[str], str]) -> None:
    run = subprocess.run([needs("pdftotext"), "-layout", document, "-"], capture_output=True, text=True, check=True)
    pages = run.stdout.removesuffix("\f").split("\f")
    assert len(pages) == len(task.scenes)
    for page, scene in zip(pages, task.scenes, strict=True):
        assert scene.title in page
        assert "Page 0" in page


def test_a_page_is_a_slide_that_looks_like_the_picture(
    task: ExportRequest, document: Path, tmp_path: Path, needs: Callable[[str], str]
) -> None:
    subprocess.run([needs("pdftoppm"), "-r", "96", "-png", document, tmp_path / "page"], check=True)
    pages = sorted(tmp_path.glob("page*.png"))
    for page, scene in zip(pages, task.scenes, strict=True):
        with Image.open(page) as image:
            assert image.size == (1280, 720)
            error = np.abs(np.asarray(image.convert("RGB")).astype(int) - rasterise(scene, 1280, 720)).max(axis=2)
        assert (error > 32).mean() < 0.01


def test_it_has_a_title_and_neither_date_nor_software(document: Path, needs: Callable[[str], str]) -> None:
    needs("pdftotext")  # which pdfinfo comes with
    about = subprocess.run(["pdfinfo", document], capture_output=True, text=True, check=True).stdout
    assert "Copy-on-write after fork()" in about
    assert not any(word in about for word in ("Creator", "Producer", "CreationDate", "ModDate"))
    assert "960 x 540 pts" in about


def test_each_page_is_a_figure_with_its_words(task: ExportRequest, document: Path, needs: Callable[[str], str]) -> None:
    needs("pdftotext")  # which pdfinfo comes with
    about = subprocess.run(["pdfinfo", document], capture_output=True, text=True, check=True).stdout
    assert re.search(r"Tagged: +yes", about)
    reader = PdfReader(document)
    root = reader.root_object
    assert root["/Lang"] == task.trace.lang  # type: ignore[comparison-overlap]
    figures = root["/StructTreeRoot"]["/K"]["/K"]  # type: ignore[index]
    assert [figure["/Alt"] for figure in figures] == [scene.description for scene in task.scenes]
    for number, (page, figure) in enumerate(zip(reader.pages, figures, strict=True)):
        assert figure["/Pg"] == page
        assert page["/StructParents"] == number  # type: ignore[comparison-overlap]
        drawn = page.get_contents().get_data()
        assert drawn.startswith(b"/Figure <</MCID 0>> BDC")
        assert drawn.rstrip().endswith(b"EMC")
