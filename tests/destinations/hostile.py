"""Texts that somebody's program would run, fetch or obey, each a word of a movie; and where they show that it did.

A text that becomes code makes a file called ``RAN`` where it is run, or sets ``window.RAN`` in a browser.
"""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

import cowviz
from cowviz.movie import Movie

RAN = "RAN_PROVES_FAULT"
TOUCH = f"touch {RAN}"
KNITR = [
    f"```{{r, eval=FALSE, x=system('{TOUCH}')}}",
    f"```{{r}} system('{TOUCH}') ```",
    f"`r system('{TOUCH}')`",
    f"``r system('{TOUCH}')``",
    f"`r#system('{TOUCH}')`",
    f"`{{r}} system('{TOUCH}')`",
    f"`!expr system('{TOUCH}')`",
    f"!expr system('{TOUCH}')",
    f"~~~{{bash}} {TOUCH}",
    "> ```{python}",
    "<<a, eval=TRUE>>=",
    f"\\Sexpr{{system('{TOUCH}')}}",
    f"```{{ojs}} {TOUCH}",
]
MARKDOWN = [
    "{{< include /etc/hostname >}}",
    "{{< env HOME >}} {{</* x */>}} {{{< x >}}}",
    "{% include x %} {{ site.x }}",
    "```{=html} <b>raw</b>",
    "`<b>raw</b>`{=html}",
    "~~~ {.x}",
    "::: {.content-visible when-format=html}",
    ":::",
    "::: notes",
    "x {.class #id onclick=RAN()}",
    "[link](javascript:window.RAN=1)",
    "![picture](x.svg){onload=RAN()}",
    "[ref]: http://example.com/x",
    "<http://example.com/> http://example.com/y www.example.com me@example.com",
    "[^1] ^[note] @cite [@cite] $x^2$ $$y$$ \\(z\\) \\[w\\]",
    "---",
    "--- engine: knitr ---",
    "----",
    "...",
    "# heading",
    "Note: notes",
    "123. list",
    "(a) list",
    "(@) list",
    "| table | row |",
    "% title",
    "==marked== ~~struck~~ ^up^ ~down~ :cow: :span: _x_ __init__ *y*",
    "'quoted' \"quoted\" a -- b --- c ... d",
    "*[HTML]: x",
    "+++",
    "a\\",
    "&lt;b&gt; &#96; &amp;amp;",
]
MARP = [
    "<!-- class: invert -->",
    "--> <!-- backgroundColor: red -->",
    "--!> <!-- _paginate: true --> -->",
    "<style>section { display: none }</style>",
    "bg invert 50% w:3 blur",
    "* item",
    "{ color: red }",
    "class: lead",
]
HTML = [
    "<script>window.RAN=1</script>",
    "</script><script>window.RAN=1</script>",
    "</title><script>window.RAN=1</script>",
    "</pre></aside></section><script>window.RAN=1</script>",
    "</textarea></noscript></style><img src=x onerror=window.RAN=1>",
    "' onload='window.RAN=1' x='",
    '" onerror="window.RAN=1" x="',
    "<!-- <script> -->",
    "]]> <![CDATA[ <x/> ]]>",
    "<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/hostname'>]> &e;",
    "<?php system('x') ?> <%= x %> ${x} $title #{x} {x} {0} %s",
    "<svg onload=window.RAN=1> <a href='javascript:window.RAN=1'>x</a>",
]
TEX = [
    f"\\write18{{{TOUCH}}}",
    f"\\immediate\\write18{{{TOUCH}}}",
    f"^^5cimmediate^^5cwrite18^^7b{TOUCH}^^7d",
    "\\input{/etc/hostname} \\include{x} \\openout1=" + RAN + " \\immediate\\openout2=" + RAN + ".tex",
    f"\\catcode`\\|=0 |immediate|write18{{{TOUCH}}}",
    f"\\input{{|{TOUCH}}}",
    "\\end{frame}\\end{document}",
    "}}}]]] \\fi \\endgroup \\par",
    "\\end{verbatim} \\endinput % comment",
    "]{x.pdf} ,page=99, alt={x",
    f"\\directlua{{os.execute('{TOUCH}')}}",
]
SHEETS = ["=cmd|'/c x'!A1", "_x0041_ _x000D_", "WEBVTT", "NOTE x", "00:00:00.000 --> 00:00:09.000", "STYLE"]
TEXTS = KNITR + MARKDOWN + MARP + HTML + TEX + SHEETS


def wrapping(text: str) -> list[str]:
    """The text after so many words that, wherever lines of 60 to 90 signs break, one breaks before it."""
    return [f"{'word ' * count}{text}" for count in range(8, 20)]


ALL = [*TEXTS, *wrapping(KNITR[0].replace("```{r, eval=FALSE, x=", "```{r,x=").replace(" ", ""))]

# Pieces that make up hostile text nobody has thought of; and signs of all kinds.
_PIECES = ["```", "`r ", "`", "{{<", ">}}", "{r}", "{=html}", ":::", "---", "<!--", "-->", "<script>", "](", "&#96;"]
_PIECES += [
    "javascript:",
    "http://x.y",
    "www.x.y",
    "\\write18",
    "\\",
    "^^5c",
    "&lt;",
    "1.",
    " ",
    " ",
    "a",
    "r",
    "x",
    "0",
]
_PIECES += list("$%&#_{}~\"'<>@!|-+=:.()*é中")
texts = st.lists(st.sampled_from(_PIECES), min_size=1, max_size=12).map(lambda parts: " ".join("".join(parts).split()))
texts = texts.filter(bool)


def hostile_movie(words: list[str] = ALL) -> Movie:
    """A movie of a step a text, in which the texts are captions, titles, names, contents, lines of code, files."""

    def play(story: cowviz.Story) -> None:
        story.memory(frames=8)
        story.code("\n".join(words[:20]))
        file = story.file(words[0], [words[1]])
        process = story.process(words[2], heap=words[3])
        process.mmap(words[4], 1, file=file)
        for number, text in enumerate(words):
            process.write(process.heap, text)
            if number == 1:
                process.fork(words[5])
            story.say(text)

    trace = cowviz.run(play).trace
    return Movie(replace(trace, title=" ".join(words[:12]), doc="\n\n".join(words)), words[0])
