"""Runs a Python file of the user's - a scenario, a theme, a view - and tells in one line what is wrong with it."""

from __future__ import annotations

import ast
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from traceback import walk_tb
from types import FrameType, ModuleType

from cowviz.errors import ClaimError, CowvizError

_serial = count(1)


def run_file(path: Path) -> ModuleType:
    """Run the file as a module of its own. Nothing is written beside it; its neighbours can be imported."""
    code = compile(path.read_bytes(), str(path), "exec", dont_inherit=True)
    module = ModuleType(f"cowviz_file_{next(_serial)}_{path.stem}")
    module.__file__ = str(path)
    sys.modules[module.__name__] = module  # dataclasses look their own module up
    with neighbours_importable(path):
        exec(code, module.__dict__)
    return module


@contextmanager
def neighbours_importable(path: Path) -> Iterator[None]:
    """Let a file import those beside it, for as long as it runs.

    Its folder comes last: a scenario called ``mmap.py`` must not hide the standard library's. What was imported from it
    is forgotten afterwards: another folder may have files of the same names, and a changed file must be read anew.
    """
    before, quiet = set(sys.modules), sys.dont_write_bytecode
    here = str(path.resolve().parent)
    sys.path.append(here)
    sys.dont_write_bytecode = True
    try:
        with _folder_kept():
            yield
    finally:
        sys.dont_write_bytecode = quiet
        sys.path.remove(here)
        for name in set(sys.modules) - before:
            if Path(getattr(sys.modules[name], "__file__", None) or "/").parent == Path(here):
                del sys.modules[name]


@contextmanager
def _folder_kept() -> Iterator[None]:
    """Go back to the current folder: where our files go is not the user's file's to say."""
    try:
        before = Path.cwd()
    except OSError:  # it was deleted before
        yield
        return
    try:
        yield
    finally:
        with suppress(OSError):
            os.chdir(before)


@contextmanager
def mistakes_in(path: Path) -> Iterator[None]:
    """Whatever goes wrong with the user's file in this block is told in one line, with the file's own line.

    Raises ClaimError where an assert of the file does not hold, otherwise the kind of CowvizError that it was.
    """
    try:
        yield
    except (Exception, SystemExit) as error:  # SystemExit: a scenario does not decide about our exit status
        if isinstance(error, OSError) and error.filename == str(path):
            raise CowvizError(f"cannot read {path}: {error.strerror}") from error
        raise _told(path, error) from error


def _told(path: Path, error: BaseException) -> CowvizError:
    """The error that tells about an exception out of the user's file."""
    if isinstance(error, SyntaxError):
        where = f"{error.filename or path}, line {error.lineno or 1}"
        return CowvizError(f"{where}: {error.msg}" + (f": {error.text.strip()}" if error.text else ""))
    frames = list(walk_tb(error.__traceback__))
    own = [(frame, line) for frame, line in frames if frame.f_code.co_filename == str(path)]
    where = f"{path}, line {own[-1][1]}" if own else str(path)
    innermost = Path(frames[-1][0].f_code.co_filename)
    if (
        isinstance(error, AssertionError) and own and innermost.parent == path.parent
    ):  # and not an assert of cowviz's own
        return ClaimError(f"{where}: the claim does not hold: {_claim(path, *own[-1])}{_why(error)}")
    ours = type(error).__module__.startswith("cowviz.")  # its words are meant for people
    kind = type(error) if isinstance(error, CowvizError) else CowvizError
    words = _one_line(str(error))
    return kind(f"{where}: {words}" if ours else f"{where}: {type(error).__name__}{words and ': ' + words}")


def _claim(path: Path, frame: FrameType, line: int) -> str:
    """The assert that spans ``line``, and what the left side of its comparison was."""
    source = path.read_text(encoding="utf-8")
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Assert) and node.lineno <= line <= (node.end_lineno or line):
            words = _one_line(f"assert {ast.get_source_segment(source, node.test)}")
            return words + (_was(source, node.test.left, frame) if isinstance(node.test, ast.Compare) else "")
    return source.splitlines()[line - 1].strip()  # the assert stands in a neighbour


def _was(source: str, side: ast.expr, frame: FrameType) -> str:
    """``; child.copies is 0``, where evaluating it once more cannot do anything."""
    harmless = ast.Attribute | ast.Name | ast.Tuple | ast.Constant | ast.Load
    if isinstance(side, ast.Constant) or not all(isinstance(node, harmless) for node in ast.walk(side)):
        return ""
    value = eval(compile(ast.Expression(side), "<claim>", "eval"), frame.f_globals, frame.f_locals)
    return _one_line(f"; {ast.get_source_segment(source, side)} is {value!r}")


def _why(error: AssertionError) -> str:
    """The assert's own message."""
    return f" ({_one_line(str(error))})" if str(error) else ""


def _one_line(text: str) -> str:
    return " ".join(text.split())
