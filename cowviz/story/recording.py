"""Runs a scenario's ``play(story)`` and records its trace."""

from __future__ import annotations

from collections.abc import Callable

from cowviz.language import ENGLISH, speaking
from cowviz.memory.profile import TEXTBOOK, Profile
from cowviz.story.story import Story
from cowviz.trace.model import Trace
from cowviz.watch import watched


def tell(story: Story, play: Callable[[Story], object]) -> None:
    """Run ``play(story)``. Raises EndlessError if it does not end."""
    with watched():
        play(story)


def record(
    play: Callable[[Story], object],
    *,
    name: str,
    title: str,
    doc: str = "",
    profile: Profile | None = None,
    check: bool = False,
    lang: str = ENGLISH,
    view: tuple[str, ...] = (),
) -> Trace:
    """Run a scenario's ``play(story)`` and return its trace; its exceptions pass through, failed asserts too."""
    with speaking(lang):
        story = Story(profile or TEXTBOOK, check=check)
        tell(story, play)
        return story.trace(name, title, doc, view)
