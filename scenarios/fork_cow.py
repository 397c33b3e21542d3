"""Copy-on-write after fork()

fork() copies the page table, not the memory. Parent and child go on mapping the same frames, write-protected, until
one of them writes: only then is that one frame copied, for the writer. Whoever is left alone with the original frame
gets it back for writing by one more fault, without a copy.
"""

from cowviz import Story

DOC = {
    "ro": """Copierea la scriere după fork()

fork() copiază tabela de pagini, nu memoria. Părintele și copilul indică în continuare spre aceleași cadre, protejate la
scriere, până când unul dintre ei scrie: abia atunci se copiază acel cadru, pentru cel care scrie. Cine rămâne singur cu
cadrul inițial primește dreptul de scriere înapoi printr-o eroare de pagină în plus, fără copiere.
""",
}


def play(story: Story) -> None:
    story.memory(frames=4)
    parent = story.process({"en": "Parent", "ro": "Părinte"}, text="main()", rodata='"hello"', heap="x = 0")
    story.say(
        {
            "en": "One process: three pages of its virtual address space, three frames of physical memory.",
            "ro": "Un proces: trei pagini din spațiul său virtual de adrese,\ntrei cadre din memoria fizică.",
        }
    )

    parent.write(parent.heap, "x = 1")
    story.say(
        {
            "en": "The parent writes x = 1. Its VMA allows it and so does its PTE:\nno fault, the kernel is not asked.",
            "ro": "Părintele scrie x = 1. VMA-ul permite scrierea, PTE-ul la fel:\nnicio eroare de pagină, nucleul nu intervine.",
        }
    )
    assert parent.faults == 0

    child = parent.fork({"en": "Child", "ro": "Copil"})
    story.say(
        {
            "en": "fork() copies the page table, not the memory:\nboth heap PTEs are now write-protected.",
            "ro": "fork() copiază tabela de pagini, nu memoria:\nambele PTE-uri pentru heap sunt acum protejate la scriere.",
        }
    )
    assert child.heap.frame == parent.heap.frame
    assert parent.heap.is_cow and child.heap.is_cow

    seen = child.read(child.heap)
    story.say(
        {
            "en": "The child reads x = 1 from the parent's frame.\nReading what is mapped is free: no fault, no copy.",
            "ro": "Copilul citește x = 1 din cadrul părintelui.\nCitirea unei pagini mapate nu costă nimic: nicio eroare, nicio copiere.",
        }
    )
    assert seen == "x = 1"
    assert child.faults == 0

    original = parent.heap.frame
    child.write(
        child.heap,
        "x = 42",
        fault={
            "en": "The child writes x = 42. Its VMA allows it, its PTE does not:\nthe hardware raises a page fault.",
            "ro": "Copilul scrie x = 42. VMA-ul permite scrierea, PTE-ul nu:\nhardware-ul generează o eroare de pagină.",
        },
        copy={
            "en": f"The kernel takes a free frame and copies all bytes of {original}.\nThe child's page still maps the original.",
            "ro": f"Nucleul ia un cadru liber și copiază toți octeții din {original}.\nPagina copilului indică încă spre original.",
        },
    )
    story.say(
        {
            "en": f"The child's page is remapped to {child.heap.frame}, the write retried.\n"
            f"The parent still reads {parent.heap.content}.",
            "ro": f"Pagina copilului indică acum spre {child.heap.frame}, iar scrierea este reluată.\n"
            f"Părintele citește în continuare {parent.heap.content}.",
        }
    )
    assert (child.faults, child.copies) == (1, 1)
    assert parent.heap.content == "x = 1"

    parent.write(
        parent.heap,
        "x = 7",
        fault={
            "en": f"The parent writes x = 7. It alone maps {original} now, but its PTE is\nstill write-protected: a fault.",
            "ro": f"Părintele scrie x = 7. Doar el mai indică spre {original},\ndar PTE-ul său este încă protejat la scriere: eroare de pagină.",
        },
    )
    story.say(
        {
            "en": f"The parent is the last owner of {original}, so the kernel only makes\nits PTE writable: one fault, no copy.",
            "ro": f"Părintele este ultimul proprietar pentru {original}: nucleul doar îi redă\ndreptul de scriere în PTE. O eroare de pagină, nicio copiere.",
        }
    )
    assert (parent.faults, parent.copies) == (1, 0)
    assert parent.heap.frame == original
    for page in (child.text, child.rodata):  # Linux maps a page of a file at its first use, not at fork()
        assert not page.is_mapped or page.frame == parent.region(page.name).frame
