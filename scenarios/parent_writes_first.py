"""The writer copies, whoever it is

It is often said that the child gets the copy. It is the writer who does: here the parent writes first, so the parent
moves to a new frame, and the child inherits the original.
"""

from cowviz import Story

DOC = {
    "ro": """Copiază cel care scrie, oricare ar fi el

Se spune adesea că procesul copil primește copia. De fapt o primește cel care scrie: aici părintele scrie primul, deci
părintele trece pe un cadru nou, iar copilul moștenește originalul.
""",
}


def play(story: Story) -> None:
    story.memory(frames=4)
    parent = story.process({"en": "Parent", "ro": "Părinte"}, text="main()", rodata='"hello"', heap="x = 1")
    child = parent.fork({"en": "Child", "ro": "Copil"})
    story.say(
        {
            "en": "After fork() both map the same frames, and both heap PTEs\nare write-protected. Who gets the copy?",
            "ro": "După fork() ambele procese indică spre aceleași cadre, cu PTE-urile\npentru heap protejate la scriere. Cine primește copia?",
        }
    )
    original = parent.heap.frame

    parent.write(
        parent.heap,
        "x = 7",
        fault={
            "en": "This time the parent writes first. Its PTE is write-protected,\njust as the child's is: a page fault.",
            "ro": "De data aceasta părintele scrie primul. PTE-ul său este protejat\nla scriere, la fel ca al copilului: eroare de pagină.",
        },
        copy={
            "en": f"{original} has two owners, so the kernel copies it\n- for the writer, and that is the parent.",
            "ro": f"{original} are doi proprietari, deci nucleul îl copiază\n- pentru cel care scrie, iar acesta este părintele.",
        },
    )
    story.say(
        {
            "en": f"The parent moves to {parent.heap.frame}. The child keeps the original,\nand still reads x = 1.",
            "ro": f"Părintele trece pe {parent.heap.frame}. Copilul păstrează originalul\nși citește în continuare x = 1.",
        }
    )
    assert (parent.faults, parent.copies) == (1, 1)
    assert child.heap.frame == original
    assert child.heap.content == "x = 1"

    child.write(
        child.heap,
        "x = 42",
        fault={
            "en": f"Now the child writes. It is the last owner of {original},\nbut its PTE is still write-protected: a fault.",
            "ro": f"Acum scrie copilul. Este ultimul proprietar pentru {original},\ndar PTE-ul său este încă protejat la scriere: eroare de pagină.",
        },
    )
    story.say(
        {
            "en": "A fault is not a copy: the last owner reuses its frame.\nTwo owners, two writes, two faults, one copy.",
            "ro": "O eroare de pagină nu este o copiere: ultimul proprietar își refolosește\ncadrul. Doi proprietari, două scrieri, două erori, o copiere.",
        }
    )
    assert (child.faults, child.copies, child.reuses) == (1, 0, 1)
    assert child.heap.frame == original
    assert (parent.heap.content, child.heap.content) == ("x = 7", "x = 42")
