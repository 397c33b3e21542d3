"""Checks captions: each is short enough to be read while it is shown."""

from __future__ import annotations

from collections.abc import Iterator

from cowviz.language import _
from cowviz.legibility.boxes import Extent
from cowviz.legibility.rule import Flaw, Look, rule
from cowviz.scene.timeline import READING

LONGEST = 40  # words: eleven seconds of a lecture in which nobody listens
MOST_LINES = 3


@rule
def long_captions(look: Look) -> Iterator[Flaw]:
    """Find captions that are too long, or shown for less time than their words take to read."""
    words, lines = len(look.caption.split()), [(n, b) for n, text, b in look.texts if text.role == "caption"]
    if not look.caption or look.moving:
        return
    where = lines[0][1] if lines else Extent(0, look.scene.height, 0, look.scene.height)
    names = tuple(name for name, _box in lines)
    if look.hold is not None and look.hold < READING * words:
        by = _("{hold} s for {words} words").format(hold=f"{look.hold:.1f}", words=words)
        yield Flaw(_("the caption is too long for its hold"), where, by, names)
    if words > LONGEST:
        by = _("{words} words, not {most}").format(words=words, most=LONGEST)
        yield Flaw(_("the caption is too long for its hold"), where, by, names)
    if len(lines) > MOST_LINES:
        by = _("{lines} lines, not {most}").format(lines=len(lines), most=MOST_LINES)
        yield Flaw(_("the caption is too long"), where, by, names)
