"""A file is written whole or not at all, and what stood there keeps its mode and its owner."""

from __future__ import annotations

import errno
import os
import socket
import threading
from pathlib import Path

import pytest
from files_lab import in_folder, posix, write

from cowviz.exporters._whole.files import whole_file


def test_the_new_file_takes_the_place_of_the_old(tmp_path: Path) -> None:
    target = tmp_path / "a.gif"
    target.write_text("old")
    with whole_file(target) as path:
        assert path.parent == tmp_path
        assert path.suffix == ".gif"
        path.write_text("new")
        assert target.read_text() == "old"
    assert target.read_text() == "new"
    assert in_folder(tmp_path) == ["a.gif"]


def write_half(target: Path, failure: type[BaseException]) -> None:
    with whole_file(target) as path:
        path.write_text("half")
        raise failure


@pytest.mark.parametrize("failure", [ValueError, OSError, KeyboardInterrupt, SystemExit])
def test_a_failure_midway_leaves_what_stood_there(tmp_path: Path, failure: type[BaseException]) -> None:
    target = tmp_path / "a.gif"
    target.write_text("old")
    with pytest.raises(failure):
        write_half(target, failure)
    assert target.read_text() == "old"
    assert in_folder(tmp_path) == ["a.gif"]


def test_a_failure_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), whole_file(tmp_path / "a.gif"):
        raise KeyboardInterrupt
    assert in_folder(tmp_path) == []


def test_missing_folders_are_made(tmp_path: Path) -> None:
    with whole_file(tmp_path / "x" / "y" / "a.txt") as path:
        path.write_text("new")
    assert (tmp_path / "x" / "y" / "a.txt").read_text() == "new"


def test_others_may_read_the_file_as_they_may_any_other(tmp_path: Path) -> None:
    (tmp_path / "plain").write_text("")
    with whole_file(tmp_path / "a.txt") as path:
        path.write_text("new")
    assert (tmp_path / "a.txt").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    link = tmp_path / "a.txt"
    link.symlink_to(tmp_path / "there" / "b.txt")
    with whole_file(link) as path:
        path.write_text("new")
    assert link.is_symlink()
    assert (tmp_path / "there" / "b.txt").read_text() == "new"


def test_a_name_as_long_as_may_be(tmp_path: Path) -> None:
    with whole_file(tmp_path / ("n" * 251 + ".txt")) as path:
        path.write_text("new")


