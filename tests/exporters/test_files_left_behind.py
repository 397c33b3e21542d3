"""What dead processes left behind is swept away, and nothing else."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from files_lab import in_folder, posix, write

from cowviz.exporters._whole import files
from cowviz.exporters._whole.files import pour, scratch, temporary


def dead_process() -> int:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        pass
    return process.pid


def litter(folder: Path, pid: int, age: float = 0, suffix: str = ".mp4") -> Path:
    path = folder / f".cowviz-{pid}-1{suffix}"
    path.write_text("half")
    then = time.time() - age
    os.utime(path, (then, then))
    return path


@posix
def test_what_dead_processes_left_is_swept_away(tmp_path: Path) -> None:
    left = [litter(tmp_path, dead_process()), litter(tmp_path, 2**70, suffix="")]
    ours = litter(tmp_path, os.getpid())  # a process before us had our number
    theirs = [tmp_path / ".cowviz-notes", tmp_path / ".cowviz-1-x.mp4", tmp_path / "cowviz-1-1.mp4"]
    for path in theirs:
        path.write_text("")
    write(tmp_path / "a.svg")
    assert not any(path.exists() for path in [*left, ours])
    assert all(path.exists() for path in theirs)


@posix
def test_what_others_write_stays(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, text=True) as other:
        file = litter(tmp_path, other.pid, age=-1)
        write(tmp_path / "a.svg")
        assert file.exists(), "its process lives"
        os.utime(file, (0, 0))
        write(tmp_path / "a.svg")
        assert not file.exists() or sys.platform != "linux", "its process is younger than the file"
        other.communicate("")


@posix
def test_a_lock_is_stronger_than_a_number(tmp_path: Path) -> None:
    """In another container a process that lives has a number that is nobody's here."""
    with temporary(tmp_path, ".gif") as path:
        elsewhere = path.rename(tmp_path / f".cowviz-{dead_process()}-1.gif")
        write(tmp_path / "a.svg")
        assert elsewhere.exists()
    write(tmp_path / "a.svg")
    assert not elsewhere.exists()


@posix
def test_a_pipe_among_the_litter_stops_nobody(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / f".cowviz-{dead_process()}-1.mp4")
    write(tmp_path / "a.svg")


KILLED = """
import os, signal, sys; from pathlib import Path; from cowviz.exporters._whole.files import whole_file
with whole_file(Path(sys.argv[1])) as path:
    path.write_text("half")
    os.kill(os.getpid(), signal.SIGKILL)
"""


@posix
def test_a_kill_leaves_the_old_file_and_litter_until_the_next_write(tmp_path: Path) -> None:
    target = tmp_path / "a.mp4"
    target.write_text("old")
    subprocess.run([sys.executable, "-c", KILLED, target], check=False)
    assert target.read_text() == "old"
    assert len(in_folder(tmp_path)) == 2
    write(tmp_path / "b.svg")
    assert sorted(in_folder(tmp_path)) == ["a.mp4", "b.svg"]


def test_where_the_system_has_no_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def gettempdir() -> str:
        raise FileNotFoundError(errno.ENOENT, "none")

    monkeypatch.setattr(files.tempfile, "gettempdir", gettempdir)
    with scratch(".png", tmp_path / "nowhere", tmp_path) as path:
        assert path.parent == tmp_path
        path.write_text("new")
        pour(path, Path(os.devnull))
    assert in_folder(tmp_path) == []
