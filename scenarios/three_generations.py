"""Copy-on-write over three generations

A child forks too: its pages are protected already, and a frame simply gets one owner more. Each writer copies for
itself. A page that its owner has to itself loses its w again at the next fork(), and whoever writes last pays nothing
but a fault.
"""

from cowviz import Story

DOC = {
    "ro": """Copierea la scriere pe trei generații

Și copilul apelează fork(): paginile lui sunt deja protejate, iar un cadru are pur și simplu un proprietar în plus.
Fiecare proces care scrie își face copia lui. O pagină cu un singur proprietar își pierde dreptul de scriere la următorul
fork(), iar cine scrie ultimul plătește doar o eroare de pagină.
""",
}


def play(story: Story) -> None:
    story.memory(frames=6)
    parent = story.process({"en": "Parent", "ro": "Părinte"}, text="main()", data="n = 10", heap="x = 1")
    child = parent.fork({"en": "Child", "ro": "Copil"})
    story.say(
        {
            "en": "The parent has forked a child. Nothing was copied:\n.data and heap have two owners each.",
            "ro": "Părintele a creat un copil cu fork(). Nimic nu s-a copiat:\n.data și heap au câte doi proprietari.",
        }
    )
    assert (child.data.frame, child.heap.frame) == (parent.data.frame, parent.heap.frame)

    original = parent.heap.frame
    child.write(child.heap, "x = 2")
    copy = child.heap.frame
    story.say(
        {
            "en": f"The child writes x = 2: a fault, and a copy of its own, {copy}.",
            "ro": f"Copilul scrie x = 2: o eroare de pagină și o copie doar a lui, {copy}.",
        }
    )
    assert (child.faults, child.copies) == (1, 1)
    assert parent.heap.frame == original and parent.heap.content == "x = 1"

    grandchild = child.fork({"en": "Grandchild", "ro": "Nepot"})
    story.say(
        {
            "en": f"The child forks in turn. .data has three owners now;\nthe child's {copy} is protected again, for it has two.",
            "ro": f"Copilul apelează la rândul lui fork(). .data are acum trei proprietari;\n{copy} este din nou protejat, căci are doi.",
        }
    )
    assert parent.data.frame == child.data.frame == grandchild.data.frame
    assert grandchild.heap.frame == child.heap.frame == copy
    assert child.heap.is_cow and grandchild.heap.is_cow

    grandchild.write(grandchild.heap, "x = 3")
    new = grandchild.heap.frame
    story.say(
        {
            "en": f"The grandchild writes x = 3, and gets {new}. Now there are\nthree heaps: x = 1, x = 2 and x = 3.",
            "ro": f"Nepotul scrie x = 3 și primește {new}. Acum există\ntrei heap-uri: x = 1, x = 2 și x = 3.",
        }
    )
    assert (grandchild.faults, grandchild.copies) == (1, 1)
    assert [process.heap.content for process in (parent, child, grandchild)] == ["x = 1", "x = 2", "x = 3"]

    child.write(child.heap, "x = 4")
    story.say(
        {
            "en": f"The child writes again. It is the last owner of {copy}:\none more fault, and no copy.",
            "ro": f"Copilul scrie din nou. Este ultimul proprietar pentru {copy}:\nîncă o eroare de pagină, nicio copiere.",
        }
    )
    assert (child.faults, child.copies) == (2, 1)
    assert child.heap.frame == copy

    shared = parent.data.frame
    parent.write(parent.data, "n = 11")
    own = parent.data.frame
    story.say(
        {
            "en": f"The parent writes to .data, which three share: it gets {own}.\nChild and grandchild keep {shared}, and n = 10.",
            "ro": f"Părintele scrie în .data, împărțit de trei procese: primește {own}.\nCopilul și nepotul păstrează {shared} și n = 10.",
        }
    )
    assert child.data.frame == grandchild.data.frame == shared

    grandchild.exit()
    child.wait(grandchild)
    story.say(
        {
            "en": f"The grandchild ends: its heap's frame is free. {shared} is the child's\nalone now, but the PTE stays protected until it is written.",
            "ro": f"Nepotul se termină: cadrul lui pentru heap este liber. {shared} îi rămâne\ndoar copilului, dar PTE-ul stă protejat până la prima scriere.",
        }
    )
    assert child.data.frame == shared and child.data.is_cow
