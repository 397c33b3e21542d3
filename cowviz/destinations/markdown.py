"""Quotes text for the dialects of Markdown: characters that one of them may take for code become entities.

Some programs search for code before the text is parsed (knitr for chunks and `` `r` ``, Quarto for ``{{< >}}``,
Jekyll for ``{% %}``), so neither fences nor quotation marks keep a text from being run. Therefore the file contains
the numbers of these characters, never the characters themselves.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

# Markup wherever it stands: signs; and dashes, dots and colons that are more than punctuation (some make links).
_MARKUP = re.compile(
    r"[\\`*_{}\[\]#+!|~^<>$&\"@]"
    r"|(?<=-)-|-(?=-)|(?<=\.)\.|\.(?=\.)|(?<=\w)\.(?=[^\W\d])|(?<==)=|=(?==)|:(?=\S)"
)
# Markup where a text begins: a list, a heading's line, a definition, a title, a comment, reveal.js's "Note:".
_BEGINNING = re.compile(r"[-=:.%(]|\w+[.):](?=\s|$)")
_CODE = re.compile(r"`(?=[`r{])|\{(?=[{%<])|-(?=-!?>)")
WORD_JOINER = "\u2060"  # is not seen, and parts what stands on its sides


def in_markdown(text: str) -> str:
    """Quote one line so that Markdown shows it unchanged, also within an attribute."""
    first = _BEGINNING.match(text)
    end = first.end() if first else 0
    begun = f"{text[: end - 1]}{_entity(text[end - 1])}" if end else ""
    return begun + _MARKUP.sub(lambda sign: _entity(sign[0]), text[end:])


def in_pandoc(text: str) -> str:
    """Quote one line for pandoc's Markdown, which otherwise replaces quotation marks."""
    return in_markdown(text).replace("'", _entity("'"))


def in_pandoc_lines(text: str) -> Iterator[str]:
    """Yield lines for pandoc's Markdown as a line block, which keeps line breaks and columns."""
    for line in text.split("\n"):
        columns = re.sub(r"^ +|  +", lambda blanks: "\u00a0" * len(blanks[0]), line)
        # Quarto before 1.4 looks for {{< in what pandoc has read, where an empty span parts it.
        yield f"| {in_pandoc(columns)}".replace("&#123;&#60;", "[]{}&#123;&#60;").rstrip(" ")


def in_yaml(text: str) -> str:
    """Quote one line as a YAML value: always a string, never code."""
    quoted = json.dumps(text, ensure_ascii=False)
    return re.sub("[`{}<>]", lambda sign: f"\\u{ord(sign[0]):04x}", quoted)


def in_comment(text: str) -> str:
    """Quote text for an HTML comment in Markdown, which has no entities: unseen characters split code."""
    return _CODE.sub(lambda sign: sign[0] + WORD_JOINER, text)


def _entity(sign: str) -> str:
    return "&amp;" if sign == "&" else f"&#{ord(sign)};"  # Marp would resolve a number, and then what it begins
