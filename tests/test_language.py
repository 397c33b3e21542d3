"""Languages: every word goes through the catalogue, every catalogue is complete, and longer words still fit."""

from __future__ import annotations

import ast
import gettext
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from string import Formatter

import pytest

from cowviz import language
from cowviz.errors import CowvizError
from cowviz.language import LOCALES, chosen, fields_in, languages, n_, speaking, spoken
from cowviz.movie import Movie, load
from cowviz.scene.shapes import Scene, Text
from cowviz.story.loader import bundled, load_scenario, scenarios

babel = pytest.importorskip("babel.messages.pofile", reason="needs babel: pip install Babel")

ROOT = Path(__file__).parents[1]
OTHERS = [lang for lang in languages() if lang != "en"]
NAMES = sorted(path.stem for path in bundled().glob("[!_]*.py"))
ALL = sorted({*NAMES, *(path.stem for path in bundled().glob("[!_]*.json"))})
FORMS = {"_": 1, "N_": 1, "n_": 2}  # a call's first arguments that are texts
other = pytest.mark.parametrize("lang", OTHERS)

# What is the same in every language: names of C, Linux and the hardware, rights, numbers.
SAME = re.compile(
    r"\b(VMA|PTE|RSS|PSS|USS|pid|SIG[A-Z]+|[A-Z]+_[A-Z_]+|mix)\b"
    r"|\.?\b(text|rodata|data|bss|heap|stack)\b|[r-][w-][x-]|\b[a-z]+\([A-Z_]*\)|\w+_\w+"
)


@cache
def movie(name: str, lang: str) -> Movie:
    return load(name, lang=lang)


def marked() -> Iterator[tuple[str, ...]]:
    """The texts that the code marks for translation, as the compiler sees them."""
    for path in (ROOT / "cowviz").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                texts = node.args[: FORMS.get(name, 0)]
                if texts and all(isinstance(text, ast.Constant) for text in texts):
                    yield tuple(text.value for text in texts)


def catalogue(path: Path):
    with path.open("rb") as file:
        return [message for message in babel.read_po(file) if message.id]


def po(lang: str) -> Path:
    return LOCALES / lang / "LC_MESSAGES" / "cowviz.po"


def strings(message) -> list[str]:
    return list(message.string) if message.pluralizable else [message.string]


def fields(text: str) -> set[str | None]:
    return {name for _, name, *_ in Formatter().parse(text) if name is not None}


# Catalogues


def test_romanian_is_there():
    assert "ro" in languages()


def test_the_template_has_what_the_code_marks():
    """If not: make messages, and translate what is new."""
    known = {(m.id if isinstance(m.id, tuple) else (m.id,)) for m in catalogue(LOCALES / "cowviz.pot")}
    plural = {one for one, *more in known if more}
    assert {texts for texts in marked() if len(texts) > 1 or texts[0] not in plural} == known


@other
def test_a_catalogue_is_complete(lang):
    template = {message.id for message in catalogue(LOCALES / "cowviz.pot")}
    translated = catalogue(po(lang))
    assert {message.id for message in translated} == template
    assert [message.id for message in translated if message.fuzzy or not all(strings(message))] == []


@other
def test_a_translation_names_the_same_fields(lang):
    for message in catalogue(po(lang)):
        one, *more = message.id if message.pluralizable else (message.id,)
        form, *others = strings(message)
        assert fields(form) in (fields(one), fields(more[0] if more else one)), message.id
        assert all(fields(other) == fields(more[0]) for other in others), message.id


@other
def test_the_compiled_catalogue_is_the_written_one(lang):
    compiled = gettext.translation("cowviz", LOCALES, [lang])
    for message in catalogue(po(lang)):
        if message.pluralizable:
            said = [compiled.ngettext(*message.id, n) for n in (1, 2, 20, 0, 100)]
            assert set(said) <= set(message.string) and len(set(said)) == len(set(message.string)), message.id
        else:
            assert compiled.gettext(message.id) == message.string


def test_romanian_counts():
    with speaking("ro"):
        said = [n_("{n} page", "{n} pages", n).format(n=n) for n in (0, 1, 2, 19, 20, 101, 1024)]
    assert said[:4] == ["0 pagini", "1 pagină", "2 pagini", "19 pagini"]
    assert said[4:] == ["20 de pagini", "101 pagini", "1024 de pagini"]


# No word past the catalogue: in the accented language every text of cowviz stands in brackets


def words_of(scene: Scene) -> Iterator[str]:
    yield from (shape.text for shape in scene.shapes.values() if isinstance(shape, Text))
    yield from (scene.title, scene.description)


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


# Scenarios in Romanian


@pytest.mark.parametrize("name", NAMES)
@other
def test_a_bundled_scenario_has_its_words_in_every_language(name, lang, monkeypatch):
    asked = []

    def strict(words: language.Words) -> str:
        asked.append(words)
        assert not isinstance(words, str) and words[lang], words
        return words[lang]

    for module in ("story", "actor"):
        monkeypatch.setattr(f"cowviz.story.{module}.chosen", strict)
    scenario = load_scenario(name)
    names = {"Redis"}  # the same in all languages
    monkeypatch.setattr(
        "cowviz.story.story.chosen", lambda words: words if isinstance(words, str) and words in names else strict(words)
    )
    scenario.record(lang=lang)
    assert asked
    assert scenario.words(lang)[0] != scenario.title
    assert len(scenario.words(lang)[1]) > 80


