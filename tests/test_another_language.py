"""Another language is one folder: some texts of it in a copy of cowviz, and English where one is missing."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from pypdf import PdfReader

ROOT = Path(__file__).parents[1]
COPIED = ("cowviz", "scenarios", "pyproject.toml", "Makefile")
TESTS = ("conftest.py", "language_lab.py", "test_language.py", "test_catalogues.py")

frontend = pytest.importorskip("babel.messages.frontend", reason="needs babel: pip install Babel")
pofile = pytest.importorskip("babel.messages.pofile", reason="needs babel: pip install Babel")

# Two or three texts each; the plural of ja and zh_Hant has one form, that of pt_BR has its first for 0, too.
FEW: Mapping[str, Mapping[str, str | tuple[str, ...]]] = {
    "de": {
        "Physical memory": "Hauptspeicher",
        "Frames in use: {used} of {total}": "{used} von {total} Rahmen",
        "Frames in use by what is drawn: {used}": "Gezeichnet sind {used} Rahmen",
    },
    "ja": {"Physical memory": "物理メモリ", "{n} page": ("{n} ページ",)},
    "pt_BR": {"Physical memory": "Memória física", "{n} page": ("{n} página", "{n} páginas")},
    "zh_Hant": {"Physical memory": "實體記憶體", "write": "寫入"},
}


class Copy:
    """A copy of cowviz, and what runs in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in COPIED:
            copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
            copy(ROOT / name, folder / name)
        (folder / "tests").mkdir()
        for name in TESTS:
            shutil.copy(ROOT / "tests" / name, folder / "tests" / name)

    def run(self, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", *arguments],
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": str(self.folder), "PYTHONUTF8": "1", **env},
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=300,
            check=False,
        )

    def good(self, *arguments: str, **env: str) -> str:
        """What a module says on standard output, where it has nothing to say on standard error."""
        done = self.run(*arguments, **env)
        assert (done.returncode, done.stderr) == (0, ""), (arguments, done.stdout[-3000:])
        return done.stdout

    def translate(self, lang: str, texts: Mapping[str, str | tuple[str, ...]]) -> None:
        """As docs/languages.md says: init, then an editor."""
        babel = ["-q", "init", "-D", "cowviz", "-i", "cowviz/locale/cowviz.pot", "-d", "cowviz/locale", "-l", lang]
        assert self.run("babel.messages.frontend", *babel).returncode == 0
        path = self.folder / "cowviz" / "locale" / lang / "LC_MESSAGES" / "cowviz.po"
        with path.open("rb") as file:
            catalogue = pofile.read_po(file)
        for text, said in texts.items():
            assert catalogue.get(text), text
            if isinstance(said, tuple):  # how many forms there are, Babel's version decides: pt_BR has two or three
                said = (*said, *[said[-1]] * (catalogue.num_plurals - len(said)))
            catalogue.get(text).string = said
        with path.open("wb") as file:
            pofile.write_po(file, catalogue)

    def make_messages(self) -> None:
        """The commands of the Makefile's target, word for word."""
        target = (ROOT / "Makefile").read_text(encoding="utf-8").split("\nmessages:", 1)[1].split("\n\n", 1)[0]
        lines = target.replace("\\\n", " ").splitlines()[1:]
        assert len(lines) == 3
        for line in lines:
            program, *arguments = line.split()
            assert program == ".venv/bin/pybabel"
            done = self.run("babel.messages.frontend", *arguments)
            assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    made = Copy(tmp_path_factory.mktemp("clone"))
    for lang, texts in FEW.items():
        made.translate(lang, texts)
    done = made.run("cowviz", "show", "fork_cow", "--lang", "de")
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert "language 'de' is not compiled yet: run make messages" in done.stderr
    made.make_messages()
    return made


def test_it_is_told_with_its_own_words_and_english_for_the_rest(copy: Copy) -> None:
    english, german = (copy.good("cowviz", "show", "fork_cow", "--lang", lang) for lang in ("en", "de"))
    differ = [(a, b) for a, b in zip(english.splitlines(), german.splitlines(), strict=True) if a != b]
    assert differ and all(" von " in b and "Frames in use: " in a for a, b in differ)
    assert copy.good("cowviz", "list", "--lang", "de") == copy.good("cowviz", "list")
    assert copy.good("cowviz", "show", "fork_cow", COWVIZ_LANG="de") == german


