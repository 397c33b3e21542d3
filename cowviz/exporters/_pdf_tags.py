"""Makes a PDF accessible: adds title, language, and for each page a Figure with alternate text.

Source: ISO 32000-1, 14.7 and 14.8. A page's drawing is marked content 0, which a Figure of the structure tree owns.
"""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO

from pypdf import PageObject, PdfReader, PdfWriter
from pypdf.generic import (
    ArrayObject,
    BooleanObject,
    DecodedStreamObject,
    DictionaryObject,
    IndirectObject,
    NameObject,
    NullObject,
    NumberObject,
    PdfObject,
    TextStringObject,
)


def tagged(pdf: bytes, title: str, words: Sequence[str], lang: str) -> bytes:
    """Return the PDF tagged with ``words``, one text a page; the same input gives the same bytes."""
    writer = PdfWriter(clone_from=PdfReader(BytesIO(pdf)))
    writer.metadata = None
    writer.add_metadata({"/Title": title})
    root = writer.root_object
    root[NameObject("/Lang")] = TextStringObject(lang)
    root[NameObject("/MarkInfo")] = _dictionary(Marked=BooleanObject(True))
    root[NameObject("/ViewerPreferences")] = _dictionary(DisplayDocTitle=BooleanObject(True))
    tree = writer._add_object(_dictionary(Type=NameObject("/StructTreeRoot")))
    document = writer._add_object(_element("Document", tree))
    pairs = list(zip(writer.pages, words, strict=True))
    figures = [_figure(writer, page, number, text, document) for number, (page, text) in enumerate(pairs)]
    document.get_object()[NameObject("/K")] = ArrayObject(figures)  # type: ignore[index]
    owners = [part for number, figure in enumerate(figures) for part in (NumberObject(number), ArrayObject([figure]))]
    root[NameObject("/StructTreeRoot")] = tree
    tree.get_object()[NameObject("/K")] = document  # type: ignore[index]
    tree.get_object()[NameObject("/ParentTree")] = writer._add_object(_dictionary(Nums=ArrayObject(owners)))  # type: ignore[index]
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def _figure(writer: PdfWriter, page: PageObject, number: int, text: str, document: IndirectObject) -> IndirectObject:
    """The figure that a page is."""
    begin, end = (_stream(writer, words) for words in (b"/Figure <</MCID 0>> BDC\n", b"\nEMC\n"))
    contents = page.raw_get("/Contents")
    page[NameObject("/Contents")] = ArrayObject([begin, contents, end])
    page[NameObject("/StructParents")] = NumberObject(number)
    page[NameObject("/Tabs")] = NameObject("/S")
    where = page.indirect_reference or NullObject()
    return writer._add_object(_element("Figure", document, Pg=where, K=NumberObject(0), Alt=TextStringObject(text)))


def _stream(writer: PdfWriter, data: bytes) -> IndirectObject:
    stream = DecodedStreamObject()
    stream.set_data(data)
    return writer._add_object(stream)


def _element(kind: str, parent: PdfObject, **more: PdfObject) -> DictionaryObject:
    return _dictionary(Type=NameObject("/StructElem"), S=NameObject(f"/{kind}"), P=parent, **more)


def _dictionary(**entries: PdfObject) -> DictionaryObject:
    return DictionaryObject({NameObject(f"/{name}"): value for name, value in entries.items()})
