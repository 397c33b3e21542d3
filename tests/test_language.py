"""Languages: scenarios in Romanian, a lecturer's own, the command line."""

from __future__ import annotations

import re
import subprocess
import sys
from contextvars import ContextVar

import pytest
from language_lab import NAMES, SAME, catalogue, movie, po, strings, whole, words_of

from cowviz import language
from cowviz.errors import CowvizError
from cowviz.language import chosen, fields_in, languages, speaking, spoken, tag
from cowviz.movie import load
from cowviz.renderers.drawingml_forms import language_tag
from cowviz.story.loader import bundled, load_scenario, scenarios

ALL = sorted({*NAMES, *(path.stem for path in bundled().glob("[!_]*.json"))})


@pytest.mark.parametrize("name", NAMES)
@whole
def test_a_bundled_scenario_has_its_words_in_every_whole_language(name, lang, monkeypatch):
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


def test_a_region_speaks_as_its_language_where_it_has_no_words(monkeypatch):
    monkeypatch.setattr(language, "_spoken", ContextVar("spoken", default="pt_BR"))
    assert chosen({"en": "a", "pt": "b"}) == "b"
    assert chosen({"pt": "b", "pt_BR": "c"}) == "c"


@pytest.mark.parametrize(
    ("lang", "on_pages", "in_offices"),
    [
        ("en", "en", "en-US"),
        ("ro", "ro", "ro-RO"),
        ("sv", "sv", "sv-SE"),
        ("pt_BR", "pt-BR", "pt-BR"),
        ("zh_Hant", "zh-Hant", "zh-Hant"),
        ("ar", "ar", "ar"),
    ],
)
def test_a_language_is_named_as_others_name_it(lang, on_pages, in_offices, monkeypatch):
    monkeypatch.setattr("cowviz.renderers.drawingml_forms.spoken", lambda: lang)
    assert (tag(lang), language_tag()) == (on_pages, in_offices)


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
    assert (done.returncode, f"no language 'xx'; there are: {', '.join(languages())}" in done.stderr) == (2, True)
