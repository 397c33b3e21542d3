"""What an exporter gets: the pictures, the words, and the options.

An exporter is one module of this package, named by its format; ``Exporter`` says what it defines.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from operator import length_hint
from pathlib import Path
from typing import Literal, Protocol, TypeVar

from cowviz.exporters.options import RenderOptions
from cowviz.renamed import renamed
from cowviz.scene.shapes import WIDTH, Scene
from cowviz.scene.theme import Theme
from cowviz.scene.timeline import Still
from cowviz.trace.model import Trace

Shows = Literal["animation", "picture", "document", "trace"]
Plays = Sequence[Sequence[Scene]]  # for each step the scenes that it plays; the last one stands
Progress = Callable[[int, int], None]  # called with (done, total)
T = TypeVar("T")


class Exporter(Protocol):
    """A module that writes one kind of file.

    It may define more: ``SUPPORTS``, those of the options in ``SELECTIVE`` that it can do, ``("loop", "poster")``: any
    other is then refused. And ``SET_BY_VIEWER``, True where what shows the file sets the text, in fonts of its own: a
    sign that no font of ours has is then worth a warning, and no more.
    """

    @property
    def SUFFIXES(self) -> tuple[str, ...]:  # noqa: N802  # a module's constant
        """Name the suffixes of its files: ``(".mp4", ".webm")``."""

    @property
    def SHOWS(self) -> Shows:  # noqa: N802
        """Say what it draws of a request.

        ``"animation"``: the stills; ``"picture"``: the only scene there is; ``"document"``: every step's scenes;
        ``"trace"``: no picture at all.
        """

    def export(self, request: ExportRequest, path: Path, /) -> None:
        """Write the file; the same request makes the same bytes."""


def no_progress(done: int, total: int) -> None:
    """Show no progress."""


@dataclass(frozen=True)
class ExportRequest:
    """One file to write."""

    trace: Trace
    scenes: Sequence[Scene]  # what to show: one a step, or the one that was asked for
    stills: Sequence[Still]  # the animation: holds and motion, in order
    width: int  # px of the output
    height: int
    options: RenderOptions = field(default_factory=RenderOptions)
    numbers: Sequence[int] = ()  # of a document: the step that each of its scenes shows, from 1
    plays: Plays = ()  # of a document: the scenes that each step plays; its last is the one above
    progress: Progress = field(default=no_progress)
    compose: Callable[[str | Theme], Plays] | None = None  # of a document: its plays in another theme

    @property
    def wishes(self) -> RenderOptions:
        """Return the options, under the name that they had in the first edition."""
        renamed("request.wishes", "request.options")
        return self.options

    @property
    def fps(self) -> int:
        """Return how many stills a second there are while something moves."""
        return self.options.rate

    @property
    def scale(self) -> float:
        """Return how many pixels of the output one px of the scenes takes."""
        return self.width / (self.scenes[0].width if self.scenes else WIDTH)

    def tracked(self, things: Iterable[T], total: int = 0, done: int = 0) -> Iterator[T]:
        """Yield the things one by one, and tell ``progress`` after each.

        ``total`` is needed where the things have no length, or where ``done`` were told of before these.
        """
        total = total or length_hint(things)
        for i, thing in enumerate(things, done + 1):
            yield thing
            self.progress(i, total)
