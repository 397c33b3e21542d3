"""Chooses from a step's events what a picture emphasises, and words its tags."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cowviz.errors import CowvizError, told
from cowviz.language import N_, _, n_
from cowviz.memory.bulk_access import CODES, BulkAccess
from cowviz.memory.events import Event, FaultKind, FrameCopied
from cowviz.narration.emphasis import Called, CopyOf, Emphasis, Ended, Kind, Tag, TakenBack, Untouched
from cowviz.narration.event_rows import row_of
from cowviz.narration.terms import count, frame_letter, frame_name, status_text

_WORDS = {
    Tag.READ_FAULT: N_("read fault"),
    Tag.WRITE_FAULT: N_("write fault"),
    Tag.FETCH_FAULT: N_("fetch fault"),
    Tag.READ_WITHOUT_FAULT: N_("read: no fault"),
    Tag.WRITE_WITHOUT_FAULT: N_("write: no fault"),
    Tag.FETCH_WITHOUT_FAULT: N_("fetch: no fault"),
    Tag.FAULT_WITHOUT_COPY: N_("a fault, no copy"),
    Tag.HUGE_PAGE_SPLIT: N_("huge page split"),
    Tag.ALLOCATED: N_("allocated"),
    Tag.NEW_FRAME: N_("new frame"),
    Tag.IN_PAGE_CACHE: N_("page cache"),
    Tag.FROM_SWAP: N_("from swap"),
    Tag.MERGED: N_("merged"),
    Tag.PINNED: N_("pinned for a device"),
    Tag.UNPINNED: N_("no longer pinned"),
    Tag.OUT_OF_MEMORY: N_("out of memory"),
}


def emphasis(events: Iterable[Event], latest: Iterable[Event]) -> Emphasis:
    """Return the emphasis after a step's ``events``; ``latest`` are those since the previous snapshot."""
    result = Emphasis()
    for event in events:
        apply_event(event, result)
    result.travels = dict(copy for event in latest for copy in _copies(event))
    return result


def _copies(event: Event) -> Iterator[tuple[int, int]]:
    """Yield the frames that an event copied, as (target, source)."""
    if isinstance(event, FrameCopied):
        yield event.target, event.source
    if isinstance(event, BulkAccess):
        copy = CODES[FaultKind.COW_COPY, True]
        rows = zip(event.kinds, event.frames, event.old, strict=True)
        yield from ((pfn, old) for code, pfn, old in rows if code == copy)


def apply_event(event: Event, result: Emphasis) -> None:
    """Add to ``result`` what one event emphasises, as its event row says; many events emphasise nothing.

    Raises CowvizError if the emphasis function of another package's event fails.
    """
    row = row_of(event)
    if row is None or row.mark is None:
        return
    try:
        row.mark(event, result)
    except Exception as error:
        if type(event).__module__.startswith("cowviz."):
            raise
        raise CowvizError(f"the mark of {type(event).__name__} fails: {told(error)}") from error


def tag_words(kind: Kind) -> str:
    """Return a tag's words, in the current language."""
    match kind:
        case Tag():
            return _(_WORDS[kind])
        case Called(name):
            return name
        case CopyOf(pfn):
            return _("copy of {frame}").format(frame=frame_name(pfn))
        case Ended(status):
            return status_text(status)
        case Untouched(pages):
            return n_("no frame yet", "no frames yet", pages)
        case TakenBack(frames):
            return _("{frames} taken back").format(frames=count(frames, "frame"))


def short_tag_words(kind: Kind) -> str:
    """Return the short form of a tag's words, or "" if there is none."""
    return _("copy of {frame}").format(frame=frame_letter(kind.pfn)) if isinstance(kind, CopyOf) else ""


def tag_words_for_all(kind: Kind, n: int) -> str:
    """Return the words of one tag for ``n`` frames of a run that share this kind of tag."""
    if n == 1:
        return tag_words(kind)
    match kind:
        case CopyOf():
            return count(n, "copy")
        case Tag.NEW_FRAME:
            return n_("{n} new frame", "{n} new frames", n).format(n=n)
        case Tag.ALLOCATED:
            return n_("{n} allocated", "{n} allocated", n).format(n=n)
    return tag_words(kind)


def is_same_kind(one: Kind, other: Kind) -> bool:
    """Return whether two tags are of the same kind; any two copies are, whatever they copy."""
    return isinstance(one, CopyOf) if isinstance(other, CopyOf) else one == other
