"""What the tests of languages share."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from cowviz.language import LOCALES, languages
from cowviz.movie import Movie, load
from cowviz.scene.shapes import Scene, Text
from cowviz.story.loader import bundled

babel = pytest.importorskip("babel.messages.pofile", reason="needs babel: pip install Babel")


OTHERS = [lang for lang in languages() if lang != "en"]


NAMES = sorted(path.stem for path in bundled().glob("[!_]*.py"))


other = pytest.mark.parametrize("lang", OTHERS)


# What comes with cowviz is whole in these; a language that somebody adds may be short, and English stands.
whole = pytest.mark.parametrize("lang", ["ro"])


# What is the same in every language: names of C, Linux and the hardware, rights, numbers.
SAME = re.compile(
    r"\b(VMA|PTE|RSS|PSS|USS|pid|SIG[A-Z]+|[A-Z]+_[A-Z_]+|mix)\b"
    r"|\.?\b(text|rodata|data|bss|heap|stack)\b|[r-][w-][x-]|\b[a-z]+\([A-Z_]*\)|\w+_\w+"
)


@cache
def movie(name: str, lang: str) -> Movie:
    return load(name, lang=lang)


def catalogue(path: Path):
    with path.open("rb") as file:
        return [message for message in babel.read_po(file) if message.id]


def po(lang: str) -> Path:
    return LOCALES / lang / "LC_MESSAGES" / "cowviz.po"


def strings(message) -> list[str]:
    return list(message.string) if message.pluralizable else [message.string]


def words_of(scene: Scene) -> Iterator[str]:
    yield from (shape.text for shape in scene.shapes.values() if isinstance(shape, Text))
    yield from (scene.title, scene.description)
