"""Writes a file whole or not at all; writes into a pipe or device, which stays what it is.

Until it is complete, the file is a temporary one in the same folder: ``.cowviz-PID-N`` and the suffix.
"""

from __future__ import annotations

import errno
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from itertools import count
from pathlib import Path
from shutil import copyfileobj

from cowviz.exporters._whole.litter import LOCKS, PREFIX, lock, sweep

_serial = count(1)
_MOST_LINKS = 40  # that a system follows
_REFUSED = {stat.S_IFSOCK: "it is a socket", stat.S_IFBLK: "it is a disk"}


@contextmanager
def whole_file(path: Path, new: bool = False) -> Iterator[Path]:
    """Yield a temporary path to write to; it replaces ``path`` when the block ends.

    Missing folders are made. After any error or interrupt the old file is unchanged and nothing else is left. The new
    file keeps the old one's mode, and its owner if allowed. A symbolic link stays: the file it points to is replaced.
    A pipe or device is written into once everything is made. With ``new`` the file must not exist.

    Raises OSError about ``path``, never about the temporary one.
    """
    old = _standing(path)
    if old and new:
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))
    if old and (not stat.S_ISREG(old.st_mode) or _open_file(path) is not None):
        with _told_of(path), scratch(path.suffix, path.absolute().parent) as made:
            yield made
            pour(made, path)
        return
    target = Path(os.path.realpath(path))
    target.parent.mkdir(parents=True, exist_ok=True)
    mode = stat.S_IMODE(old.st_mode) & 0o777 | stat.S_IWUSR if old else 0o666  # never more than the old file's
    with _told_of(path), temporary(target.parent, target.suffix, mode) as made:
        yield made
        _put(made, target, old, new)


@contextmanager
def temporary(folder: Path, suffix: str, mode: int = 0o600) -> Iterator[Path]:
    """Yield an empty file in ``folder`` and remove it at the end, with those of dead processes."""
    sweep(folder)
    made, file = _made(folder, suffix, mode)
    try:
        if LOCKS:
            lock(file)
        else:  # there an open file cannot be renamed
            os.close(file)
        yield made
    finally:
        with suppress(OSError):  # it is no news beside what went wrong before
            made.unlink(missing_ok=True)
        if LOCKS:
            os.close(file)


@contextmanager
def scratch(suffix: str, *folders: Path) -> Iterator[Path]:
    """Yield an empty temporary file in the first folder that can be written to.

    Raises OSError if no folder can.
    """
    with ExitStack() as stack:
        for folder in (*_systems(), *folders, Path("/dev/shm")):
            if str(folder) != "/dev":
                with suppress(OSError):
                    made = stack.enter_context(temporary(folder, suffix))
                    break
        else:
            raise OSError(errno.EROFS, "no folder accepts a temporary file: set TMPDIR to one that can be written")
        yield made


def pour(made: Path, path: Path) -> None:
    """Copy a finished file into a pipe, a device or an open file. Waits for a pipe's reader."""
    number = _open_file(path)
    file = os.open(path, os.O_WRONLY) if number is None else os.dup(number)  # it writes on where the others were
    with os.fdopen(file, "wb") as out, made.open("rb") as content:
        copyfileobj(content, out)


def _standing(path: Path) -> os.stat_result | None:
    """What stands at ``path``, behind links too. Raises OSError for what can neither be replaced nor written into."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    if stat.S_ISDIR(found.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if refused := _REFUSED.get(stat.S_IFMT(found.st_mode)):
        raise OSError(errno.EINVAL, refused, str(path))
    return found


def _open_file(path: Path) -> int | None:
    """The number of the open file of ours that the path stands for, as ``/dev/stdout`` does."""
    for _ in range(_MOST_LINKS):
        if path.name.isdecimal() and os.path.realpath(path.parent) == os.path.realpath("/dev/fd"):
            return int(path.name)
        if not path.is_symlink():
            break
        path = path.parent / path.readlink()
    return None


def _systems() -> Iterator[Path]:
    with suppress(OSError):  # there is none that can be written
        yield Path(tempfile.gettempdir())


def _made(folder: Path, suffix: str, mode: int) -> tuple[Path, int]:
    """A new file and its number. Its name is not the target's: that may be as long as a name may get."""
    for number in _serial:  # a killed process may have had our number, and left a file of the same name
        made = folder / f"{PREFIX}{os.getpid()}-{number}{suffix}"
        with suppress(FileExistsError):
            return made, os.open(made, os.O_RDWR | os.O_CREAT | os.O_EXCL, mode)
    raise AssertionError("there is always a next number")


def _put(made: Path, target: Path, old: os.stat_result | None, new: bool) -> None:
    """Let the file that was made take its place."""
    if not made.stat().st_size:
        raise FileNotFoundError(errno.ENOENT, "the exporter wrote nothing", str(made))
    if old:
        _as_before(made, old)
    if new:
        with suppress(OSError):  # a file system without links
            os.link(made, target)
            return
        if os.path.lexists(target):  # somebody was faster
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target))
    made.replace(target)


def _as_before(made: Path, old: os.stat_result) -> None:
    """Give it the old file's owner, group and mode. Where the group may not be given, it gets no more than others."""
    mode = stat.S_IMODE(old.st_mode)
    if hasattr(os, "chown"):
        for owner in (old.st_uid, -1):
            with suppress(OSError):
                os.chown(made, owner, old.st_gid)
                break
        else:
            mode = mode & ~stat.S_IRWXG | (mode & stat.S_IRWXO) << 3
    with suppress(OSError):  # a file system without modes
        made.chmod(mode)


@contextmanager
def _told_of(path: Path) -> Iterator[None]:
    """Tell what goes wrong with a temporary file as gone wrong with ``path``."""
    try:
        yield
    except OSError as error:
        if error.filename is not None and not Path(str(error.filename)).name.startswith(PREFIX):
            raise
        raise OSError(error.errno, error.strerror or str(error), str(path)) from error
