"""What stays shared after fork()

A whole address space over fork(): .text and .rodata stay co-owned for good, for nobody may write them. .data, .bss and
heap part page by page, as they are written. The two stacks must part at once: both processes return from fork() on them.
"""

from cowviz import Story

PROFILE = "textbook"  # Linux maps a file's page, of .text and .rodata, at its first use in the child, not at fork()

DOC = {
    "ro": """Ce rămâne partajat după fork()

Un întreg spațiu de adrese după fork(): .text și .rodata au pentru totdeauna doi proprietari, căci nimeni nu are voie să le
scrie. .data, .bss și heap se despart pagină cu pagină, pe măsură ce sunt scrise. Cele două stive trebuie să se despartă
imediat: ambele procese revin din fork() pe ele.
""",
}


def play(story: Story) -> None:
    story.memory(frames=8, order="ABCDEFHG")
    parent = story.process(
        {"en": "Parent", "ro": "Părinte"},
        text="main()",
        rodata='"hello"',
        data="n = 10",
        bss="k = 0",
        heap="x = 1",
        stack="pid = ?",
    )
    story.say(
        {
            "en": "Six sections, six frames. Nobody may write .text and .rodata;\nthe other four are writable.",
            "ro": "Șase secțiuni, șase cadre. Nimeni nu poate scrie în .text și .rodata;\nîn celelalte patru se poate scrie.",
        }
    )

    child = parent.fork({"en": "Child", "ro": "Copil"})
    story.say(
        {
            "en": "After fork() all six frames have two owners. The four writable pages\nare write-protected on both sides.",
            "ro": "După fork() toate cele șase cadre au doi proprietari. Cele patru pagini\ncu drept de scriere sunt protejate la scriere de ambele părți.",
        }
    )
    assert all(child.region(name).frame == parent.region(name).frame for name in ("text", "data", "heap", "stack"))

    stack = parent.stack.frame
    child.write(
        child.stack,
        "pid = 0",
        fault={
            "en": "fork() returns in both. The child stores its result, 0, on the stack:\nthe first write comes at once, and faults.",
            "ro": "fork() revine în ambele. Copilul pune rezultatul, 0, pe stivă:\nprima scriere vine imediat și dă o eroare de pagină.",
        },
    )
    story.say(
        {
            "en": f"So the stacks must part first: the child's is now {child.stack.frame},\na copy of {stack}. Every fork() pays for this one.",
            "ro": f"Deci întâi se despart stivele: a copilului este acum în {child.stack.frame},\ncopie după {stack}. Orice fork() plătește acest preț.",
        }
    )

    parent.write(parent.stack, "pid = 2")
    story.say(
        {
            "en": f"fork() returns 2 in the parent, on the stack as well. It is the last owner\nof {stack}: one fault, no copy.",
            "ro": f"În părinte fork() întoarce 2, tot pe stivă. Este ultimul proprietar\npentru {stack}: o eroare de pagină, nicio copiere.",
        }
    )
    assert (parent.faults, parent.copies) == (1, 0)
    assert (parent.stack.content, child.stack.content) == ("pid = 2", "pid = 0")

    child.write(child.heap, "x = 42")
    story.say(
        {
            "en": "The child writes to its heap: that page parts too.\n.data and .bss stay shared, until somebody writes them.",
            "ro": "Copilul scrie în heap: se desparte și acea pagină.\n.data și .bss rămân partajate până când scrie cineva în ele.",
        }
    )
    assert child.copies == 2
    assert all(child.region(name).frame == parent.region(name).frame for name in ("data", "bss"))

    child.write(
        child.rodata,
        "hi",
        signal={
            "en": "A write to .rodata is no copy-on-write: the VMA itself forbids it.\nThe kernel sends SIGSEGV instead of a copy.",
            "ro": "O scriere în .rodata nu este copiere la scriere: chiar VMA-ul o interzice.\nNucleul trimite SIGSEGV în loc de o copie.",
        },
    )
    story.say(
        {
            "en": "The child dies of it, and its own frames are free again.\nWhat it shared with the parent stays as it was.",
            "ro": "Copilul este oprit, iar cadrele doar ale lui sunt din nou libere.\nCe împărțea cu părintele rămâne cum era.",
        }
    )
    assert not child.is_alive
    assert parent.rodata.content == '"hello"'
