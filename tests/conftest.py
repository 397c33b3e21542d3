"""What all tests share: golden files, and tools that a machine may lack."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# The same examples each time, so that nobody meets another's failure; and machines are shared: slowness is no finding.
settings.register_profile("cowviz", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("cowviz")

GOLDEN = Path(__file__).parent / "golden"

# What a test may need beside the project's own dependencies, and the package that brings it.
APT = {
    "chromium": "chromium",
    "ffmpeg": "ffmpeg",
    "ffprobe": "ffmpeg",
    "npm": "npm",
    "pandoc": "pandoc",
    "pdfinfo": "poppler-utils",
    "pdflatex": "texlive-latex-recommended texlive-pictures lmodern",
    "pdftoppm": "poppler-utils",
    "pdftotext": "poppler-utils",
    "soffice": "libreoffice-impress",
}
# What R runs has no command of its own.
R = {"knitr": "r-cran-knitr"}
PIP = {
    "axe_playwright_python": "axe-playwright-python",
    "av": "av",
    "watchfiles": "watchfiles",
    "playwright": "playwright",
    "hatchling": "hatchling",
    "ipykernel": "ipykernel",
    "mkdocs": "mkdocs",
    "myst_parser": "myst-parser",
    "nbconvert": "nbconvert",
    "sphinx": "sphinx",
}

CJK = [Path("/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf")]
BROWSER = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden", action="store_true", help="write tests/golden anew from what the code makes now"
    )


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """``golden("fork_cow.txt", text)`` compares with tests/golden/fork_cow.txt, or writes it (--update-golden)."""

    def compare(name: str, text: str) -> None:
        path = GOLDEN / name
        if request.config.getoption("--update-golden"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            return
        assert path.exists(), f"no golden file {name}; look at what the code makes, then: pytest --update-golden"
        assert text == path.read_text(encoding="utf-8"), f"{name} changed; if it should: pytest --update-golden"

    return compare


@pytest.fixture
def needs() -> Callable[[str], str]:
    """``needs("chromium")`` gives the path of a tool (or the name of a Python module); without it the test skips."""

    def find(what: str) -> str:
        if what in PIP:
            if find_spec(what):
                return what
            pytest.skip(f"needs {what}: pip install {PIP[what]}")
        if what in R:
            if _has_r_package(what):
                return what
            pytest.skip(f"needs {what}: apt-get install {R[what]}")
        path = shutil.which(what)
        if path is None:
            pytest.skip(f"needs {what}: apt-get install {APT[what]}")
        return path

    return find


@cache
def _has_r_package(name: str) -> bool:
    asked = ["Rscript", "-e", f"quit(status = !requireNamespace('{name}', quietly = TRUE))"]
    return shutil.which("Rscript") is not None and subprocess.run(asked, check=False).returncode == 0


@pytest.fixture
def needs_cjk() -> Path:
    """The file of a font with Chinese, Japanese and Korean, and without Latin; without it the test skips."""
    found = [path for path in CJK if path.is_file()]
    if not found:
        pytest.skip("needs a font with Chinese signs: apt-get install fonts-droid-fallback")
    return found[0]


@pytest.fixture(scope="session")
def playwright():
    """Drives browsers: one for the whole run, as two at a time do not go."""
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as started:
        yield started


@pytest.fixture(scope="module")
def launch(playwright):
    """``with launch("--flag") as browser:`` is the system's Chromium, started anew."""
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("needs chromium: apt-get install chromium")
    return lambda *flags: playwright.chromium.launch(executable_path=chromium, args=[*BROWSER, *flags])


@pytest.fixture(scope="module")
def browser(launch):
    """The system's Chromium, one for all tests of a module."""
    with launch() as started:
        yield started


def _is_want(reason: str) -> bool:
    """Whether a skip is for want of a package: ``needs ...``, or pytest.importorskip's."""
    return reason.removeprefix("Skipped: ").startswith(("needs ", "could not import"))


def _fail_in_ci(report: pytest.TestReport | pytest.CollectReport) -> None:
    """Continuous integration runs every test: there, what is skipped elsewhere for want of a package is a failure."""
    if os.environ.get("CI") == "true" and report.skipped and isinstance(report.longrepr, tuple):
        reason = report.longrepr[2]
        if _is_want(reason):
            report.outcome = "failed"
            report.longrepr = f"{reason} (with CI=true nothing is skipped for want of a package)"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Iterator[None]:
    report = yield
    _fail_in_ci(report)  # type: ignore[arg-type]
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Iterator[None]:
    report = yield
    _fail_in_ci(report)  # type: ignore[arg-type]
    return report
