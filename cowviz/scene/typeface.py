"""Defines Typeface: the font family of text, DejaVu or the user's own with DejaVu as fallback."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Typeface:
    """Holds a family and the font files of its two styles; one file may be both.

    Without a file it is DejaVu, which comes with matplotlib.
    """

    family: str = ""
    regular: Path | None = None
    bold: Path | None = None
    others: tuple[Typeface, ...] = ()  # what shows, in this order, the signs that this one lacks

    @property
    def families(self) -> list[str]:
        """Return the names of its families in order; none for DejaVu alone."""
        return [each.family for each in (self, *self.others) if each.family]

    def files(self, bold: bool) -> list[Path]:
        """Return a style's font files, in the order in which a glyph is looked up."""
        styles = [each.bold if bold else each.regular for each in (self, *self.others)]
        return [file for file in styles if file is not None]


DEJAVU = Typeface()
