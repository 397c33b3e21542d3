"""Demand paging: malloc() gives pages, not frames

malloc() only makes a region of virtual memory. A frame is found for a page when the program first touches it, one fault
a page; what is not touched never takes memory.
"""

from cowviz import Story

DOC = {
    "ro": """Paginare la cerere: malloc() dă pagini, nu cadre

malloc() creează doar o regiune de memorie virtuală. O pagină primește un cadru abia la primul acces, cu câte o eroare de
pagină; ce nu este accesat nu ocupă niciodată memorie.
""",
}


def play(story: Story) -> None:
    story.memory(frames=3, order="BA")
    story.code("""
        int *arr = malloc(2000 * sizeof(int));
        arr[1500] = 2;
        arr[1503] = 2;
        arr[0] = 2;
    """)
    process = story.process({"en": "Process", "ro": "Proces"})
    arr = process.malloc("arr", pages=2)
    story.say(
        {
            "en": "2000 ints are 8000 bytes: two pages of virtual memory.\nNo frame yet: both PTEs are empty.",
            "ro": "2000 de int-uri ocupă 8000 de octeți: două pagini virtuale.\nÎncă niciun cadru: ambele PTE-uri sunt goale.",
        },
        line="malloc",
    )
    assert process.faults == 0
    assert not arr[0].is_mapped and not arr[1].is_mapped

    story.at("arr[1500]")
    process.write(
        arr[1],
        "arr[1500] = 2",
        fault={
            "en": "arr[1500] lies 6000 bytes in, so in the second page.\nIts PTE is empty: the first touch is a page fault.",
            "ro": "arr[1500] se află la 6000 de octeți de început, deci în a doua pagină.\nPTE-ul ei este gol: primul acces este o eroare de pagină.",
        },
        allocate={
            "en": "The kernel takes a free frame - any one - and fills it with zeroes.",
            "ro": "Nucleul ia un cadru liber - oricare - și îl umple cu zerouri.",
        },
    )
    story.say(
        {
            "en": f"The page is mapped to {arr[1].frame}, and the write is retried.\nThe other page still has no frame.",
            "ro": f"Pagina indică acum spre {arr[1].frame}, iar scrierea este reluată.\nCealaltă pagină tot nu are cadru.",
        }
    )
    assert process.faults == 1

    process.write(arr[1], "arr[1503] = 2")
    story.say(
        {
            "en": "arr[1503] lies in the same page, which is mapped now: no fault.",
            "ro": "arr[1503] se află în aceeași pagină, care acum este mapată:\nnicio eroare de pagină.",
        },
        line="arr[1503]",
    )
    assert process.faults == 1

    story.at("arr[0]")
    process.write(
        arr[0],
        "arr[0] = 2",
        fault={
            "en": "arr[0] lies in the first page, which was never touched:\na fault of its own.",
            "ro": "arr[0] se află în prima pagină, încă neaccesată:\no eroare de pagină separată.",
        },
    )
    story.say(
        {
            "en": "... and a frame of its own. Two pages, two first touches,\ntwo faults. Nothing was copied.",
            "ro": "... și un cadru separat. Două pagini, două prime accese,\ndouă erori de pagină. Nu s-a copiat nimic.",
        }
    )
    assert (process.faults, process.copies) == (2, 0)
