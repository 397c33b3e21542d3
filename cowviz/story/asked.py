"""Checks the arguments of a scenario's calls before anything runs, and names mistakes in the scenario's own words.

One table maps a parameter's name to its check, so that methods contain no checks themselves.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeGuard, TypeVar

from cowviz.errors import CowvizError, unknown
from cowviz.text import check_whole, clean
from cowviz.trace.limits import MOST_PAGES, MOST_SIGNS, MOST_SIGNS_OF_A_NAME, MOST_SIGNS_OF_CODE

if TYPE_CHECKING:
    from cowviz.story.actor import Actor

C = TypeVar("C", bound=type)
_KINDS = {"Actor": "process", "Region": "run of pages", "Story": "story", "type": "class"}
_Check = Callable[[Any, Any], None]  # of who is asked, and what for


def checked(kind: C) -> C:
    """Make the methods of a class check their arguments; return the class."""
    for name, verb in list(vars(kind).items()):
        if inspect.isfunction(verb) and (name == "__getitem__" or not name.startswith("_")):
            setattr(kind, name, _checking(verb, _name_of(kind, name)))
    return kind


def shown(value: object) -> str:
    """Describe a value in a few characters, without running any of the user's code."""
    if type(value) is str:
        line = "".join(sign if sign.isprintable() else "?" for sign in value[:41])
        return f'"{line}"' if len(line) <= 40 else f'"{line[:36]} ..."'
    if type(value) is int and abs(value) >= 10**18:
        return f"a number of {int(value.bit_length() * 0.30103) + 1} digits"
    if value is None or type(value) in (bool, int, float, bytes):
        return repr(value)[:40]
    kind = _KINDS.get(type(value).__name__, type(value).__name__)
    return f"{'an' if kind[:1].lower() in 'aeiou' else 'a'} {kind}"


def is_whole(value: object) -> TypeGuard[int]:
    """Return whether the value is an int; a bool is not."""
    return isinstance(value, int) and not isinstance(value, bool)


def text(value: object, what: str, most: int = MOST_SIGNS) -> str:
    """Return the value if it is a text of at most ``most`` characters; ``what`` begins the error's message.

    Raises CowvizError for anything else.
    """
    if not isinstance(value, str):
        cure = f'"{value}"' if type(value) in (int, float) else f"not {shown(value)}"
        raise CowvizError(f"{what} is text: {cure}")
    if len(value) > most:
        raise CowvizError(f"{what} has {len(value):,} characters, and {most:,} are allowed: make it shorter")
    return value


def words(value: object, what: str, most: int = MOST_SIGNS) -> None:
    """Check that the value is a text, or texts by language. Raises CowvizError for anything else."""
    if not isinstance(value, Mapping):
        text(value, what, most)
        return
    if not value:
        raise CowvizError(f'{what} has no text: write {{"en": "...", "ro": "..."}}')
    for lang, said in value.items():
        text(lang, "a language")
        text(said, f"{what}, in {shown(lang)},", most)


def number(value: object, word: str, least: int = 0, most: int = MOST_PAGES, of: str = "") -> int:
    """Return the value if it is a whole number from ``least`` to ``most``. Raises CowvizError for anything else."""
    if not is_whole(value):
        raise CowvizError(f"{word}={shown(value)}: a whole number{of}")
    if not least <= value <= most:
        raise CowvizError(f"{word}={shown(value)}: a whole number{of}, from {least:,} to {most:,}")
    return value


def _checking(verb: Callable[..., Any], name: str) -> Callable[..., Any]:
    """Return the method with a check of its arguments before it."""
    signature = inspect.signature(verb)
    kinds = {p.name: p.kind for p in signature.parameters.values()}
    checks = {word: check for word in kinds if (check := _CHECKS.get(f"{name} {word}") or _CHECKS.get(word))}
    optional = {p.name for p in signature.parameters.values() if p.default is None}

    @wraps(verb)
    def checking(*given: Any, **named: Any) -> Any:
        try:
            bound = signature.bind(*given, **named)
        except TypeError:
            raise _misfit(name, signature, given, named) from None
        who = given[0]
        for word, value in bound.arguments.items():
            if kinds[word] is inspect.Parameter.VAR_KEYWORD:
                for moment, caption in value.items() if word == "captions" else ():
                    words(caption, f"a caption ({moment}=...)")
            elif (check := checks.get(word)) and not (value is None and word in optional):
                check(who, value)
        for word, value in bound.arguments.items():
            if word not in ("self", "sections", "pages"):  # contents cleans what pages hold, and bounds it before
                bound.arguments[word] = _cleaned(value, who)
        return verb(*bound.args, **bound.kwargs)

    return checking


def _cleaned(value: Any, who: Any) -> Any:
    """Clean the texts in the value. Raises CowvizError, with the step, for one that cannot be text."""
    if type(value) is str:
        story = getattr(who, "story", who)
        check_whole(value, f"step {len(story.told) + 1}: {shown(value)}")
        return clean(value)
    if type(value) is dict:
        return {key: _cleaned(each, who) for key, each in value.items()}
    if type(value) in (list, tuple):
        return type(value)([_cleaned(each, who) for each in value])
    return value


