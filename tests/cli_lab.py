"""What the tests of the command line share."""

from __future__ import annotations

import os
from pathlib import Path

from click.testing import CliRunner

from cowviz.cli import cli

ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}


def cowviz(*args: str, **extra):
    return CliRunner().invoke(cli, args, prog_name="cowviz", **extra)


def names(folder: str) -> list[str]:
    return sorted(path.name for path in Path(folder).iterdir())
