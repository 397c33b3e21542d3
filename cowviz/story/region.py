"""Defines Region: pages of one actor as a scenario names them, and queries about them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from cowviz.errors import CowvizError, UnknownWordError, unknown
from cowviz.language import _
from cowviz.memory import machine as mem
from cowviz.memory.rare import huge, swap
from cowviz.narration.terms import IN_SWAP, NO_FRAME, frame_name
from cowviz.story.asked import checked

if TYPE_CHECKING:
    from cowviz.story.actor import Actor


@checked
@dataclass(eq=True, unsafe_hash=True)
class Region:
    """Refers to pages of one actor: a whole region, or a part of it with ``[i]`` and ``[i:j]``."""

    actor: Actor
    name: str
    start: int  # virtual page number
    pages: int

    if not TYPE_CHECKING:  # editors and mypy know all words

        def __setattr__(self, name: str, value: object) -> None:
            if name in vars(self) or name not in Region.__dataclass_fields__:
                self._refuse(f".{name}")
            super().__setattr__(name, value)

        def __setitem__(self, which: object, value: object) -> None:
            self._refuse(f"[{which}]" if isinstance(which, int) else "[...]")

        def __getattr__(self, name: str) -> NoReturn:
            if name.startswith("_") or name in Region.__dataclass_fields__:
                raise AttributeError(name)
            words = [word for word in (*vars(Region), "actor", "name", "pages", "start") if not word.startswith("_")]
            raise UnknownWordError(f"{self.name} has {unknown('word', name, words)}")

    def _refuse(self, what: str) -> NoReturn:
        """Raise the error for an assignment to pages."""
        raise CowvizError(f'{self.name}{what} = ...: memory changes by a verb: p.write(p.heap, "x")')

    def __len__(self) -> int:
        return self.pages

    def __iter__(self) -> Iterator[Region]:
        return (self[i] for i in range(self.pages))

    def __getitem__(self, which: int | slice) -> Region:
        if isinstance(which, slice):
            picked = range(self.pages)[which]
            if picked.step != 1 or not picked:
                raise CowvizError(
                    f"{self.name}[{which.start}:{which.stop}] is no run of its {self.pages} pages: say {self.name}[0:2]"
                )
            return Region(self.actor, self.name, self.start + picked.start, len(picked))
        if not -self.pages <= which < self.pages:
            last = (
                f"the last is {self.name}[{self.pages - 1}]"
                if self.pages
                else "the kernel refused its mmap(), so it has no pages"
            )
            raise CowvizError(f"{self.name}[{which}] is outside {self.actor.name}'s {self.name}: {last}")
        return Region(self.actor, self.name, self.start + which % self.pages, 1)

    @property
    def frame(self) -> str:
        """The name of the (first) page's frame, ``"Frame C"``; else ``"no frame"`` or ``"in swap"``."""
        pte = self.actor.state.pte(self.start)
        if pte is None:
            return _(IN_SWAP if self.is_swapped else NO_FRAME)
        return frame_name(pte.pfn)

    @property
    def content(self) -> str:
        """The (first) page's content, without an access: ``"x = 1"``; ``"0"`` for zeroes or no frame."""
        return mem.content_text(self._cells())

    @property
    def variables(self) -> dict[str, str]:
        """The variables in the (first) page, with their values."""
        return {cell.name: cell.value for cell in self._cells() if cell.name}

    @property
    def is_mapped(self) -> bool:
        return self.actor.state.pte(self.start) is not None

    @property
    def is_swapped(self) -> bool:
        """Whether the (first) page's PTE names a swap slot instead of a frame."""
        return self.start in self.actor.state.swapped

    @property
    def is_huge(self) -> bool:
        """Whether the (first) page is part of a huge page that one entry maps."""
        return huge.is_whole(self.actor.story.machine, self.actor.state, self.start)

    @property
    def is_cow(self) -> bool:
        """Whether a write would fault for copy-on-write: the region is writable, but the (first) page's PTE is not."""
        return self.actor.state.is_cow(self.start)

    def _cells(self) -> mem.Content:
        machine, pte = self.actor.story.machine, self.actor.state.pte(self.start)
        slot = self.actor.state.swapped.get(self.start)
        if slot is not None:
            return swap.slot_of(machine, slot).content
        return machine.content(pte.pfn) if pte else ()
