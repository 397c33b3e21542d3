"""Runs a Python file of the user's - a scenario, a theme, a view - and tells in one line what is wrong with it."""

from __future__ import annotations

import ast
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from itertools import count
from pathlib import Path
from traceback import walk_tb
from types import FrameType, ModuleType

from cowviz import claims
from cowviz.errors import ClaimError, CowvizError
from cowviz.shelter import sheltered
from cowviz.watch import EndlessError, watched

MOST_BYTES = 8 << 20  # of a file
MOST_SIGNS = 400  # of what an error says for itself

_OURS = Path(__file__).resolve().parent
_serial = count(1)


def run_file(path: Path) -> ModuleType:
    """Run the file as a module of its own. Nothing is written beside it; its neighbours can be imported.

    Raises CowvizError for a file that is too long.
    """
    with path.open("rb") as file:
        source = file.read(MOST_BYTES + 1)
    if len(source) > MOST_BYTES:
        raise CowvizError(f"longer than {MOST_BYTES >> 20} MB")
    module = ModuleType(f"cowviz_file_{next(_serial)}_{path.stem}")
    if Path(str(path)).is_file():  # who looks through all modules' files (hypothesis does) must not wait for a pipe
        module.__file__ = str(path)
    sys.modules[module.__name__] = module  # dataclasses look their own module up
    with watched(), neighbours_importable(path):
        exec(claims.compiled(source, str(path)), module.__dict__)
    return module


@contextmanager
def neighbours_importable(path: Path) -> Iterator[None]:
    """Let a file import those beside it, for as long as it runs.

    Its folder comes last: a scenario called ``mmap.py`` must not hide the standard library's. What was imported from it
    is forgotten afterwards: another folder may have files of the same names, and a changed file must be read anew. What
    lies beside an installed package's scenario stays: its other modules may have imported it, too.
    """
    before, quiet, path_before = set(sys.modules), sys.dont_write_bytecode, list(sys.path)
    here = str(path.resolve().parent)
    sys.path.append(here)
    sys.dont_write_bytecode = True
    try:
        with claims.kept_beside(path):
            yield
    finally:
        sys.dont_write_bytecode = quiet
        with suppress(ValueError):  # the file has changed sys.path itself
            sys.path.remove(here)
        sys.path += [folder for folder in path_before if folder not in sys.path]
        is_installed = any(Path(here).glob("*-info/entry_points.txt"))
        for name in () if is_installed else set(sys.modules) - before:
            if Path(getattr(sys.modules[name], "__file__", None) or "/").parent == Path(here):
                del sys.modules[name]


@contextmanager
def mistakes_in(path: Path) -> Iterator[None]:
    """Tell in one line, with the file's own line, what goes wrong with the user's file in the block.

    What it does to the whole process is undone. Raises ClaimError where an assert of the file does not hold, otherwise
    the kind of CowvizError that it was.
    """
    try:
        with sheltered(), printing_aside():
            yield
    except BaseException as error:  # a scenario does not decide about our exit status by SystemExit
        if isinstance(error, KeyboardInterrupt) and not _is_raised_in(path, error):
            raise  # by the keys
        if isinstance(error, OSError) and error.filename == str(path):
            raise CowvizError(f"cannot read {path}: {error.strerror}") from error
        raise _told(path, error) from error


@contextmanager
def printing_aside() -> Iterator[None]:
    """Send what the block prints, a program that it starts too, to standard error: our answers stand alone."""
    if sys.stdout is None or sys.stderr is None:
        yield
        return
    with suppress(OSError, ValueError):
        sys.stdout.flush()
    kept = _to_standard_error()
    try:
        with redirect_stdout(sys.stderr):
            yield
    finally:
        if kept is not None:
            with suppress(OSError):  # the user's code has closed all there is
                os.dup2(kept, 1)
                os.close(kept)


def _to_standard_error() -> int | None:
    """Make file descriptor 1 a duplicate of 2; return a duplicate of the old one, to restore it."""
    try:
        kept = os.dup(1)
    except OSError:  # there is no standard output
        return None
    with suppress(OSError):
        os.dup2(2, 1)
    return kept


