"""Checks type: it is large enough for the last row, and the font has its characters."""

from __future__ import annotations

from collections.abc import Iterator

from cowviz.language import _
from cowviz.legibility.rule import Flaw, Look, rule
from cowviz.scene.text_metrics import missing_glyphs

SMALLEST = 16.0  # pt on the slide
LEAST = {"caption": 24.0, "title": 24.0, "name": 20.0, "count": 20.0}  # by role
_ROUNDING = 0.02  # pt


@rule
def small_type(look: Look) -> Iterator[Flaw]:
    """Find type that is too small: captions need 24 pt on the slide, names 20 pt, all else 16 pt."""
    for name, text, box in look.texts:
        size, least = text.size * look.points, LEAST.get(text.role, SMALLEST)
        if size < least - _ROUNDING:
            by = _("{size} pt, not {least}").format(size=f"{size:.1f}", least=f"{least:g}")
            yield Flaw(_('text "{text}" is small on the slide').format(text=text.text), box, by, (name,))


@rule
def missing_letters(look: Look) -> Iterator[Flaw]:
    """Find characters that the font lacks."""
    for name, text, box in look.texts:
        if missing := missing_glyphs(text.text, look.scene.font, text.bold, text.mono):
            what = _('text "{text}" has characters that the font lacks').format(text=text.text)
            yield Flaw(what, box, " ".join(missing), (name,))
