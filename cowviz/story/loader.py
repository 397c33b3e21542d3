"""Finds scenarios, and runs their files.

A scenario is a Python file: a docstring whose first line is the title, and one function ``play(story)``. A recorded
trace (``.json``) can take its place everywhere.
"""

from __future__ import annotations

import ast
import inspect
import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from cowviz.errors import CowvizError, one_line, unknown, warn
from cowviz.language import ENGLISH, known
from cowviz.memory.profile import Profile
from cowviz.packages import entry_points
from cowviz.story import file_constants as constants
from cowviz.trace.limits import MOST_BYTES
from cowviz.userfile import mistakes_in, neighbours_importable, run_file

if TYPE_CHECKING:
    from cowviz.story.story import Story
    from cowviz.trace.model import Trace


LONGEST_TITLE = 200  # signs of one in a list


class Found(NamedTuple):
    """Holds a scenario that was found, but not run."""

    name: str
    title: str
    path: Path
    titles: Mapping[str, str] = {}  # in other languages


@dataclass(frozen=True)
class Scenario:
    """Holds a scenario whose file was run: its words, and its ``play``."""

    name: str
    title: str
    doc: str
    play: Callable[[Story], object]
    path: Path
    profile: Profile | None = None  # the file's own choice: PROFILE = "linux"
    lang: str = ENGLISH  # what the file is written in: LANG = "ro"
    docs: Mapping[str, str] = field(default_factory=dict)  # what the file says of itself in other languages: DOC
    untitled: str = ""  # why its title is its name
    view: tuple[str, ...] = ()  # what shows it: VIEW = "walk", or a pair

    def words(self, lang: str) -> tuple[str, str]:
        """Return its title and the rest of its docstring in ``lang``, or else in its own language."""
        title, doc = split_doc(self.docs.get(lang))
        return (title, doc) if title else (self.title, self.doc)

    def record(self, profile: Profile | None = None, check: bool = False, lang: str | None = None) -> Trace:
        """Play it, by default in its own language; ``check`` verifies the machine's invariants after each change.

        Raises ClaimError if an assert of the scenario fails, CowvizError for any other mistake in it.
        """
        from cowviz.story.recording import record

        if profile and self.profile and profile != self.profile:
            raise CowvizError(f"{self.name} runs with the profile {self.profile.name} alone: leave --profile out")
        lang = known(lang or self.lang)
        title, doc = self.words(lang)
        with mistakes_in(self.path), neighbours_importable(self.path):
            trace = record(
                self.play,
                name=self.name,
                title=title,
                doc=doc,
                profile=profile or self.profile,
                check=check,
                lang=lang,
                view=self.view,
            )
        if self.untitled:
            warn(self.untitled)
        return trace


def scenarios(folders: Iterable[Path] = (), lang: str | None = None) -> list[Found]:
    """Find all scenarios, sorted by name: bundled, of other packages, and in ``folders``. None is run.

    Titles are in ``lang`` if the scenario has it.
    """
    by_name = {one.name: one for one in _in_folder(bundled())}
    for one in _of_packages():
        if one.name in by_name:
            warn(f"{one.path} is not listed: {one.name!r} names a scenario of cowviz's own; rename the file")
        by_name.setdefault(one.name, one)
    for one in (one for folder in folders for one in _in_folder(folder)):
        named = one if one.name not in by_name else one._replace(name=str(one.path))  # so it can be told apart
        by_name[named.name] = named
    found = sorted(by_name.values(), key=lambda one: one.name)
    titles = ((one, one.titles.get(lang or "", one.title)) for one in found)
    return [
        one._replace(title=one_line(title, LONGEST_TITLE).encode(errors="replace").decode()) for one, title in titles
    ]


def load_scenario(source: str | Path) -> Scenario:
    """Load a scenario by its name or the path of its ``.py``: run the file, but do not play it."""
    name, path = locate(str(source))
    with mistakes_in(path):
        module = run_file(path)
    title, doc = split_doc(module.__doc__)
    play, lang, docs = constants.play_of(module, path), constants.lang_of(module, path), constants.docs_of(module, path)
    untitled = "" if title else constants.why_untitled(path)
    profile, view = constants.profile_of(module, path), constants.view_of(module, path)
    return Scenario(name, title or name, doc, play, path, profile, lang, docs, untitled, view)


