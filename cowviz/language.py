"""The words that cowviz itself puts on pictures and says about a scenario, in the language that is being spoken.

``_("Physical memory")`` marks a text and translates it: English is in the code, every other language in a gettext
catalogue, ``locale/LANG/LC_MESSAGES/cowviz.po``. What is spoken is set for the length of a block, never for good.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from string import Formatter
from typing import TYPE_CHECKING

from cowviz.errors import CowvizError, unknown

if TYPE_CHECKING:
    from gettext import NullTranslations

ENGLISH = "en"
LOCALES = Path(__file__).with_name("locale")
PSEUDO = ("en-XA", "qps-ploca")  # made by code, to prove the layout: accented and longer, and ideographs

Words = str | Mapping[str, str]  # a text in one language, or by language: {"en": "Parent", "ro": "Părinte"}

_spoken: ContextVar[str] = ContextVar("spoken", default=ENGLISH)


def _(text: str) -> str:
    """Translate the text into the language that is being spoken."""
    return text if _spoken.get() == ENGLISH else _catalogue(_spoken.get()).gettext(text)


def n_(one: str, many: str, number: int) -> str:
    """Return the form of the text that goes with the number."""
    said = one if _spoken.get() == ENGLISH else _catalogue(_spoken.get()).ngettext(one, many, number)
    if said in (one, many):  # not translated: other languages' plurals begin at other numbers, English has its own rule
        return one if number == 1 else many
    return said


def N_(text: str) -> str:  # noqa: N802  # gettext's own name for it
    """Mark a text that is translated only where it is used: a table of words is made before any language is spoken."""
    return text


def spoken() -> str:
    """Return the language that is being spoken: "en" unless a block around says otherwise."""
    return _spoken.get()


def languages() -> list[str]:
    """Return the languages that cowviz speaks."""
    return sorted({ENGLISH, *_with("cowviz.mo")})


def tag(lang: str) -> str:
    """Return a language as pages and documents name it (BCP 47): pt-BR for pt_BR."""
    return lang.partition("@")[0].replace("_", "-")


@contextmanager
def speaking(lang: str) -> Iterator[None]:
    """Speak a language for the length of a block. Raises CowvizError for one that cowviz does not speak."""
    token = _spoken.set(known(lang))
    try:
        yield
    finally:
        _spoken.reset(token)


def known(lang: str) -> str:
    """Return the language, where cowviz speaks it; else a CowvizError names the nearest ones."""
    if lang == ENGLISH or lang in PSEUDO or lang in languages():
        return lang
    if lang in _with("cowviz.po"):
        raise CowvizError(f"language {lang!r} is not compiled yet: run make messages in the clone")
    raise unknown("language", lang, languages())


def chosen(words: Words) -> str:
    """Return a scenario's words in the language that is spoken (pt for pt_BR); else in English, else in its first."""
    if isinstance(words, str):
        return words
    wanted = (spoken(), spoken().partition("_")[0], ENGLISH)
    return next((words[lang] for lang in wanted if words.get(lang)), next(iter(words.values())))


def fields_in(text: str, pattern: str) -> dict[str, str] | None:
    """Return what stands in a text for the fields of the pattern that it was made by; None where it was not."""
    parts = (re.escape(words) + (f"(?P<{name}>.*)" if name else "") for words, name, *_ in Formatter().parse(pattern))
    match = re.fullmatch("".join(parts), text, re.DOTALL)
    return match and match.groupdict()


def _with(name: str) -> set[str]:
    """The languages whose folder has such a file."""
    return {path.parents[1].name for path in LOCALES.glob(f"*/LC_MESSAGES/{name}")}


@cache
def _catalogue(lang: str) -> NullTranslations:
    if lang in PSEUDO:
        from cowviz.pseudolanguage import pseudo

        return pseudo(lang)
    from gettext import translation  # slow to import, and nothing to do in English

    return translation("cowviz", LOCALES, [lang])
