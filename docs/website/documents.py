"""The Markdown documents as pages: at their own paths, so that a link to a file becomes a link to its page."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Sequence
from html import escape
from itertools import pairwise
from os.path import relpath
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from markdown_it import MarkdownIt
from markdown_it.token import Token

from docs.website import ROOT, page


class Document(NamedTuple):
    """A document, parsed."""

    path: Path
    title: str
    lead: str  # the first sentence
    tokens: Sequence[Token]


def all_documents() -> list[Document]:
    """In the order in which they are offered."""
    found = [ROOT / "README.md", *sorted(ROOT.glob("docs/*.md")), ROOT / "benchmarks" / "README.md"]
    found += [ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted(ROOT.glob("docs/decisions/*.md"))]
    return [read(path) for path in found]


def read(path: Path) -> Document:
    tokens = _markdown().parse(path.read_text(encoding="utf-8"))
    after = {token.type: following for token, following in reversed(list(pairwise(tokens)))}
    lead = re.split(r"(?<=\.)\s", _plain(after["paragraph_open"]), maxsplit=1)[0]
    return Document(path, _plain(after["heading_open"]), re.sub(":$", ".", lead), tokens)


def write(folder: Path) -> None:
    """Write the documents' pages, and whatever of the repository they link to."""
    linked = {ROOT / "LICENSE"}
    for document in all_documents():
        linked |= {target for target in _follow(document) if target.exists()}
        body = _markdown().renderer.render(document.tokens, _markdown().options, {})
        page.write(folder, address(document.path), document.title, f'<article class="document">\n{body}</article>')
    for target in sorted(linked):
        if target.is_dir():
            _write_listing(folder, target)
        elif target.suffix != ".md":
            _copy(folder, target)


def address(path: Path) -> str:
    """Where a file of the repository is on the site."""
    place = path.relative_to(ROOT)
    if path.is_dir():
        return (place / "index.html").as_posix()
    return place.with_suffix({".md": ".html", "": ".txt"}.get(path.suffix, path.suffix)).as_posix()


def _follow(document: Document) -> Iterator[Path]:
    """Turn links to files into links to their pages, give headings their anchors; yield what is linked to."""
    here = document.path
    for token in _all(document.tokens):
        name = {"link_open": "href", "image": "src"}.get(token.type)
        if not name or re.match(r"[a-z]+:|#", link := str(token.attrs[name])):
            continue
        file, mark, anchor = link.partition("#")
        target = (here.parent / file).resolve()
        token.attrs[name] = relpath(address(target), Path(address(here)).parent).replace("\\", "/") + mark + anchor
        yield target


def _write_listing(folder: Path, directory: Path) -> None:
    """The page of a folder: its files, the documents among them by their titles."""
    items = []
    for path in sorted(directory.iterdir()):
        if path.suffix == ".md":
            items.append((address(path), read(path).title))
        elif path.is_file():
            items.append((_copy(folder, path), path.name))
    place = directory.relative_to(ROOT).as_posix()
    lines = "".join(f'<li><a href="{quote(Path(where).name)}">{escape(title)}</a></li>\n' for where, title in items)
    page.write(folder, address(directory), place, f"<h1>{escape(place)}</h1>\n<ul>\n{lines}</ul>")


def _copy(folder: Path, path: Path) -> str:
    copy = folder / address(path)
    copy.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(path, copy)
    return address(path)


def _markdown() -> MarkdownIt:
    markdown = MarkdownIt("commonmark").enable("table")
    markdown.core.ruler.push("anchors", lambda state: _anchor(state.tokens))
    markdown.add_render_rule("fence", lambda _, tokens, i, *__: _fence(tokens[i]))
    markdown.add_render_rule("code_block", lambda _, tokens, i, *__: page.code(tokens[i].content))
    markdown.add_render_rule("table_open", lambda *_: '<div class="wide" tabindex="0"><table>\n')
    markdown.add_render_rule("table_close", lambda *_: "</table></div>\n")
    return markdown


def _fence(token: Token) -> str:
    """Code; a diagram, which would need a script to be drawn, waits to be asked for."""
    shown = page.code(token.content, token.info)
    if token.info != "mermaid":
        return shown
    return f"<details><summary>The diagram, as Mermaid writes it</summary>\n{shown}</details>\n"


def _anchor(tokens: Sequence[Token]) -> None:
    """Headings get the anchors that GitHub gives them."""
    taken: dict[str, int] = {}
    for heading, inline in pairwise(tokens):
        if heading.type == "heading_open":
            slug = re.sub(r"[^\w\- ]", "", _plain(inline).lower()).replace(" ", "-")
            count = taken[slug] = taken.get(slug, -1) + 1
            heading.attrs["id"] = f"{slug}-{count}" if count else slug


def _all(tokens: Sequence[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from token.children or ()


def _plain(inline: Token) -> str:
    """The text without its marks."""
    return "".join(" " if token.type == "softbreak" else token.content for token in inline.children or ())
