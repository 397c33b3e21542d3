"""Counting page faults around fork()

The course's own program at its real size. 1024 pages are mapped and written; fork(); the child reads one half and
writes the other; it exits, and the parent writes all pages again. A kernel counts 1024, 0, 512 and 1024 faults in the
four loops - and the last 1024 copy nothing, for by then the parent is the only owner.
"""

from cowviz import Story

DOC = {
    "ro": """Erorile de pagină din jurul lui fork()

Programul din curs, la dimensiunea lui reală. Se mapează și se scriu 1024 de pagini; fork(); copilul citește o jumătate și
scrie cealaltă jumătate; se încheie, iar părintele scrie din nou toate paginile. Nucleul numără 1024, 0, 512 și 1024 de
erori de pagină în cele patru bucle - iar la ultimele 1024 nu se copiază nimic: părintele este deja singurul proprietar.
""",
}

PAGES = 1024


def play(story: Story) -> None:
    story.code("""
        p = mmap(NULL, 1024 * 4096, ...);
        for (i = 0; i < 1024; i++) p[i * 4096] = 1;
        pid = fork();
        for (i = 0; i < 512; i++) sum += p[i * 4096];
        for (i = 512; i < 1024; i++) p[i * 4096] = 2;
        exit(0);
        wait(NULL);
        for (i = 0; i < 1024; i++) p[i * 4096] = 3;
    """)
    parent = story.process({"en": "Parent", "ro": "Părinte"})
    parent.mmap("p", PAGES)
    story.say(
        {
            "en": "mmap() makes 1024 pages of virtual memory.\nNo frame is taken, no fault is raised.",
            "ro": "mmap() creează 1024 de pagini de memorie virtuală.\nNu se ocupă niciun cadru, nu apare nicio eroare de pagină.",
        },
        line=1,
    )
    assert (parent.faults, parent.rss) == (0, 0)

    parent.write(parent.p, "p[i] = 1")
    story.say(
        {
            "en": "Writing to all of them: each first touch is a fault,\nand each finds a frame. 1024 faults.",
            "ro": "Se scrie în toate: fiecare prim acces este o eroare de pagină\nși fiecare primește un cadru. 1024 de erori.",
        },
        line=2,
    )
    assert (parent.faults, parent.copies) == (1024, 0)

    child = parent.fork({"en": "Child", "ro": "Copil"})
    story.say(
        {
            "en": "fork(): 1024 PTEs are copied, and all are write-protected.\nStill 1024 frames, each with two owners.",
            "ro": "fork(): se copiază 1024 de PTE-uri, toate protejate la scriere.\nTot 1024 de cadre, fiecare cu doi proprietari.",
        },
        line=3,
    )
    assert parent.rss == child.rss == PAGES
    assert parent.pss == child.pss == PAGES / 2

    child.read(child.p[:512])
    story.say(
        {
            "en": "The child reads the first half.\nReading is free: 0 faults.",
            "ro": "Copilul citește prima jumătate.\nCitirea nu costă nimic: 0 erori.",
        },
        line=4,
    )
    assert child.faults == 0

    child.write(child.p[512:], "p[i] = 2")
    story.say(
        {
            "en": "The child writes to the other half:\n512 faults, and every one of them copies a frame.",
            "ro": "Copilul scrie în cealaltă jumătate:\n512 erori de pagină, iar fiecare copiază un cadru.",
        },
        line=5,
    )
    assert (child.faults, child.copies) == (512, 512)

    child.exit()
    story.say(
        {
            "en": "The child exits. Its 512 copies are free again,\nand the parent is the only owner of what is left.",
            "ro": "Copilul se încheie. Cele 512 copii ale sale sunt din nou libere,\niar părintele este singurul proprietar a ceea ce rămâne.",
        },
        line=6,
    )

    parent.wait(child)
    before = parent.faults
    parent.write(parent.p, "p[i] = 3")
    story.say(
        {
            "en": "The parent writes to all pages again: 1024 faults, for its PTEs are still\nwrite-protected - and 0 copies.",
            "ro": "Părintele scrie din nou în toate paginile: 1024 de erori, căci PTE-urile\nsale sunt încă protejate la scriere - și 0 copieri.",
        },
        line=8,
    )
    assert (parent.faults - before, parent.copies) == (1024, 0)
    assert parent.reuses == 1024
