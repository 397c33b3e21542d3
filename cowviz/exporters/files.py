"""A file is written whole or not at all."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

_serial = count(1)


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A temporary path beside ``path`` to write to; it takes the place of ``path`` once the block is done.

    Missing folders are made. Whatever goes wrong, an interrupt too, leaves what stood there before and nothing else.
    A symbolic link stays one: the file it points to is replaced.

    Raises OSError about ``path``, never about the temporary one.
    """
    target = Path(os.path.realpath(path))
    if target.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    target.parent.mkdir(parents=True, exist_ok=True)
    # Not tempfile: its files are readable by their owner alone, and would stay so once renamed.
    # Not from the target's name: that may be as long as a name may get.
    beside = target.with_name(f".cowviz-{os.getpid()}-{next(_serial)}{target.suffix}")
    try:
        yield beside
        beside.replace(target)
    except OSError as error:
        if error.filename and os.fspath(error.filename) == str(beside):
            error.filename, error.filename2 = str(path), None
        raise
    finally:
        beside.unlink(missing_ok=True)