def load_trace(path: Path) -> Trace:
    """Load a recorded trace from a ``.json`` file; read no more bytes than a trace may have.

    Raises CowvizError if it cannot be read.
    """
    from cowviz.trace.codec import loads

    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
        if len(data) > MOST_BYTES:
            raise CowvizError(f"trace: longer than {MOST_BYTES >> 20} MB")
        return loads(data.decode())
    except OSError as error:
        raise CowvizError(f"cannot read {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise CowvizError(f"cannot read {path}: it is not text") from error
    except CowvizError as error:
        raise CowvizError(f"{path}: {error}") from error


def bundled() -> Path:
    """Return the folder of cowviz's own scenarios: in the installed package, or next to it in a clone."""
    package = Path(__file__).parents[1]
    inside = package / "scenarios"
    return inside if inside.is_dir() else package.parent / "scenarios"


def split_doc(text: str | None) -> tuple[str, str]:
    """Return a docstring's title, without its full stop, and the rest."""
    title, _, rest = inspect.cleandoc(text or "").partition("\n")
    return title.strip().removesuffix("."), rest.strip()


def _in_folder(folder: Path) -> Iterator[Found]:
    """Yield the scenarios in a folder: ``.py`` files that define ``play``, and traces; a broken one shows its error."""
    if not folder.is_dir():
        raise CowvizError(f"no folder {str(folder)!r}")
    for path in sorted(folder.glob("[!_]*.py")):
        try:
            tree = ast.parse(_whole(path))
        except (SyntaxError, ValueError, OSError, RecursionError, MemoryError) as error:  # the last two: too deep
            yield Found(path.stem, _unreadable(error), path)
            continue
        if any(isinstance(node, ast.FunctionDef) and node.name == "play" for node in tree.body):
            titles = {lang: split_doc(text)[0] for lang, text in _told(tree).items()}
            yield Found(path.stem, split_doc(ast.get_docstring(tree))[0] or path.stem, path, titles)
    yield from (found for path in sorted(folder.glob("[!_]*.json")) if (found := _trace_in(path)))


def _told(tree: ast.Module) -> dict[str, str]:
    """Return the docstrings in other languages, if the file gives them as literals: ``DOC = {"ro": "..."}``."""
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id="DOC")], value=value):
                with suppress(ValueError):
                    docs = ast.literal_eval(value)
                    return docs if isinstance(docs, dict) else {}
    return {}


def _trace_in(path: Path) -> Found | None:
    """Return the trace in a file, or None; read only its first lines, which hold the title."""
    try:
        head = _whole(path, 4096).decode(errors="ignore")
        title = re.search(r'"title": ("(?:[^"\\]|\\.)*")', head)
        return Found(path.stem, json.loads(title[1]), path) if title and '"cowviz-trace"' in head else None
    except (OSError, ValueError) as error:
        return Found(path.stem, _unreadable(error), path)


def _whole(path: Path, most: int = 0) -> bytes:
    """Read a file, or its beginning. Raises OSError, also for a pipe, as reading it could block."""
    if path.exists() and not path.is_file():
        raise OSError(0, "it is not a file")
    with path.open("rb") as file:
        data = file.read(most or MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise OSError(0, f"it is longer than {MOST_BYTES >> 20} MB")
    return data


def _unreadable(error: BaseException) -> str:
    words = (error.strerror if isinstance(error, OSError) else str(error)) or type(error).__name__
    return f"cannot be read: {one_line(words)}"


def _of_packages() -> Iterator[Found]:
    for name, path in _entry_points().items():
        yield from (found._replace(name=name) for found in _in_folder(path.parent) if found.path == path)


def _entry_points() -> dict[str, Path]:
    """Return the scenario files that other packages name as ``module.path``, without an import."""
    found = {}
    for name, entry in entry_points("scenarios").items():
        if path := _source(entry.module):
            found[name] = path
        else:
            warn(f"scenario {name!r}: there is no module {entry.module}")
    return found


def _source(module: str) -> Path | None:
    """Return the file of a module, without importing it or the packages around it."""
    top, *rest = module.split(".")
    try:
        spec = find_spec(top)
    except (ImportError, ValueError):  # a module that is half imported, or no name
        return None
    if spec is None or not rest:
        return Path(spec.origin) if spec and spec.origin else None
    files = (Path(folder, *rest).with_suffix(".py") for folder in spec.submodule_search_locations or ())
    return next(filter(Path.is_file, files), None)


def locate(source: str) -> tuple[str, Path]:
    """Return the name and the file of the scenario that a user named; a pipe is read at once.

    Raises CowvizError if there is none.
    """
    if source.endswith((".py", ".json")) or os.sep in source or source == "-":
        from cowviz.story.piped import piped

        if through := piped(source):
            return through.called, through
        if not Path(source).is_file():
            raise CowvizError(f"no file {source!r}")
        return Path(source).stem, Path(source)
    own = next((path for suffix in (".py", ".json") if (path := bundled() / f"{source}{suffix}").is_file()), None)
    if found := own or _entry_points().get(source):
        return source, found
    near_file = [f"{source}.py"] if Path(f"{source}.py").is_file() else []
    raise unknown("scenario", source, [*near_file, *(found.name for found in scenarios())])
