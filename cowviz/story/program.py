"""What a scenario says of a program, ``heap=["x = 1", None]``, as the regions that are loaded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cowviz.errors import CowvizError, unknown
from cowviz.memory import machine as mem
from cowviz.memory import syscalls
from cowviz.memory.machine import Prot, Section

_PERMISSIONS = {
    Section.TEXT: Prot.R | Prot.X,
    Section.RODATA: Prot.R,
}


def image(name: str, sections: Mapping[str, str | int | Sequence[str | None]]) -> list[syscalls.Region]:
    """The regions of a program, one a section, at their usual addresses."""
    kinds = {section.value.lstrip("."): section for section in Section}
    regions = []
    for word, pages in sections.items():
        if word not in kinds:
            raise unknown("section", word, kinds)
        texts = _page_texts(pages)
        if not texts:
            raise CowvizError(f"{name}: section {word} has no pages; leave it out, or give it one")
        section = kinds[word]
        contents = tuple(None if t is None else ((mem.parse_cell(t),) if t else ()) for t in texts)
        prot = _PERMISSIONS.get(section, Prot.R | Prot.W)
        of_file = section in (Section.TEXT, Section.RODATA, Section.DATA)
        regions.append(
            syscalls.Region(
                start=syscalls.SECTION_BASE[section],
                contents=contents,
                prot=prot,
                section=section,
                name=section.value,
                file=f"{name}{section.value}" if of_file else None,
            )
        )
    return sorted(regions, key=lambda r: r.start)


def _page_texts(pages: str | int | Sequence[str | None]) -> Sequence[str | None]:
    if isinstance(pages, str):
        return [pages]
    return [None] * pages if isinstance(pages, int) else pages