def _told(path: Path, error: BaseException) -> CowvizError:
    """Return the error that describes an exception from the user's file."""
    if isinstance(error, SyntaxError):
        where = f"{error.filename or path}, line {error.lineno or 1}"
        return CowvizError(_one_line(f"{where}: {error.msg}" + (f": {error.text.strip()}" if error.text else "")))
    frames = list(walk_tb(error.__traceback__))
    own = _own(path, error) or _own(path, error.__context__)
    line = own[-1][1] if own else error.line if isinstance(error, EndlessError) and error.file == str(path) else 0
    where = f"{path}, line {line}" if line else str(path)
    innermost = Path(frames[-1][0].f_code.co_filename).resolve()
    is_ours = innermost.is_relative_to(_OURS) and innermost.parent != path.resolve().parent
    if isinstance(error, AssertionError) and own and not is_ours:
        return ClaimError(f"{where}: the claim does not hold: {_claim(path, *own[-1])}{_why(error)}")
    if isinstance(error, MemoryError):
        return CowvizError(
            f"{where}: the scenario takes more memory than is allowed: does a loop or a list grow without end?"
        )
    ours = type(error).__module__.startswith("cowviz.")  # its words are meant for people
    kind = type(error) if isinstance(error, CowvizError) else CowvizError
    words = _words(error)
    return kind(f"{where}: {words}" if ours else f"{where}: {_one_line(type(error).__name__)}{words and ': ' + words}")


def _own(path: Path, error: BaseException | None) -> list[tuple[FrameType, int]]:
    """Return the stack frames of the file that an exception passed, with their lines."""
    return [
        (f, line) for f, line in walk_tb(error.__traceback__ if error else None) if f.f_code.co_filename == str(path)
    ]


def _is_raised_in(path: Path, error: BaseException) -> bool:
    """Return whether a ``raise`` in the file raised the exception."""
    *_, (frame, line) = walk_tb(error.__traceback__)
    nodes = ast.walk(_parsed(path)[1]) if frame.f_code.co_filename == str(path) else ()
    return any(isinstance(node, ast.Raise) and node.lineno <= line <= (node.end_lineno or line) for node in nodes)


def _claim(path: Path, frame: FrameType, line: int) -> str:
    """Return the assert that spans ``line``, and the value of the left side of its comparison."""
    source, tree = _parsed(path)
    for node in ast.walk(tree):
        if isinstance(node, ast.Assert) and node.lineno <= line <= (node.end_lineno or line):
            words = _one_line(f"assert {ast.get_source_segment(source, node.test)}")
            return words + (_was(source, node.test.left, frame) if isinstance(node.test, ast.Compare) else "")
    return (
        _one_line("".join(source.splitlines()[line - 1 : line])) or "its source cannot be read"
    )  # or it is a neighbour's


def _parsed(path: Path) -> tuple[str, ast.Module]:
    """Return the file's source and its tree; empty ones if the file was removed or changed."""
    try:
        source = path.read_text(encoding="utf-8")
        return source, ast.parse(source)
    except (OSError, SyntaxError, ValueError):
        return "", ast.Module([], [])


def _was(source: str, side: ast.expr, frame: FrameType) -> str:
    """Return ``; child.copies is 0``, or "" if evaluating the expression again might have an effect."""
    harmless = ast.Attribute | ast.Name | ast.Tuple | ast.Constant | ast.Load
    if isinstance(side, ast.Constant) or not all(isinstance(node, harmless) for node in ast.walk(side)):
        return ""
    try:
        with watched():
            value = eval(compile(ast.Expression(side), "<claim>", "eval"), frame.f_globals, frame.f_locals)
            return _one_line(f"; {ast.get_source_segment(source, side)} is {value!r}")
    except KeyboardInterrupt:
        raise
    except BaseException:  # of a property or a __repr__ of the user's own
        return ""


def _why(error: AssertionError) -> str:
    """Return the assert's own message, in brackets."""
    return f" ({words})" if (words := _words(error)) else ""


def _words(error: BaseException) -> str:
    """Return an exception's message; its ``__str__`` may be the user's, and fail itself."""
    try:
        with watched():
            return _one_line(str(error))
    except KeyboardInterrupt:
        raise
    except BaseException as another:
        return f"its message cannot be shown: its __str__ raises {_one_line(type(another).__name__)}"


def _one_line(text: str) -> str:
    """Return the text in one line, without control characters, cut to what people read."""
    line = " ".join(text[: 2 * MOST_SIGNS].split())
    line = "".join(sign if sign.isprintable() else "?" for sign in line)
    return line if len(line) <= MOST_SIGNS else f"{line[: MOST_SIGNS - 4]} ..."
