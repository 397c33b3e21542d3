"""What the tests of files share."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from cowviz.exporters._whole.files import whole_file

posix = pytest.mark.skipif(sys.platform == "win32", reason="there are no modes, pipes and devices")


def in_folder(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def write(target: Path, text: str = "new") -> None:
    with whole_file(target) as path:
        path.write_text(text)
