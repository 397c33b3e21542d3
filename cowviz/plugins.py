"""A file is a plug-in, by its file name: ``themes/dark.py`` is "dark". Other packages add theirs by entry points.

What a file offers is read from its text, so that listing the formats imports none of them.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple

from cowviz.errors import CowvizError, MissingTool, OutputError, to_install, told, unknown, warn
from cowviz.packages import entry_points
from cowviz.renamed import renamed
from cowviz.userfile import mistakes_in, printing_aside, run_file

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

# What a module must define to be a plug-in of its kind.
MARKERS = {
    "themes": "THEME",
    "views": "draw",
    "exporters": "SUFFIXES",
    "renderers": "",
    "destinations": "export",
}

SHOWN = ("animation", "picture", "document", "trace")


class Format(NamedTuple):
    """A kind of file: the exporter that makes it, what that shows ("animation" ...), which options it supports."""

    exporter: str
    shows: str
    supports: tuple[str, ...] = ()  # of the options that only some formats support
    is_set_by_viewer: bool = False  # whether what shows the file sets its text, in fonts of its own


def names(kind: str) -> list[str]:
    """Return the plug-ins of a kind: "themes", "views", "exporters", "renderers" or "destinations"."""
    return sorted({*_own(kind), *_others(kind)})


def purposes(kind: str) -> dict[str, str]:
    """Return the plug-ins of a kind, each with its docstring's first line; of other packages', which one it is from."""
    found = {name: f"from {entry.module}" for name, entry in _others(kind).items()}
    for name, path in _own(kind).items():
        found[name] = (ast.get_docstring(ast.parse(path.read_bytes())) or "").partition("\n")[0]
    return dict(sorted(found.items()))


def find(kind: str, name: str) -> ModuleType:
    """Return the plug-in of that name, or the one in the file ``name`` (a path to a ``.py``).

    Raises CowvizError where there is none of that name.
    """
    if name.endswith(".py"):
        return _from_file(kind, Path(name))
    if path := _own(kind).get(name):
        return _imported(f"cowviz.{kind}.{_stem(path)}", f"{_singular(kind)} {name!r}")
    if entry := _others(kind).get(name):
        return _marked(kind, _imported(entry.module, f"{_singular(kind)} {name!r}"), f"{name!r} ({entry.module})")
    raise unknown(_singular(kind), name, names(kind))


def formats() -> dict[str, Format]:
    """Return the suffixes that files may have, each with what makes it."""
    return dict(sorted({**_other_formats(tuple(sys.path)), **dict(_own_formats())}.items()))


def format_of(path: Path) -> tuple[str, Format]:
    """Return the suffix of ``path`` and what it stands for; the longest decides, ``.anim.svg`` before ``.svg``.

    Raises CowvizError for a suffix that says nothing.
    """
    own = dict(_own_formats())
    if path.name.count(".") == 1 and (suffix := path.suffix.lower()) in own:
        return suffix, own[suffix]  # no longer one fits: other packages need not be asked, which is slow
    known = formats()
    fitting = [suffix for suffix in known if path.name.lower().endswith(suffix)]
    if not fitting:
        raise CowvizError(f"{path}: its suffix names no format; there are: {', '.join(known)}")
    suffix = max(fitting, key=len)
    return suffix, known[suffix]


@contextmanager
def needed_by(what: str) -> Iterator[None]:
    """Tell of a package that is not installed, with the command that installs it. Raises MissingTool."""
    try:
        yield
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package in ("", "cowviz"):  # our own mistake
            raise
        raise MissingTool(f"{what} needs {package}: {to_install(package)}") from error


def _singular(kind: str) -> str:
    return kind.removesuffix("s")


def _own(kind: str) -> dict[str, Path]:
    """Return cowviz's own plug-ins of a kind; "json" is in ``json_.py``, as the standard library has ``json``."""
    folder = Path(__file__).parent / kind
    files = sorted([*folder.glob("[!_]*.py"), *folder.glob("[!_]*/__init__.py")])
    return {_stem(path).rstrip("_"): path for path in files if not MARKERS[kind] or MARKERS[kind] in _defined(path)}


def _stem(path: Path) -> str:
    """Return a module's name; for a package, that of its folder."""
    return path.parent.name if path.stem == "__init__" else path.stem


def _others(kind: str) -> dict[str, EntryPoint]:
    """Return other packages' plug-ins of a kind."""
    return entry_points(kind)


