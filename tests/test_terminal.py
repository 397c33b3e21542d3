"""What is written to a terminal: a picture, in the terminal's own protocol, or the path of one."""

from __future__ import annotations

import io
import re
from base64 import b64decode
from pathlib import Path

import pytest
from PIL import Image

import cowviz
from cowviz import terminal
from cowviz.errors import CowvizError


@pytest.fixture(scope="module")
def movie():
    return cowviz.load("fork_cow")


@pytest.fixture
def tty(monkeypatch, tmp_path):
    """``tty(TERM=...)``: standard output is a terminal that says this of itself, in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def become(is_tty: bool = True, **environ: str) -> None:
        monkeypatch.setattr("sys.stdout.isatty", lambda: is_tty)
        for name in ("TERM", "TERM_PROGRAM"):
            monkeypatch.setenv(name, environ.get(name, ""))

    return become


def opened(png: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(png))
    image.load()
    return image


def test_an_inline_image_is_the_png(movie, tty, capsys, tmp_path):
    tty(TERM="xterm-256color", TERM_PROGRAM="iTerm.app")
    cowviz.show(movie, 3)
    written = capsys.readouterr().out
    head, size, text = re.fullmatch(r"(\x1b\]1337;File=inline=1;size=)(\d+):([\w+/=]+)\x07\n", written).groups()
    png = b64decode(text)
    assert head
    assert len(png) == int(size)
    (path,) = movie.save(tmp_path / "3.png", step=3)
    assert opened(png) == opened(path.read_bytes())


def test_kitty_gets_it_in_chunks(movie, tty, capsys):
    tty(TERM="xterm-kitty")
    cowviz.show(movie)
    parts = re.findall(r"\x1b_G([^;]*);([^\x1b]*)\x1b\\", capsys.readouterr().out)
    assert parts[0][0].startswith("a=T,f=100,c=")
    assert [head for head, _ in parts[1:]] == [*["m=1"] * (len(parts) - 2), "m=0"]
    assert max(len(text) for _, text in parts) <= 4096
    assert opened(b64decode("".join(text for _, text in parts))).size == (1280, 720)


def test_elsewhere_it_says_where_the_file_is(movie, tty, capsys):
    tty(TERM="xterm-256color")
    cowviz.show(movie, step=2)
    (line,) = capsys.readouterr().out.splitlines()
    assert Path(line) == Path("output/fork_cow/02.png")
    assert opened(Path(line).read_bytes()).size == (1280, 720)


def test_the_last_step_is_shown_unless_another_is_named(movie, tty, capsys):
    tty(TERM="dumb")
    cowviz.show(movie)
    assert capsys.readouterr().out == f"{Path('output/fork_cow/09.png')}\n"


def test_what_goes_into_a_pipe_is_the_path(movie, tty, capsys):
    tty(is_tty=False, TERM="xterm-kitty", TERM_PROGRAM="WezTerm")
    cowviz.show(movie)
    assert "\x1b" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("environ", "drawn"),
    [
        ({"TERM_PROGRAM": "WezTerm"}, terminal.inline),
        ({"TERM": "xterm-ghostty"}, terminal.kitty),
        ({"TERM": "tmux-256color", "TERM_PROGRAM": "WezTerm"}, None),
        ({"TERM": "screen.xterm-kitty"}, None),
        ({"TERM_PROGRAM": "Apple_Terminal"}, None),
        ({}, None),
    ],
)
def test_terminals_are_known_by_what_they_say(environ, drawn):
    assert terminal.protocol(environ) is drawn


def test_a_step_there_is_not(movie, tty):
    tty(TERM="dumb")
    with pytest.raises(CowvizError, match="no step 10; fork_cow has steps 1 to 9"):
        cowviz.show(movie, 10)
