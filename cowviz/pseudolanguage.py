"""Makes test languages from English, to see what a translation would do to a picture.

``en-XA`` is English with accents, two fifths longer and in brackets: what is cut off or was never translated shows.
``qps-ploca`` is in ideographs, without a blank: it needs a font that has them.
"""

from __future__ import annotations

import re
from gettext import NullTranslations

_ACCENTS = str.maketrans("acdegiklnorstuyzACDEGIKLNORSTUYZ", "áçðéğîķļñöŕšţûýžÁÇÐÉĞÎĶĻÑÖŔŠŢÛÝŽ")
_IDEOGRAPHS = "一人入八力十上下大小口山川工土日月木水火手心田目石立米竹糸耳"
_WORD = re.compile(r"(\{[^}]*\})|([A-Za-z]+)")
LONGER = 0.4


class _Pseudo(NullTranslations):
    def __init__(self, lang: str) -> None:
        super().__init__()
        self._changed = _accented if lang == "en-XA" else _in_ideographs

    def gettext(self, message: str) -> str:
        return self._changed(message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self._changed(msgid1 if n == 1 else msgid2)


def pseudo(lang: str) -> NullTranslations:
    """Return the catalogue of a pseudo-language: it has every text there is."""
    return _Pseudo(lang)


def _accented(text: str) -> str:
    letters = sum(len(word) for field, word in _WORD.findall(text) if not field)
    return f"[{_WORD.sub(lambda m: m[1] or m[2].translate(_ACCENTS), text)}{'~' * round(letters * LONGER)}]"


def _in_ideographs(text: str) -> str:
    """Replace each word by a third as many ideographs as it has letters, without blanks between words."""
    told = _WORD.sub(lambda m: m[1] or _ideographs(m[2]), text)
    return re.sub(r"(?<=[一-鿿]) (?=[一-鿿])", "", told)


def _ideographs(word: str) -> str:
    return "".join(_IDEOGRAPHS[sum(map(ord, word)) * (i + 1) % len(_IDEOGRAPHS)] for i in range(-(-len(word) // 3)))
