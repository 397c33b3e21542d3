"""Parses what a scenario says pages hold: ``"x = 1"``, ``{"a": 1, "b": 2}``, ``["x = 1", None]``, or a number."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import islice

from cowviz.errors import CowvizError
from cowviz.memory.content import Cell, Content, is_name, parse_content
from cowviz.story.asked import is_whole, number, shown, text
from cowviz.text import check_whole, clean
from cowviz.trace.limits import MOST_SIGNS, MOST_VARIABLES, MOST_WRITTEN

Held = str | Mapping[str, object]  # one page's
Pages = Held | int | Iterable[Held | None]


def content_of(value: object) -> Content:
    """Return the content of one page. Raises CowvizError if a page cannot hold it."""
    if isinstance(value, Mapping):
        few_enough(len(value))
        return tuple(_variable(name, held) for name, held in value.items())
    if not isinstance(value, str):
        if type(value) in (int, float):
            raise CowvizError(f'what a page holds is text or variables: "{value}" or "x = {value}"')
        raise CowvizError(f'what a page holds is text or variables: "42" or "x = 42", and not {shown(value)}')
    content = parse_content(_whole(value, "what a page holds"))
    few_enough(len(content))
    return content


def few_enough(variables: int) -> None:
    """Check the number of variables in a page. Raises CowvizError for too many."""
    if variables > MOST_VARIABLES:
        raise CowvizError(f"a page holds at most {MOST_VARIABLES} variables: put the others into another page")


def contents_of(pages: object, word: str) -> tuple[Content | None, ...]:
    """Return the content of several pages, None for an untouched one; ``word`` is the scenario's name for them.

    Raises CowvizError for content that no page can hold.
    """
    if is_whole(pages):
        return (None,) * number(pages, word, of=" of pages")
    if isinstance(pages, str | Mapping):
        return (_loaded(pages),)
    if isinstance(pages, bytes | set | frozenset) or not isinstance(pages, Iterable):
        raise CowvizError(f"{word}={shown(pages)}: a text, a dict, a list of them, or a number of pages")
    held = list(islice(pages, MOST_WRITTEN + 1))
    if len(held) > MOST_WRITTEN:
        raise CowvizError(
            f"{word}=[...]: at most {MOST_WRITTEN:,} pages with contents; say {word}=NUMBER for untouched pages"
        )
    seen: dict[str, Content] = {}
    return tuple([None if one is None else _once(one, seen) for one in held])


def _once(value: object, seen: dict[str, Content]) -> Content:
    """Parse one page of a list, and keep the result, as many are equal."""
    if not isinstance(value, str):
        return _loaded(value)
    if value not in seen:
        seen[value] = _loaded(value)
    return seen[value]


def _loaded(value: object) -> Content:
    """Return the content of a page that is loaded; an empty text stands for zeroes."""
    return () if isinstance(value, str) and not value else content_of(value)


def _variable(name: object, value: object) -> Cell:
    if not isinstance(name, str) or not is_name(name):
        raise CowvizError(f'{shown(name)} cannot name a variable: a name is text without , ; ( ) {{ }} and " = "')
    if type(value) not in (str, int, float, bool):
        raise CowvizError(f"{name} = {shown(value)}: a variable's value is a text or a number")
    if type(value) is int and value.bit_length() > MOST_SIGNS:
        raise CowvizError(f"{name}: this number has more than the {MOST_SIGNS:,} characters that a text may have")
    return Cell(_whole(name, "a variable's name").strip(), _whole(str(value), f"what {shown(name)} holds").strip())


def _whole(value: str, what: str) -> str:
    """Return the cleaned text. Raises CowvizError if it is too long, or cannot be text."""
    check_whole(text(value, what), what)
    return clean(value)
