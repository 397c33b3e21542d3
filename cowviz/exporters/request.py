"""Defines what an exporter gets (pictures, words, options) and what it must define.

An exporter is a module of this package, named after its format; ``Exporter`` lists what it defines.
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
    """Types a module that writes one format.

    It may also define ``SUPPORTS``, the options of ``SELECTIVE`` that it can do, such as ``("loop", "poster")``; others
    are refused. And ``SET_BY_VIEWER``: True if the viewer sets the text with its own fonts; a character that cowviz's
    fonts lack is then a warning, not an error.
    """

    @property
    def SUFFIXES(self) -> tuple[str, ...]:  # noqa: N802  # a module's constant
        """The suffixes of its files: ``(".mp4", ".webm")``."""

    @property
    def SHOWS(self) -> Shows:  # noqa: N802
        """The part of a request that it draws.

        ``"animation"``: the stills; ``"picture"``: the only scene; ``"document"``: every step's scenes; ``"trace"``: no
        picture.
        """

    def export(self, request: ExportRequest, path: Path, /) -> None:
        """Write the file; the same request gives the same bytes."""


def no_progress(done: int, total: int) -> None:
    """Ignore progress."""


@dataclass(frozen=True)
class ExportRequest:
    """Holds what is written to one file."""

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
        """Return ``options``, by the older name of the attribute."""
        renamed("request.wishes", "request.options")
        return self.options

    @property
    def fps(self) -> int:
        """Return the stills per second while something moves."""
        return self.options.rate

    @property
    def scale(self) -> float:
        """Return the pixels of the output per px of the scenes."""
        return self.width / (self.scenes[0].width if self.scenes else WIDTH)

    def tracked(self, things: Iterable[T], total: int = 0, done: int = 0) -> Iterator[T]:
        """Yield the things one by one, and report ``progress`` after each.

        ``total`` is needed if the things have no length, or if ``done`` others were reported before.
        """
        total = total or length_hint(things)
        for i, thing in enumerate(things, done + 1):
            yield thing
            self.progress(i, total)
