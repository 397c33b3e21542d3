"""Demand paging is not copy-on-write

Both end in a page fault and a new frame, and are mixed up for that. Demand paging starts from an empty PTE, and gives
zeroes. Copy-on-write starts from a page that is mapped but write-protected, and gives a copy.
"""

from cowviz import Story

DOC = {
    "ro": """Paginarea la cerere nu este copiere la scriere

Ambele se termină cu o eroare de pagină și un cadru nou, de aceea sunt confundate. Paginarea la cerere pornește de la un
PTE gol și dă zerouri. Copierea la scriere pornește de la o pagină mapată, dar protejată la scriere, și dă o copie.
""",
}


def play(story: Story) -> None:
    story.memory(frames=4, order="BAC")
    lazy = story.process({"en": "On demand", "ro": "La cerere"})
    lazy.malloc("heap", pages=1)
    parent = story.process({"en": "Parent", "ro": "Părinte"}, heap="x = 1")
    child = parent.fork({"en": "Child", "ro": "Copil"})
    story.say(
        {
            "en": "Left: a page never touched, its PTE is empty.\nRight: a page after fork(), mapped and write-protected.",
            "ro": "Stânga: o pagină încă neaccesată, PTE-ul ei este gol.\nDreapta: o pagină după fork(), mapată și protejată la scriere.",
        }
    )
    assert not lazy.heap.is_mapped
    assert child.heap.is_mapped and child.heap.is_cow

    lazy.write(
        lazy.heap,
        "y = 5",
        fault={
            "en": "Left, a write: there is no PTE that could allow it.\nThe hardware raises a fault: not present.",
            "ro": "Stânga, o scriere: niciun PTE nu o poate permite.\nHardware-ul generează o eroare de pagină: pagina nu este prezentă.",
        },
    )
    story.say(
        {
            "en": "Demand paging: a frame of zeroes for the empty PTE.\nNothing was there before, so nothing is copied.",
            "ro": "Paginare la cerere: un cadru plin cu zerouri pentru PTE-ul gol.\nÎnainte nu era nimic acolo, deci nu se copiază nimic.",
        }
    )
    assert (lazy.faults, lazy.copies) == (1, 0)

    child.write(
        child.heap,
        "x = 42",
        fault={
            "en": "Right, a write: there is a PTE, and it forbids it.\nThe hardware raises a fault: protection.",
            "ro": "Dreapta, o scriere: există un PTE, dar nu o permite.\nHardware-ul generează o eroare de pagină: protecție.",
        },
    )
    story.say(
        {
            "en": f"Copy-on-write: the frame is duplicated, and the writer's PTE\npoints to the copy. The parent keeps {parent.heap.frame}.",
            "ro": f"Copiere la scriere: cadrul este duplicat, iar PTE-ul celui care scrie\nindică spre copie. Părintele păstrează {parent.heap.frame}.",
        }
    )
    assert (child.faults, child.copies) == (1, 1)

    assert lazy.heap.content == "y = 5"
    assert parent.heap.content == "x = 1"
    story.say(
        {
            "en": "Both: one fault, one new frame.\nOnly one of them is a copy.",
            "ro": "În ambele cazuri: o eroare de pagină, un cadru nou.\nDoar unul dintre cadre este o copie.",
        }
    )
