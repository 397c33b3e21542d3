from __future__ import annotations

from pathlib import Path

import pytest

from cowviz.exporters.files import whole_file


def in_folder(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


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
