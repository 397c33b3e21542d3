"""Whether the walk of a page, as docs/architecture.md tells it, is what happens when fork_cow becomes a GIF."""

from __future__ import annotations

import re
import sys
from collections.abc import Container, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import pytest

import cowviz
from cowviz.commands.render import command
from cowviz.diagram.things import EntryRange
from cowviz.movie.movie import Movie

ROOT = Path(__file__).parents[1]
PID, VPN, ARROW = 2, 2048, "pte:2:800"

Station = tuple[str, str]
BEGINS = ("", "the child's write")
WRITE = ("cowviz/story/actor.py", "Actor.write")


def table(first_heading: str) -> list[list[str]]:
    """Read the rows of the document's table whose first heading this is."""
    text = (ROOT / "docs" / "architecture.md").read_text()
    _, _, rest = text.partition(f"| {first_heading} |")
    rows = rest.partition("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]


def stations() -> list[Station]:
    return [(row[0].strip("`"), row[1].strip("`")) for row in table("station")]


@contextmanager
def calls_noted(calls: list[Station], of: Container[Station]) -> Iterator[None]:
    """Note each call of one of the functions, and where the child's write begins."""

    def note(frame: FrameType, event: str, argument: object) -> None:
        code = frame.f_code
        if event == "call" and code.co_filename.startswith(str(ROOT / "cowviz")):
            station = (str(Path(code.co_filename).relative_to(ROOT)), code.co_qualname)
            if station == WRITE and frame.f_locals["self"].pid == PID:
                calls.append(BEGINS)  # what came before was another page's
            if station in of:
                calls.append(station)

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        yield
    finally:
        sys.setprofile(before)


@pytest.fixture(scope="module")
def order_of_calls(tmp_path_factory: pytest.TempPathFactory) -> list[Station]:
    """Render the GIF once, and return the calls of all stations, in order."""
    noted: list[Station] = []
    out = tmp_path_factory.mktemp("walk") / "fork_cow.gif"
    with calls_noted(noted, set(stations())):
        command.main(["fork_cow", str(out), "--scale", "0.25"], standalone_mode=False)
    assert out.read_bytes()[:6] == b"GIF89a"
    return noted


@pytest.fixture(scope="module")
def movie() -> Movie:
    return cowviz.load("fork_cow")


@pytest.mark.parametrize("station", stations(), ids="::".join)
def test_a_station_is_called(station: Station, order_of_calls: list[Station]) -> None:
    assert station in order_of_calls


def test_the_page_comes_through_the_stations_in_this_order(order_of_calls: list[Station]) -> None:
    assert len(stations()) > 20
    begins = order_of_calls.index(BEGINS)
    on_the_way, walked = stations()[: stations().index(WRITE)], stations()[stations().index(WRITE) :]
    assert on_the_way == sorted(on_the_way, key=order_of_calls[:begins].index)
    assert walked == sorted(walked, key=order_of_calls[begins:].index)


def test_the_page_is_what_the_document_says_at_each_step(movie: Movie) -> None:
    rows = table("step")
    assert len(rows) == 3
    for step, entry, events, arrow in rows:
        number = int(re.match(r"\d+", step)[0])  # type: ignore[index]
        told = movie.steps[number - 1]
        pte = told.machine.process(PID).pte(VPN)
        assert pte
        assert entry == f"`{pte.prot}` frame {pte.pfn}"
        assert re.findall(r"`(\w+)`", events) == [type(event).__name__ for event in told.events]
        shape = movie.picture(number).shapes[ARROW]
        assert isinstance(shape.of, EntryRange)
        assert shape.of.frames
        assert arrow.startswith(f"to `{shape.of.frames.id}`")
        assert arrow.endswith("dashed") == bool(getattr(shape, "dash", ()))
