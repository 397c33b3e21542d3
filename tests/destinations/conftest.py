"""What several destinations are tested with: folders, words that are hard to quote, npm's packages, a browser."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from decks import SCENARIOS, hard_movie

import cowviz
from cowviz import plugins
from cowviz.exporters.options import options_from
from cowviz.movie import Movie

NPM = ["reveal.js@5", "@marp-team/marp-cli@4"]


@pytest.fixture(scope="session")
def movies() -> dict[str, Movie]:
    return {**{name: cowviz.load(name) for name in SCENARIOS}, "hard": hard_movie()}


@pytest.fixture
def export(movies: dict[str, Movie], tmp_path: Path) -> Callable[..., Path]:
    """``export("fork_cow", "marp")``: the folder that this destination makes."""

    def make(name: str, to: str, **options: Any) -> Path:
        plugins.find("destinations", to).export(movies[name], tmp_path / to, options_from(options))
        return tmp_path / to

    return make


@pytest.fixture(scope="session")
def npm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the packages of ``NPM`` in its node_modules."""
    if shutil.which("npm") is None:
        pytest.skip("needs npm: apt-get install npm")
    folder = tmp_path_factory.mktemp("npm")
    command = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", *NPM]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode:
        pytest.skip(f"needs npm's registry: {' '.join(command)}")
    return folder
