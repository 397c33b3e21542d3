"""Swap: memory that is on the disk

Two frames, three pages in use: somebody must give way. A page that goes to swap keeps its place in virtual memory, but
its PTE names a slot on the disk. The next touch is a major fault: the kernel reads the page back, into any free frame.
"""

from cowviz import Story

DOC = {
    "ro": """Swap: memorie aflată pe disc

Două cadre, trei pagini folosite: cineva trebuie să facă loc. O pagină trecută în swap își păstrează locul în memoria
virtuală, dar PTE-ul ei indică un slot de pe disc. Următorul acces este o eroare majoră: nucleul citește pagina înapoi,
în orice cadru liber.
""",
}


def play(story: Story) -> None:
    story.memory(frames=2, swap=2)
    process = story.process({"en": "Process", "ro": "Proces"}, heap=["x = 1", "y = 2", None])
    story.say(
        {
            "en": "Three pages, two frames. The third page was never touched,\nand no frame is free for it.",
            "ro": "Trei pagini, două cadre. A treia pagină nu a fost accesată niciodată\nși niciun cadru nu este liber pentru ea.",
        }
    )

    old, page = process.heap[0].frame, process.heap[0]
    process.madvise(page, "PAGEOUT")
    story.say(
        {
            "en": f"The kernel writes the first page to swap: its PTE names a slot there.\n{old} still holds the bytes, mapped by nobody.",
            "ro": f"Nucleul scrie prima pagină în swap: PTE-ul ei indică un slot de acolo.\n{old} mai conține octeții, dar nimeni nu îl mai folosește.",
        }
    )
    assert page.is_swapped
    assert process.rss == 1

    process.write(
        process.heap[2],
        "z = 3",
        fault={
            "en": "The third page is touched: a fault, and a frame is needed ...",
            "ro": "A treia pagină este accesată: o eroare de pagină, e nevoie de un cadru ...",
        },
        reclaim={
            "en": f"... so {old} is taken back. Nothing is lost: x = 1 is in swap.",
            "ro": f"... deci {old} este recuperat. Nimic nu se pierde: x = 1 este în swap.",
        },
    )
    new = process.heap[2].frame
    story.say(
        {
            "en": f"{new} now holds z = 3: the same frame, another page.",
            "ro": f"{new} conține acum z = 3: același cadru, altă pagină.",
        }
    )
    assert new == old
    assert (process.faults, process.major_faults) == (1, 0)

    process.madvise(process.heap[1], "PAGEOUT")
    story.say(
        {
            "en": "The second page goes to swap as well. Three pages of data\nin two frames: as long as nobody touches all of them at once.",
            "ro": "Și a doua pagină trece în swap. Trei pagini de date\nîn două cadre: cât timp nimeni nu le accesează pe toate odată.",
        }
    )

    process.read(
        page,
        fault={
            "en": "Now x is read. Its PTE names no frame: a fault.\nThe kernel finds the slot in it, and looks for a free frame.",
            "ro": "Acum se citește x. PTE-ul nu indică niciun cadru: o eroare de pagină.\nNucleul găsește slotul în el și caută un cadru liber.",
        },
        fill={
            "en": "The page is read from the disk: a major fault.\nIt takes as long as ten thousand minor ones.",
            "ro": "Pagina se citește de pe disc: o eroare majoră.\nDurează cât zece mii de erori minore.",
        },
    )
    story.say(
        {
            "en": "x = 1 is back, in another frame than before, and its slot is free.\nThe process has noticed nothing but the time.",
            "ro": "x = 1 s-a întors, în alt cadru decât înainte, iar slotul este liber.\nProcesul nu a observat decât timpul scurs.",
        }
    )
    assert page.content == "x = 1"
    assert page.frame != old
    assert process.major_faults == 1
