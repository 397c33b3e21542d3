"""The family that text is set in: DejaVu, or the user's own with DejaVu for what it lacks."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Typeface:
    """A family and the files of its two styles; one file is both where there is no other.

    Without a file it is DejaVu, whose files come with matplotlib.
    """

    family: str = ""
    regular: Path | None = None
    bold: Path | None = None
    others: tuple[Typeface, ...] = ()  # what shows, in this order, the signs that this one lacks

    @property
    def families(self) -> list[str]:
        """Name its families, the first first; none for DejaVu alone."""
        return [each.family for each in (self, *self.others) if each.family]

    def files(self, bold: bool) -> list[Path]:
        """List the files of a style, in the order in which they are asked for a sign."""
        styles = [each.bold if bold else each.regular for each in (self, *self.others)]
        return [file for file in styles if file is not None]


DEJAVU = Typeface()
