"""One page of the site: what stands around its content."""

from __future__ import annotations

from html import escape
from pathlib import Path, PurePosixPath
from string import Template

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

SHELL = Template(Path(__file__).with_name("page.html").read_text(encoding="utf-8"))


def write(folder: Path, address: str, title: str, body: str) -> None:
    """Write the page with this address in the site's folder."""
    root = "../" * (len(PurePosixPath(address).parts) - 1)
    path = folder / address
    path.parent.mkdir(parents=True, exist_ok=True)
    whole = title if title.startswith("cowviz") else f"{title} – cowviz"
    path.write_text(SHELL.substitute(title=escape(whole), root=root, body=body), encoding="utf-8", newline="\n")


def code(text: str, lang: str = "") -> str:
    """A block of code. Who has no mouse can scroll it, too."""
    try:
        shown = highlight(text, get_lexer_by_name(lang), HtmlFormatter(nowrap=True))
    except ClassNotFound:
        shown = escape(text)
    return f'<pre tabindex="0"><code>{shown.rstrip()}</code></pre>\n'