@pytest.mark.parametrize("name", ALL)
def test_romanian_pictures_have_no_english_left(name):
    told, english = movie(name, "ro"), set()
    for message in catalogue(po("ro")):
        ids = message.id if message.pluralizable else (message.id,)
        said = words_in(" ".join(strings(message)))
        english |= words_in(" ".join(ids)) - said
    romanian = {word for message in catalogue(po("ro")) for word in words_in(" ".join(strings(message)))}
    scenes = [scene for step in told.scenes() for scene in step] + [told.picture(before_after=True)]
    shown = {word for scene in scenes for text in words_of(scene) for word in words_in(text)}
    shown |= words_in(told.title) | words_in(" ".join(step.alt_text + " " + step.caption for step in told.steps))
    code = words_in(" ".join(told.trace.code))
    assert (shown & english) - romanian - code - {"perf"} == set()


def words_in(text: str) -> set[str]:
    text = SAME.sub(" ", re.sub(r"\{\w*\}", " ", text))
    return {word.lower() for word in re.findall(r"[^\W\d_]{3,}", text)}


@pytest.mark.parametrize("name", ALL)
def test_romanian_pictures_are_not_cut(name):
    told = movie(name, "ro")
    for scene in [scene for step in told.scenes() for scene in step] + [told.picture(before_after=True)]:
        assert [text for text in words_of(scene) if "…" in text] == []
    captions = [[s for s in step[-1].shapes.values() if s.role == "caption"] for step in told.scenes()]
    assert max(map(len, captions)) <= (2 if name in NAMES else 3)


def test_a_recording_is_told_again():
    told = movie("fork_heap_real", "ro")
    assert told.title == "O rulare reală: fork_heap"
    assert {process.name for process in told.trace.steps[-1].machine.processes.values()} == {"Părinte", "Copil"}
    assert load("fork_heap_real").trace == load("fork_heap_real", lang="en").trace


def test_titles_in_romanian():
    titles = {found.name: found.title for found in scenarios(lang="ro")}
    assert titles["fork_cow"] == "Copierea la scriere după fork()"
    assert {found.name: found.title for found in scenarios()}["fork_cow"] == "Copy-on-write after fork()"


# The language of a lecturer


LESSON = '''"""Titlul lecției.

Despre memorie.
"""

LANG = "ro"
DOC = {"en": "The lesson's title\\n\\nOn memory."}


def play(story):
    process = story.process({"ro": "Proces", "en": "Process"}, heap="x = 1")
    story.say("Un proces.")
    process.write(process.heap, "x = 2", access={"ro": "Scrie.", "en": "It writes."})
'''


def test_a_scenario_has_a_language_of_its_own(tmp_path):
    path = tmp_path / "lectie.py"
    path.write_text(LESSON, encoding="utf-8")
    own, english = load(path), load(path, lang="en")
    assert (own.trace.lang, own.title, own.trace.doc) == ("ro", "Titlul lecției", "Despre memorie.")
    assert (english.trace.lang, english.title, english.trace.doc) == ("en", "The lesson's title", "On memory.")
    assert [step.caption for step in own.steps] == ["Un proces.", "Scrie."]
    assert [step.caption for step in english.steps] == ["Un proces.", "It writes."]
    assert any(text == "Memorie fizică" for text in words_of(own.picture()))
    assert any(text == "Physical memory" for text in words_of(english.picture()))
    assert "Pasul 1 / 2" in own.to_text() and "Step 1 / 2" in english.to_text()


def test_a_trace_keeps_its_language(tmp_path):
    movie("fork_cow", "ro").save(tmp_path / "x.json")
    assert load(tmp_path / "x.json").trace == movie("fork_cow", "ro").trace
    assert load(tmp_path / "x.json", lang="en").trace.lang == "en"


def test_nothing_is_spoken_for_good():
    with speaking("ro"):
        assert spoken() == "ro"
    assert spoken() == "en"


def test_an_unknown_language_is_told_with_the_nearest():
    with pytest.raises(CowvizError, match="no language 'rom'; did you mean ro"):
        load("fork_cow", lang="rom")


def test_words_that_are_not_there_are_english_or_the_first():
    with speaking("ro"):
        assert chosen({"en": "a", "ro": "b"}) == "b"
        assert chosen({"de": "c", "en": "a"}) == "a"
        assert chosen({"de": "c", "fr": "d"}) == "c"


def test_what_a_pattern_made_is_read_back():
    assert fields_in("exited 0", "exited {number}") == {"number": "0"}
    assert fields_in("ended", "exited {number}") is None


@pytest.mark.parametrize("text", ["LANG = 'rom'", "DOC = 'Titlu'"])
def test_a_mistake_in_a_scenario_is_told(tmp_path, text):
    path = tmp_path / "lesson.py"
    path.write_text(f'"""Title."""\n{text}\n\ndef play(story):\n    story.process("P")\n', encoding="utf-8")
    with pytest.raises(CowvizError, match=r"lesson\.py: (LANG: no language 'rom'|DOC is a text by language)"):
        load(path)


def run(*arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    import os

    return subprocess.run(
        [sys.executable, "-m", "cowviz", *arguments],
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )


def test_the_command_line_speaks():
    assert "Copierea la scriere după fork()" in run("list", "--lang", "ro").stdout
    assert "Cadre folosite: 3 din 4" in run("show", "fork_cow", "--lang", "ro").stdout
    assert "Cadre folosite: 3 din 4" in run("show", "fork_cow", COWVIZ_LANG="ro").stdout
    done = run("render", "fork_cow", "x.png", "--lang", "xx")
    assert (done.returncode, "no language 'xx'; there are: en, ro" in done.stderr) == (2, True)