@pytest.mark.parametrize("lang", FEW)
def test_it_goes_into_every_file(copy: Copy, lang: str) -> None:
    """The viewer sets these files' text: those in which cowviz does need a font with the signs."""
    outs = [f"{lang}.{suffix}" for suffix in ("svg", "anim.svg", "html", "vtt", "txt", "json")]
    done = copy.run("cowviz", "render", "fork_cow", *outs, "--lang", lang)
    assert done.returncode == 0, done.stderr
    picture = (copy.folder / f"{lang}.svg").read_text(encoding="utf-8")
    assert str(FEW[lang]["Physical memory"]) in picture and "Physical memory" not in picture
    assert "Parent" in picture
    assert f' lang="{lang.replace("_", "-")}"' in picture
    assert f"Language: {lang.replace('_', '-')}\n" in (copy.folder / f"{lang}.vtt").read_text(encoding="utf-8")
    assert json.loads((copy.folder / f"{lang}.json").read_text(encoding="utf-8"))["lang"] == lang
    assert copy.good("cowviz", "show", f"{lang}.json") == copy.good("cowviz", "show", "fork_cow", "--lang", lang)


@pytest.mark.parametrize("lang", ["de", "pt_BR"])
def test_it_is_painted(copy: Copy, lang: str) -> None:
    copy.good("cowviz", "render", "fork_cow", f"{lang}.png", f"{lang}.pdf", "--lang", lang)
    root = PdfReader(copy.folder / f"{lang}.pdf").trailer["/Root"].get_object()
    assert root["/Lang"] == lang.replace("_", "-")  # type: ignore[index]


@pytest.mark.parametrize("lang", FEW)
def test_it_is_checked(copy: Copy, lang: str) -> None:
    """The font that comes with cowviz has no ideographs: that is all there is to find."""
    found = json.loads(copy.run("cowviz", "check", "fork_cow", "--lang", lang, "--json").stdout)
    assert {finding["rule"] for finding in found} == ({"missing_letters"} if lang in ("ja", "zh_Hant") else set())


def test_it_is_painted_with_a_font_that_has_its_signs(copy: Copy, needs_cjk: Path) -> None:
    copy.good("cowviz", "render", "fork_cow", "ja.png", "--lang", "ja", "--font", str(needs_cjk))


def test_a_recording_is_told_again(copy: Copy) -> None:
    """All words of a recording are cowviz's own; what is missing stays as it was recorded."""
    english, german = (copy.good("cowviz", "show", "fork_heap_real", "--lang", lang) for lang in ("en", "de"))
    changed = [b for a, b in zip(english.splitlines(), german.splitlines(), strict=True) if a != b]
    assert changed and all("Gezeichnet sind " in line for line in changed)


COUNT = """
import json
from cowviz.language import languages, n_, speaking
said = {}
for lang in languages():
    with speaking(lang):
        said[lang] = [n_(one, one.replace("y", "ies") if "y" in one else f"{one}s", n).format(n=n)
                      for one in ("{n} page", "{n} copy") for n in (0, 1, 2, 21)]
print(json.dumps(said))
"""


def test_a_missing_plural_has_the_right_english_form(copy: Copy) -> None:
    (copy.folder / "count.py").write_text(COUNT, encoding="utf-8")
    counted = json.loads(copy.good("count"))
    english = ["0 copies", "1 copy", "2 copies", "21 copies"]
    assert {lang: counted[lang][4:] for lang in FEW} == dict.fromkeys(FEW, english)
    assert counted["ja"][:4] == [f"{n} ページ" for n in (0, 1, 2, 21)]
    assert counted["pt_BR"][:4] == ["0 página", "1 página", "2 páginas", "21 páginas"]
    assert counted["de"][:4] == ["0 pages", "1 page", "2 pages", "21 pages"]


@pytest.mark.slow
def test_nothing_of_the_tests_of_languages_fails(copy: Copy) -> None:
    done = copy.run("pytest", "-v", "-p", "no:cacheprovider", "tests/test_catalogues.py", "tests/test_language.py")
    assert (done.returncode, "[zh_Hant] PASSED" in done.stdout) == (0, True), done.stdout[-3000:]
