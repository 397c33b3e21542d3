"""What an exporter gets: the pictures, the words, and the wishes.

An exporter is one module of this package, named by its format, with these names:

``SUFFIXES``  the suffixes of the files it makes: ``(".mp4", ".webm")``
``SHOWS``     what of the job it draws: ``"animation"`` the stills, ``"picture"`` the only scene there is,
              ``"document"`` every step's scenes, ``"trace"`` no picture at all
``HEEDS``     of the wishes that not every format can heed (``SPECIAL`` in ``wishes.py``) those that it heeds:
              ``("loop", "poster")``; it may be left out, and wishing for any other is then refused
``SET_BY_VIEWER``  True where the text is set by what shows the file, in fonts of its own: a sign that no font of ours
              has is then worth a warning, and no more; it may be left out
``export``    ``export(job, path)``: write the file; the same job makes the same bytes
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from operator import length_hint
from typing import Literal, TypeVar

from cowviz.exporters.wishes import Wishes
from cowviz.scene.shapes import WIDTH, Scene
from cowviz.scene.timeline import Still
from cowviz.trace.model import Trace

Shows = Literal["animation", "picture", "document", "trace"]
T = TypeVar("T")


def _quiet(done: int, total: int) -> None:
    """No progress is shown."""


@dataclass(frozen=True)
class Job:
    """One file to make."""

    trace: Trace
    scenes: Sequence[Scene]  # what to show: one a step, or the one that was asked for
    stills: Sequence[Still]  # the animation: holds and motion, in order
    width: int  # px of the output
    height: int
    wishes: Wishes = field(default_factory=Wishes)
    numbers: Sequence[int] = ()  # of a document: the step that each of its scenes shows, from 1
    plays: Sequence[Sequence[Scene]] = ()  # of a document: the scenes that each step plays; its last is the one above
    progress: Callable[[int, int], None] = field(default=_quiet)  # called with (done, total)
    compose: Callable[[str], Sequence[Sequence[Scene]]] | None = None  # of a document: its plays in another theme

    @property
    def fps(self) -> int:
        """Stills a second while something moves."""
        return self.wishes.rate

    @property
    def scale(self) -> float:
        """Pixels of the output for one px of the scenes."""
        return self.width / (self.scenes[0].width if self.scenes else WIDTH)

    def tracked(self, things: Iterable[T], total: int = 0, done: int = 0) -> Iterator[T]:
        """The things one by one, telling ``progress`` after each.

        ``total`` is needed where the things have no length, or where ``done`` were told of before these.
        """
        total = total or length_hint(things)
        for i, thing in enumerate(things, done + 1):
            yield thing
            self.progress(i, total)