def test_errors_name_the_file_that_was_asked_for(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(IsADirectoryError, match="folder"), whole_file(tmp_path / "folder"):
        pytest.fail("it should not get so far")
    (tmp_path / "plain").write_text("")
    with pytest.raises(NotADirectoryError), whole_file(tmp_path / "plain" / "x" / "a.txt"):
        pytest.fail("it should not get so far")
    with pytest.raises(FileNotFoundError) as caught, whole_file(tmp_path / "a.txt"):
        pass  # nothing was written
    assert caught.value.filename == str(tmp_path / "a.txt")


@posix
@pytest.mark.parametrize("mode", [0o600, 0o664, 0o444, 0o755, 0o2660])
def test_the_mode_stays(tmp_path: Path, mode: int) -> None:
    target = tmp_path / "a.svg"
    target.write_text("old")
    target.chmod(mode)
    with whole_file(target) as path:
        assert path.stat().st_mode & 0o777 & ~(mode | 0o200) == 0, "nobody reads it sooner than may read it later"
        path.write_text("new")
    assert target.stat().st_mode & 0o7777 == mode


@posix
def test_the_owner_stays_where_that_may_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "a.svg"
    target.write_text("old")
    target.chmod(0o674)
    wanted: list[tuple[int, int]] = []

    def chown(_path: Path, owner: int, group: int) -> None:
        wanted.append((owner, group))
        if owner != -1:
            raise PermissionError

    monkeypatch.setattr(os, "chown", chown)
    old = target.stat()
    write(target)
    assert wanted == [(old.st_uid, old.st_gid), (-1, old.st_gid)], "the group at least"
    assert target.stat().st_mode & 0o777 == 0o674
    monkeypatch.setattr(os, "chown", lambda *_: (_ for _ in ()).throw(PermissionError))
    write(target)
    assert target.stat().st_mode & 0o777 == 0o644, "another group may no more than others"


@posix
@pytest.mark.parametrize("through_a_link", [False, True])
def test_a_pipe_is_written_into(tmp_path: Path, through_a_link: bool) -> None:
    pipe = target = tmp_path / "a.svg"
    os.mkfifo(pipe)
    if through_a_link:
        target = tmp_path / "link.svg"
        target.symlink_to(pipe)
    got: list[str] = []
    reader = threading.Thread(target=lambda: got.append(pipe.read_text()), daemon=True)
    reader.start()
    write(target, "new" * 100_000)
    reader.join(10)
    assert got == ["new" * 100_000]
    assert pipe.is_fifo()
    assert not [name for name in in_folder(tmp_path) if name.startswith(".")]


@posix
@pytest.mark.parametrize("through_a_link", [False, True])
def test_a_device_is_written_into(tmp_path: Path, through_a_link: bool) -> None:
    for device, error in (("/dev/null", None), ("/dev/full", errno.ENOSPC)):
        target = Path(device)
        if not target.exists():
            pytest.skip(f"there is no {device}")
        if through_a_link:
            target = tmp_path / f"{target.name}.svg"
            target.symlink_to(device)
        if error is None:
            write(target)
        else:
            with pytest.raises(OSError, match="space") as caught:
                write(target)
            assert (caught.value.errno, caught.value.filename) == (error, str(target))
        assert Path(device).is_char_device()


@posix
def test_a_socket_and_a_loop_of_links_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("a.svg")
        with pytest.raises(OSError, match="it is a socket"):
            write(Path("a.svg"))
    assert Path("a.svg").is_socket()
    Path("b.svg").symlink_to("c.svg")
    Path("c.svg").symlink_to("b.svg")
    with pytest.raises(OSError, match=r"b\.svg"):
        write(Path("b.svg"))
    assert Path("b.svg").is_symlink()


@posix
def test_a_link_to_nothing_yet_gets_its_file(tmp_path: Path) -> None:
    link = tmp_path / "a.svg"
    link.symlink_to(tmp_path / "later" / "b.svg")
    write(link)
    assert link.is_symlink()
    assert (tmp_path / "later" / "b.svg").read_text() == "new"


@posix
def test_an_open_file_goes_on_where_it_was(tmp_path: Path) -> None:
    with (tmp_path / "log").open("w") as log:
        log.write("before ")
        log.flush()
        write(Path(f"/dev/fd/{log.fileno()}"))
        log.write(" after")
    assert (tmp_path / "log").read_text() == "before new after"


def test_nothing_new_takes_the_place_of_what_is_there(tmp_path: Path) -> None:
    target = tmp_path / "a.py"
    with whole_file(target, new=True) as path:
        path.write_text("first")
    with pytest.raises(FileExistsError), whole_file(target, new=True) as path:
        path.write_text("second")
    with pytest.raises(FileExistsError), whole_file(tmp_path / "b.py", new=True) as path:
        path.write_text((tmp_path / "b.py").write_text("somebody was faster") * "mine")
    assert target.read_text() == "first"
    assert (tmp_path / "b.py").read_text() == "somebody was faster"
    assert sorted(in_folder(tmp_path)) == ["a.py", "b.py"]


def test_a_file_that_cannot_be_taken_away_hides_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unlink(_path: Path, missing_ok: bool = False) -> None:
        raise PermissionError(errno.EACCES, "no")

    monkeypatch.setattr(Path, "unlink", unlink)
    with pytest.raises(ValueError, match="first"), whole_file(tmp_path / "a.svg"):
        raise ValueError("first")
