"""What is wrong with the links of a folder of pages: files and anchors that are not there, and other places asked."""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

LOADED = ("src", "srcset", "poster", "data")  # what a browser fetches without being asked


class Links(HTMLParser):
    """The links and the anchors of one page."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.links: list[tuple[str, bool]] = []  # each with whether it is loaded with the page
        self.anchors: set[str] = set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "id" and value:
                self.anchors.add(value)
            elif name == "href" or name in LOADED:
                self.links.append((value or "", tag == "link" or name in LOADED))


def dead(folder: Path) -> list[str]:
    """One line for each link that leads nowhere, or that would load something from elsewhere."""
    pages = {path.resolve(): Links(path) for path in sorted(folder.rglob("*.html"))}
    return [
        f"{path.relative_to(folder.resolve())}: {link!r} {wrong}"
        for path, page in pages.items()
        for link, is_loaded in page.links
        for wrong in _wrong(path, link, is_loaded, pages)
    ]


def _wrong(path: Path, link: str, is_loaded: bool, pages: dict[Path, Links]) -> Iterator[str]:
    if link.startswith(("data:", "mailto:")):
        return
    if link.startswith(("http:", "https:", "//")):
        if is_loaded:
            yield "is loaded from elsewhere"
        return
    file, _, anchor = link.partition("#")
    target = (path.parent / unquote(file)).resolve() if file else path
    if not target.is_file():
        yield "leads to no file"
    elif anchor and target in pages and anchor not in pages[target].anchors:
        yield "leads to no such place"
