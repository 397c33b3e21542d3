"""The family that text is set in: DejaVu, or in a ``typeset`` block the user's own, with DejaVu for what they lack."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Typeface:
    """A family and the files of its two styles; one file is both where there is no other."""

    family: str
    regular: Path
    bold: Path
    others: tuple[Typeface, ...] = ()  # what shows, in this order, the signs that this one lacks

    @property
    def families(self) -> list[str]:
        """The names of all its families, the first first."""
        return [self.family, *(other.family for other in self.others)]


_current: ContextVar[Typeface | None] = ContextVar("typeface", default=None)


def typeface() -> Typeface | None:
    """The family that text is set in here; None is DejaVu alone."""
    return _current.get()


@contextmanager
def typeset(face: Typeface | None) -> Iterator[None]:
    """Measure and draw text in this family, for as long as the block runs."""
    token = _current.set(face)
    try:
        yield
    finally:
        _current.reset(token)