def _name_of(kind: type, name: str) -> str:
    return f"{'story' if kind.__name__ == 'Story' else 'p'}.{name}"


def _misfit(name: str, signature: inspect.Signature, given: tuple[Any, ...], named: dict[str, Any]) -> CowvizError:
    """Return the error for arguments that do not fit: the usage, and what is wrong."""
    parameters = list(signature.parameters.values())[1:]
    if any(name not in signature.parameters for name in named):
        word = next(name for name in named if name not in signature.parameters)
        wrong = str(unknown("word", word, [p.name for p in parameters if p.kind is not p.VAR_KEYWORD] or ["nothing"]))
    else:
        placed = [p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]
        open_ = [p.name for p in parameters if p.default is p.empty and p.kind is not p.VAR_KEYWORD]
        missing = [name for name in open_ if name not in named and name not in placed[: len(given) - 1]]
        twice = [name for name in placed[: len(given) - 1] if name in named]
        too_many = f"{twice[0]} is given twice" if twice else "too many arguments"
        wrong = f"{missing[0]} is missing" if missing else too_many
    return CowvizError(f"{name}({', '.join(_usage(parameters))}): {wrong}")


def _usage(parameters: list[inspect.Parameter]) -> Iterator[str]:
    for parameter in parameters:
        if parameter.kind is parameter.VAR_KEYWORD:
            yield "fault=..." if parameter.name == "captions" else "heap=..."
        elif parameter.default is parameter.empty:
            yield parameter.name
        else:
            yield f"{parameter.name}={parameter.default!r}"


def _where(actor: Actor, value: object) -> None:
    from cowviz.story.region import Region

    if isinstance(value, Region):
        return
    if type(value) is str and value.isidentifier():
        raise CowvizError(f"say {called(actor)}.{value}, and not {shown(value)}")
    example = f"{called(actor)}.heap"
    raise CowvizError(f"say which pages, as in {example} or {example}[0], and not {shown(value)}")


def called(actor: Actor) -> str:
    """Return what the scenario may call a process: its name in small letters, or ``p``."""
    name = actor.name.lower() if actor.pid in actor.story.machine.processes else "p"
    return name if name.isidentifier() else "p"


def _child(actor: Actor, value: object) -> None:
    if not isinstance(value, type(actor)):
        raise CowvizError(f"say which child, as in {called(actor)}.wait(child), and not {shown(value)}")


def _order(_: object, value: object) -> None:
    if isinstance(value, str):
        text(value, "order")
    elif not isinstance(value, list | tuple | range) or not all(map(is_whole, value)):
        raise CowvizError(f'order={shown(value)}: the letters of frames, "CAB", or a list of their numbers')


def _line(_: object, value: object) -> None:
    if not is_whole(value) and not isinstance(value, str):
        raise CowvizError(f"line={shown(value)}: a line is its number, from 1, or a text in it")


def _which(_: object, value: object) -> None:
    ends = (value.start, value.stop, value.step) if isinstance(value, slice) else (value,)
    if not all(is_whole(end) or (end is None and isinstance(value, slice)) for end in ends):
        raise CowvizError(f"heap[{shown(value)}]: a page is its number, from 0, and a run is heap[0:2]")


def _flag(word: str) -> _Check:
    def check(_: object, value: object) -> None:
        if not isinstance(value, bool):
            raise CowvizError(f"{word}={shown(value)}: True or False")

    return check


def _text(what: str, most: int = MOST_SIGNS) -> _Check:
    return lambda _, value: void(text(value, what, most))


def _name(what: str) -> _Check:
    return lambda _, value: words(value, what, MOST_SIGNS_OF_A_NAME)


def _number(word: str, least: int, most: int = MOST_PAGES, of: str = "") -> _Check:
    return lambda _, value: void(number(value, word, least, most, of))


def void(_: object) -> None:
    """Accept any value."""


_CHECKS: dict[str, _Check] = {
    "advice": _text('advice, as in "DONTNEED",'),
    "cached": _flag("cached"),
    "caption": lambda _, value: words(value, "a caption"),
    "child": _child,
    "file": _text("a file's name", MOST_SIGNS_OF_A_NAME),
    "frames": _number("frames", 1),
    "line": _line,
    "name": _name("a name"),
    "order": _order,
    "overcommit": _text("overcommit"),
    "pages": _number("pages", 0, of=" of pages"),
    "program": _name("a program's name"),
    "prot": _text('a protection, as in "rw-",'),
    "shared": _flag("shared"),
    "status": _number("status", 0, 255),
    "swap": _number("swap", 0, of=" of pages"),
    "where": _where,
    "which": _which,
    "p.limit pages": lambda _, value: None if value is None else void(number(value, "pages", of=" of pages, or None")),
    "p.malloc name": _text("a region's name", MOST_SIGNS_OF_A_NAME),
    "p.mmap name": _text("a region's name", MOST_SIGNS_OF_A_NAME),
    "p.region name": _text("a region's name", MOST_SIGNS_OF_A_NAME),
    "story.code text": _text("code", MOST_SIGNS_OF_CODE),
    "story.file name": _text("a file's name", MOST_SIGNS_OF_A_NAME),
    "story.file pages": lambda _, value: None,  # as a section's: contents has a look at them
}