@cache
def _defined(path: Path) -> dict[str, ast.expr | None]:
    """Return the names that a file defines at its top level, and the expressions assigned to them."""
    found: dict[str, ast.expr | None] = {}
    for node in ast.parse(path.read_bytes()).body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) | ast.AnnAssign(ast.Name(id=name), value=value):
                found[name] = value
            case ast.FunctionDef(name=name):
                found[name] = None
            case ast.ImportFrom(names=imported):
                found |= dict.fromkeys(alias.asname or alias.name for alias in imported)
    return found


def _own_formats() -> Iterator[tuple[str, Format]]:
    for name, path in _own("exporters").items():
        suffixes, shows = (_written_out(path, constant) for constant in ("SUFFIXES", "SHOWS"))
        supports = _written_out(path, "SUPPORTS") if "SUPPORTS" in _defined(path) else ()
        by_viewer = "SET_BY_VIEWER" in _defined(path) and _written_out(path, "SET_BY_VIEWER")
        yield from ((suffix, Format(name, shows, supports, by_viewer)) for suffix in suffixes)


def _written_out(path: Path, constant: str) -> Any:
    value = _defined(path)[constant]
    assert value is not None, f"{path}: {constant} must be a plain value"
    return ast.literal_eval(value)


@cache
def _other_formats(path: tuple[str, ...]) -> dict[str, Format]:
    """Return other packages' formats along ``path``; warn of one that fails, and leave it out."""
    own = dict(_own_formats())
    found: dict[str, Format] = {}
    for name in _others("exporters"):
        try:
            offered = _offered(name, find("exporters", name))
        except CowvizError as error:
            warn(str(error))
            continue
        if taken := [suffix for suffix in offered if suffix in own]:
            warn(f"exporter {name!r}: {', '.join(taken)} stays with cowviz's own exporter")
        found |= {suffix: form for suffix, form in offered.items() if suffix not in own}
    return found


def _offered(name: str, module: ModuleType) -> dict[str, Format]:
    """Return the formats of an exporter's module. Raises CowvizError if it breaks the contract."""
    by_viewer = bool(getattr(module, "SET_BY_VIEWER", False))
    if hasattr(module, "HEEDS") and not hasattr(module, "SUPPORTS"):
        renamed(f"exporter {name!r}: HEEDS", "SUPPORTS")
        vars(module)["SUPPORTS"] = module.HEEDS
    suffixes, shows, supports = (getattr(module, key, ()) for key in ("SUFFIXES", "SHOWS", "SUPPORTS"))
    if not _are_texts(suffixes) or not all(suffix[:1] == "." and len(suffix) > 1 for suffix in suffixes):
        raise CowvizError(f"exporter {name!r} must define its suffixes: write SUFFIXES = ('.abc',)")
    if shows not in SHOWN:
        raise CowvizError(f"exporter {name!r}: its SHOWS must be one of {', '.join(SHOWN)}")
    if not callable(getattr(module, "export", None)):
        raise CowvizError(f"exporter {name!r} must define export(request, path)")
    if supports != () and not _are_texts(supports):
        raise CowvizError(f"exporter {name!r}: SUPPORTS must name options: write SUPPORTS = ('loop',)")
    return {suffix.lower(): Format(name, shows, tuple(supports), by_viewer) for suffix in suffixes}


def _are_texts(value: object) -> bool:
    return isinstance(value, tuple | list) and bool(value) and all(isinstance(one, str) for one in value)


def _imported(module: str, what: str) -> ModuleType:
    """Import a plug-in's module. Raises MissingTool, or CowvizError if another package's fails."""
    with needed_by(what), calling(what, module):
        return import_module(module)


@contextmanager
def calling(what: str, module: str) -> Iterator[None]:
    """Tell in one line what goes wrong in another package's plug-in; one of cowviz's own may fail as it likes.

    Raises CowvizError, or OutputError where the plug-in could not write.
    """
    if module.startswith("cowviz."):
        yield
        return
    try:
        with printing_aside():
            yield
    except (CowvizError, KeyboardInterrupt, ModuleNotFoundError):
        raise
    except OSError as error:
        raise OutputError(f"{what} ({module}): {told(error)}") from error
    except BaseException as error:  # SystemExit too: a plug-in does not decide about our end
        raise CowvizError(f"{what} ({module}) fails: {told(error)}") from error


def _from_file(kind: str, path: Path) -> ModuleType:
    """Load a plug-in from the user's file."""
    with mistakes_in(path):
        module = run_file(path)
    return _marked(kind, module, str(path))


def _marked(kind: str, module: ModuleType, called: str) -> ModuleType:
    """Return the module. Raises CowvizError if it lacks what a plug-in of its kind must define."""
    marker = MARKERS[kind]
    if not hasattr(module, marker):
        raise CowvizError(f"{called} is no {_singular(kind)}: it must define {marker}")
    return module
