"""Writes to the standard streams: removes control characters, and replaces what the terminal cannot show.

Standard streams may be closed, full, or know few signs. None of it loses a file or shows a traceback.
"""

from __future__ import annotations

import codecs
import os
import re
import sys
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from secrets import token_hex
from typing import Any, TextIO, cast

import click
from click import utils

from cowviz.errors import OutputError

_CONTROL = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")  # all but tabs and ends of lines
_UNSEEN = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")  # what turns the text after it around
_BREAK = re.compile("[\u2028\u2029]")
_ALIKE = str.maketrans({"×": "x", "–": "-", "—": "-", "−": "-", "’": "'", "‘": "'", "→": "->", "…": "..."})  # noqa: RUF001
# What begins a style, until the terminal is known to want it. No title can bring one in: it would have to guess this.
_ESCAPE = f"\ufdd0{token_hex(8)}"
_STYLE = re.compile(f"{_ESCAPE}(\\[[0-9;]*m)")


def style(text: str, *, bold: bool | None = None, dim: bool | None = None, fg: str | None = None) -> str:
    """Return the text in a style of ``click.style``, where the terminal shows styles."""
    return click.style(text, bold=bold, dim=dim, fg=fg).replace("\x1b", _ESCAPE)


def clean(text: str) -> str:
    """Return the text with a "?" for each control character, and without signs that turn its direction."""
    return _CONTROL.sub("?", _BREAK.sub(" ", _UNSEEN.sub("", text)))


def say(text: str) -> None:
    """Write a line to standard output, if there is one. Raises OutputError."""
    if sys.stdout is not None:
        out = WordStream(sys.stdout)
        out.write(f"{text}\n")
        out.flush()


def write(steering: str) -> None:
    """Write what steers the terminal, as a picture of its own does. Raises OutputError."""
    out = WordStream(sys.stdout)
    out.write_as_it_is(steering)
    out.flush()


class WordStream:
    """A standard stream for words: each that it cannot show becomes the nearest that it can."""

    encoding, errors = "utf-8", "replace"  # it takes every sign

    def __init__(self, beneath: TextIO | None, quiet: bool = False) -> None:
        """With ``quiet``, ignore what cannot be written: on standard error nobody could read it."""
        self.is_closed = beneath is None
        self.beneath = open(os.devnull, "w", encoding="utf-8") if beneath is None else beneath  # noqa: SIM115, PTH123
        self.quiet = quiet
        self.reader_left = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self.beneath, name)

    def write(self, text: str) -> int:
        shown = self._shown(text)
        if shown:  # click asks with nothing whether it can write, and hears no answer
            self._try(lambda: self.beneath.write(shown))
        return len(text)

    def write_as_it_is(self, text: str) -> None:
        self._try(lambda: self.beneath.write(text))

    def writelines(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.write(line)

    def write_bytes(self, data: bytes) -> None:
        """Write a file's content. Raises OutputError where nobody could get it."""
        if self.is_closed:
            raise OutputError("cannot write standard output: it is closed")
        self.flush()
        self._try(lambda: self.beneath.buffer.write(data))
        self._try(self.beneath.buffer.flush)

    def flush(self) -> None:
        self._try(self.beneath.flush)

    def close(self) -> None:
        """Leave the stream open: others still have something to say."""

    def _shown(self, text: str) -> str:
        ctx = click.get_current_context(silent=True)
        if ctx and ctx.params.get("as_json") and not self.quiet:
            return _encodable(_escaped(text, _CONTROL, _UNSEEN), self.beneath, "cowviz.json")
        color = ctx.color if ctx else None
        is_plain = utils.should_strip_ansi(self.beneath, color)  # type: ignore[attr-defined] # click's own, and its tests'
        return _STYLE.sub("" if is_plain else "\x1b\\1", _encodable(clean(text), self.beneath, "cowviz.words"))

    def _try(self, write: Callable[[], object]) -> None:
        """Raises BrokenPipeError where the reader has seen enough, OutputError where nothing more can be written."""
        try:
            write()
        except (OSError, ValueError) as error:  # ValueError: somebody closed it
            _lead_away(self.beneath)
            if self.quiet:
                return
            if isinstance(error, BrokenPipeError):
                self.reader_left = True
                raise
            why = error.strerror if isinstance(error, OSError) else "it is closed"
            raise OutputError(f"cannot write standard output: {why}") from error


@contextmanager
def streams() -> Iterator[WordStream]:
    """Let standard output, which it gives, and standard error be ``WordStream``."""
    before = sys.stdout, sys.stderr
    out, err = WordStream(sys.stdout), WordStream(sys.stderr, quiet=True)
    sys.stdout, sys.stderr = cast(TextIO, out), cast(TextIO, err)
    try:
        yield out
    finally:
        sys.stdout, sys.stderr = before


@contextmanager
def aside() -> Iterator[WordStream]:
    """Let whatever is printed meanwhile go to standard error; it gives standard output."""
    out = sys.stdout if isinstance(sys.stdout, WordStream) else WordStream(sys.stdout)
    before, sys.stdout = sys.stdout, sys.stderr
    try:
        yield out
    finally:
        sys.stdout = before


def terminal(stream: TextIO) -> TextIO:
    """Return the stream itself, for what steers a terminal, as progress bars do."""
    return stream.beneath if isinstance(stream, WordStream) else stream


def open_descriptors() -> None:
    """Open what is closed of the three that every program has: the next file opened would take its place."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # it gets the lowest number that is free: this one


def _lead_away(stream: TextIO) -> None:
    """Send what is still to be written to the null device, so that the interpreter ends without a message."""
    with suppress(OSError, ValueError, AttributeError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(nowhere, stream.fileno())
        finally:
            os.close(nowhere)


def _encodable(text: str, stream: TextIO, otherwise: str) -> str:
    encoding = getattr(stream, "encoding", None) or "utf-8"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return text.encode(encoding, otherwise).decode(encoding)
    return text


def _escaped(text: str, *what: re.Pattern[str]) -> str:
    """Return JSON text with these characters as escapes; they occur only in its strings."""
    for pattern in what:
        text = pattern.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
    return text


def _as_words(error: UnicodeError) -> tuple[str, int]:
    """Replace a character that cannot be encoded: by the letter without its accents, or else by "?"."""
    assert isinstance(error, UnicodeEncodeError)
    found = ""
    for sign in error.object[error.start : error.end]:
        near = unicodedata.normalize("NFKD", sign.translate(_ALIKE)).encode("ascii", "ignore").decode()
        found += near or "?"
    return found, error.end


def _as_json(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeEncodeError)
    units = error.object[error.start : error.end].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2)), error.end


codecs.register_error("cowviz.words", _as_words)
codecs.register_error("cowviz.json", _as_json)
