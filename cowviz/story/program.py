"""Turns a program's sections, ``heap=["x = 1", None]``, into the regions to load."""

from __future__ import annotations

from collections.abc import Mapping

from cowviz.errors import CowvizError, unknown
from cowviz.memory.calls import processes
from cowviz.memory.machine import Prot, Section
from cowviz.story.contents import Pages, contents_of

_PERMISSIONS = {
    Section.TEXT: Prot.R | Prot.X,
    Section.RODATA: Prot.R,
}


def image(name: str, sections: Mapping[str, Pages]) -> list[processes.ProgramRegion]:
    """Lay out a program's regions, one for each section, at their usual addresses.

    Raises CowvizError for an unknown section.
    """
    kinds = {section.value.lstrip("."): section for section in Section}
    regions = []
    for word, pages in sections.items():
        if word not in kinds:
            raise unknown("section", word, kinds)
        contents = contents_of(pages, word)
        if not contents:
            raise CowvizError(f"{name}: section {word} has no pages; leave it out, or give it one")
        section = kinds[word]
        prot = _PERMISSIONS.get(section, Prot.R | Prot.W)
        of_file = section in (Section.TEXT, Section.RODATA, Section.DATA)
        regions.append(
            processes.ProgramRegion(
                start=processes.SECTION_BASE[section],
                contents=contents,
                prot=prot,
                section=section,
                name=section.value,
                file=f"{name}{section.value}" if of_file else None,
            )
        )
    return sorted(regions, key=lambda r: r.start)
