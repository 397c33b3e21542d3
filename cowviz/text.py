"""Cleans text: removes what no format can hold, and marks the direction in which it is read.

Sources: XML 1.0, section 2.2 (characters); Unicode, chapter 23 (noncharacters), UAX 9, rules P2 and P3 (direction).
"""

from __future__ import annotations

from functools import lru_cache
from unicodedata import bidirectional

from cowviz.errors import CowvizError

REPLACEMENT = "\ufffd"  # shown in the place of what cannot be shown
_NOTHING = ("\ufeff",)  # a byte order mark that an editor left behind
_BREAKS = {"\r\n": "\n", "\r": "\n", "\u2028": "\n", "\u2029": "\n", "\v": "\n", "\f": "\n", "\x85": "\n"}


def clean(text: str) -> str:
    """Return the text without the characters that no file, page or terminal should have to take.

    A byte order mark goes; a control character, half of a surrogate pair and a noncharacter become U+FFFD; what ends a
    line in some other way becomes a newline. What is clean already is returned as it is.
    """
    if text.isascii() and text.replace("\n", "").replace("\t", "").isprintable():
        return text
    for ending, newline in _BREAKS.items():
        text = text.replace(ending, newline)
    return "".join(map(_cleaned, text)) if any(map(_is_unclean, text)) else text


def is_whole(text: str) -> bool:
    """Return whether the text can be encoded: half of a surrogate pair cannot."""
    return text.isascii() or not any("\ud800" <= sign <= "\udfff" for sign in text)


def check_whole(text: str, where: str) -> None:
    """Raise CowvizError, which names the place, for a text that cannot be encoded."""
    if not is_whole(text):
        half = next(sign for sign in text if "\ud800" <= sign <= "\udfff")
        raise CowvizError(f"{where} cannot be text: U+{ord(half):04X} is half of a character")


@lru_cache(maxsize=4096)
def is_rtl(text: str) -> bool:
    """Return whether a line is read from right to left: its first letter decides."""
    if text.isascii():
        return False
    return next((kind != "L" for sign in text if (kind := bidirectional(sign)) in ("L", "R", "AL")), False)


def _is_unclean(sign: str) -> bool:
    return _cleaned(sign) is not sign


@lru_cache(maxsize=4096)
def _cleaned(sign: str) -> str:
    code = ord(sign)
    if sign in _NOTHING:
        return ""
    is_control = (code < 32 and sign not in "\n\t") or 127 <= code < 160
    is_none = 0xD800 <= code < 0xE000 or 0xFDD0 <= code < 0xFDF0 or code & 0xFFFE == 0xFFFE
    return REPLACEMENT if is_control or is_none else sign
