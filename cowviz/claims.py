"""Keeps the asserts of scenarios under ``python -O``, which would remove them."""

from __future__ import annotations

import ast
import importlib.util
import linecache
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

from cowviz.errors import CowvizError


def compiled(source: bytes | ast.Module, path: str) -> CodeType:
    """Return the code with its asserts and docstrings."""
    return compile(source, path, "exec", dont_inherit=True, optimize=0)


@contextmanager
def kept_beside(path: Path) -> Iterator[None]:
    """Keep the claims of what the file imports in the block, from its folder or its package."""
    if not sys.flags.optimize:
        yield
        return
    finder = _Finder(path.resolve().parent)
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)


@contextmanager
def kept_in(play: FunctionType) -> Iterator[tuple[str | None, str | None]]:
    """Keep the claims of a function and of its module in the block; yield both docstrings.

    Raises CowvizError where Python took the claims away and the text to have them from is not to be had.
    """
    if not sys.flags.optimize:
        yield play.__doc__, play.__globals__.get("__doc__")
        return
    with restored(play) as docs:
        yield docs


@contextmanager
def restored(play: FunctionType) -> Iterator[tuple[str | None, str | None]]:
    """Restore the claims as ``kept_in`` does, whatever the flags.

    Raises CowvizError where the source cannot be read.
    """
    path = play.__code__.co_filename
    try:
        tree = ast.parse("".join(linecache.getlines(path, play.__globals__)))
        whole = {_place(code): code for code in _codes(compiled(tree, path))}
        if _place(play.__code__) not in whole:
            raise CowvizError
    except (CowvizError, SyntaxError, ValueError) as error:
        raise CowvizError(
            f"python -O removes asserts, and the source of {play.__name__}() cannot be read: run python without -O"
        ) from error
    functions = {function: function.__code__ for function in (*_functions(play.__globals__, path), play)}
    try:
        for function, code in functions.items():
            new = whole.get(_place(code))
            if new is not None and new.co_freevars == code.co_freevars:
                function.__code__ = new
        yield _doc_of(tree, play.__code__), ast.get_docstring(tree, clean=False)
    finally:
        for function, code in functions.items():
            function.__code__ = code


def _place(code: CodeType) -> tuple[str, int]:
    return code.co_qualname, code.co_firstlineno


def _codes(code: CodeType) -> Iterator[CodeType]:
    """Yield the code, and the code of all functions in it."""
    yield code
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _codes(inner)


def _functions(names: dict[str, Any], path: str) -> Iterator[FunctionType]:
    """Yield the functions and methods that the file of a module defines."""
    for value in list(names.values()):
        held = list(vars(value).values()) if isinstance(value, type) else [value]
        for function in (getattr(one, "__func__", one) for one in held):
            if isinstance(function, FunctionType) and function.__code__.co_filename == path:
                yield function


def _doc_of(tree: ast.Module, code: CodeType) -> str | None:
    """Return the docstring of the function with that code."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name == code.co_name:
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            if first == code.co_firstlineno:
                return ast.get_docstring(node, clean=False)
    return None


class _Loader(SourceFileLoader):
    """Compiles the source each time: under ``-O`` the code in ``__pycache__`` has no asserts."""

    def get_code(self, fullname: str) -> CodeType:
        path = self.get_filename(fullname)
        return compiled(self.get_data(path), path)


class _Finder(MetaPathFinder):
    """Finds modules as Python does, but compiles the user's own files with _Loader."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        while (self.folder / "__init__.py").is_file() and self.folder.parent != self.folder:
            self.folder = self.folder.parent  # where the package lies
        self.package = folder.relative_to(self.folder).parts[:1]

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname.partition(".")[0] in sys.stdlib_module_names:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is None or type(spec.loader) is not SourceFileLoader or not self._is_own(Path(spec.origin or "")):
            return None
        return importlib.util.spec_from_file_location(
            fullname,
            spec.origin,
            loader=_Loader(fullname, spec.origin or ""),
            submodule_search_locations=spec.submodule_search_locations,
        )

    def _is_own(self, file: Path) -> bool:
        """Return whether the file is in the user's package or folder, but not in a virtual environment there."""
        folder, file = self.folder.joinpath(*self.package), file.resolve()
        return file.is_relative_to(folder) and not {"site-packages", "dist-packages"} & set(
            file.relative_to(folder).parts
        )
