"""The catalogues of messages: complete, with the same fields, and no word past them."""

from __future__ import annotations

import ast
import gettext
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest
from language_lab import NAMES, SAME, catalogue, movie, other, po, strings, whole, words_of

from cowviz.language import LOCALES, languages, n_, speaking
from cowviz.movie import Movie

ROOT = Path(__file__).parents[1]


FORMS = {"_": 1, "N_": 1, "n_": 2}  # a call's first arguments that are texts


def marked() -> Iterator[tuple[str, ...]]:
    """The texts that the code marks for translation, as the compiler sees them."""
    for path in (ROOT / "cowviz").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                texts = node.args[: FORMS.get(name, 0)]
                if texts and all(isinstance(text, ast.Constant) for text in texts):
                    yield tuple(text.value for text in texts)  # type: ignore[attr-defined]


def fields(text: str) -> set[str | None]:
    return {name for _, name, *_ in Formatter().parse(text) if name is not None}


def test_romanian_is_there():
    assert "ro" in languages()


def test_the_template_has_what_the_code_marks():
    """If not: make messages, and translate what is new."""
    known = {(m.id if isinstance(m.id, tuple) else (m.id,)) for m in catalogue(LOCALES / "cowviz.pot")}
    plural = {one for one, *more in known if more}
    assert {texts for texts in marked() if len(texts) > 1 or texts[0] not in plural} == known


@other
def test_a_catalogue_has_the_texts_of_the_template(lang):
    assert {message.id for message in catalogue(po(lang))} == {m.id for m in catalogue(LOCALES / "cowviz.pot")}


@whole
def test_a_catalogue_is_complete(lang):
    assert [m.id for m in catalogue(po(lang)) if m.fuzzy or not all(strings(m))] == []


def translated(lang):
    """The texts that the catalogue does not leave to English."""
    return [message for message in catalogue(po(lang)) if all(strings(message))]


@other
def test_a_translation_names_the_same_fields(lang):
    for message in translated(lang):
        one, *more = message.id if message.pluralizable else (message.id,)
        form, *others = strings(message)
        assert fields(form) in (fields(one), fields(more[0] if more else one)), message.id
        assert all(fields(other) == fields(more[0]) for other in others), message.id


@other
def test_the_compiled_catalogue_is_the_written_one(lang):
    compiled = gettext.translation("cowviz", LOCALES, [lang])
    for message in translated(lang):
        if message.pluralizable:
            said = [compiled.ngettext(*message.id, n) for n in (1, 2, 20, 0, 100)]  # type: ignore[call-arg]
            assert set(said) <= set(message.string) and len(set(said)) == len(set(message.string)), message.id
        else:
            assert compiled.gettext(message.id) == message.string


def test_romanian_counts():
    with speaking("ro"):
        said = [n_("{n} page", "{n} pages", n).format(n=n) for n in (0, 1, 2, 19, 20, 101, 1024)]
    assert said[:4] == ["0 pagini", "1 pagină", "2 pagini", "19 pagini"]
    assert said[4:] == ["20 de pagini", "101 pagini", "1024 de pagini"]


def unmarked(text: str, own: set[str]) -> str:
    """What is left of a text without the scenario's own words, what is in brackets, and what has no language."""
    for word in sorted(own, key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", " ", text)
    text = SAME.sub(" ", text)
    while (shorter := re.sub(r"\[[^\[\]]*(\]|…|$)", " ", text)) != text:
        text = shorter
    return " ".join(re.findall(r"[^\W\d_]{2,}", text))


def own_words(movie: Movie) -> set[str]:
    """What a scenario itself says: captions, code, names, contents."""
    trace, found = movie.trace, {movie.title, *movie.trace.doc.split("\n"), *movie.trace.code}
    found |= {line.strip() for line in trace.code}
    for step in trace.steps:
        found |= {step.caption, *step.caption.split("\n"), " ".join(step.caption.split())}
        for machine in (snapshot.machine for snapshot in step.snapshots):
            for process in machine.processes.values():
                found |= {process.name, *(vma.name for vma in process.vmas)}
            contents = [frame.content for _, frame in machine.frames.items()]
            contents += [content for file in machine.files.values() for content in file.contents]
            found |= {text for content in contents for cell in content for text in (str(cell), cell.name, cell.value)}
            found |= set(machine.files)
    found |= {line.text for scenes in movie.scenes() for line in scenes[-1].shapes.values() if line.role == "caption"}
    return {text for text in found if text.strip()} | {
        "fork()",
        "mmap()",
        "munmap()",
        "mprotect()",
        "exec()",
        "r--",
        "rw-",
    }


@pytest.mark.parametrize("name", NAMES)
def test_every_word_on_a_picture_is_translated(name):
    told = movie(name, "en-XA")
    own = own_words(told)
    scenes = [scene for step in told.scenes() for scene in step]
    if len(told.steps) > 1:
        scenes.append(told.picture(before_after=True))
    texts = {text for scene in scenes for text in words_of(scene)} | {step.alt_text for step in told.steps}
    assert {text: left for text in texts if (left := unmarked(text, own))} == {}


@pytest.mark.parametrize("name", NAMES)
def test_every_word_of_a_transcript_is_translated(name):
    told = movie(name, "en-XA")
    whole = " ".join(told.to_text().split())
    unbroken = re.sub(r"(?<=\w)- (?=\w)", "-", whole)  # lines are broken after hyphens too
    assert unmarked(unbroken, {" ".join(words.split()) for words in own_words(told)}) == ""
