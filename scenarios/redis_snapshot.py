"""How Redis saves a snapshot: BGSAVE

BGSAVE forks. The child's page table is a frozen view of all keys at that moment, which it writes to disk page by page.
The parent goes on serving, so it is the parent that writes, and the parent that copies.
"""

from cowviz import Story

DOC = {
    "ro": """Cum salvează Redis datele: BGSAVE

BGSAVE apelează fork(). Tabela de pagini a copilului este o imagine înghețată a tuturor cheilor din acel moment, pe care el
o scrie pe disc pagină cu pagină. Părintele servește în continuare clienții: el scrie, deci el copiază.
""",
}


def play(story: Story) -> None:
    story.memory(frames=5)
    redis = story.process("Redis", heap=["a = 1", "b = 2", "c = 3"])
    story.say(
        {
            "en": "An in-memory database: three pages of keys and values.\nA client asks for a snapshot: BGSAVE.",
            "ro": "O bază de date în memorie: trei pagini de chei și valori.\nUn client cere salvarea datelor: BGSAVE.",
        }
    )

    child = redis.fork({"en": "Child", "ro": "Copil"})
    story.say(
        {
            "en": "fork(): the child's page table is a snapshot of all the data.\nIt costs a page table, not a copy of the memory.",
            "ro": "fork(): tabela de pagini a copilului este o imagine a tuturor datelor.\nCostă o tabelă de pagini, nu o copie a memoriei.",
        }
    )

    child.save(child.heap[0], "dump.rdb")
    story.say(
        {
            "en": "The child writes the first page to the disk.\nReading costs it nothing.",
            "ro": "Copilul scrie prima pagină pe disc.\nCitirea nu îl costă nimic.",
        }
    )

    first = redis.heap[1].frame
    redis.write(
        redis.heap[1],
        "b = 20",
        fault={
            "en": "A client says SET b 20. The server goes on serving,\nso it is the parent that faults ...",
            "ro": "Un client cere SET b 20. Serverul răspunde în continuare,\ndeci părintele are o eroare de pagină ...",
        },
        copy={
            "en": "... and the parent that copies: one page, not the database.",
            "ro": "... și tot el copiază: o pagină, nu baza de date.",
        },
    )
    story.say(
        {
            "en": f"The server now has b = 20 in {redis.heap[1].frame}.\nThe child's view still has b = 2, in {first}.",
            "ro": f"Serverul are acum b = 20, în {redis.heap[1].frame}.\nCopilul vede în continuare b = 2, în {first}.",
        }
    )
    assert (redis.copies, child.copies) == (1, 0)

    child.save(child.heap[1], "dump.rdb")
    story.say(
        {
            "en": "The child saves b = 2: the value at the time of BGSAVE,\nthough the server has moved on.",
            "ro": "Copilul salvează b = 2: valoarea din momentul BGSAVE,\ndeși serverul a mers mai departe.",
        }
    )

    redis.write(redis.heap[1], "b = 21")
    story.say(
        {
            "en": "SET b 21: that page is the server's own by now.\nA second write to it costs nothing.",
            "ro": "SET b 21: acea pagină aparține acum doar serverului.\nA doua scriere în ea nu costă nimic.",
        }
    )
    assert redis.faults == 1

    child.save(child.heap[2], "dump.rdb")
    story.say(
        {
            "en": "The last page goes to disk: a = 1, b = 2, c = 3.\nThe file is consistent, and nobody had to wait.",
            "ro": "Ultima pagină ajunge pe disc: a = 1, b = 2, c = 3.\nFișierul este consistent și nimeni nu a trebuit să aștepte.",
        }
    )

    frozen = child.heap[1].frame
    child.exit()
    redis.wait(child)
    story.say(
        {
            "en": f"The child exits, and {frozen} is free again.\nWorst case: had every page been written, twice the memory.",
            "ro": f"Copilul se încheie, iar {frozen} este din nou liber.\nÎn cel mai rău caz, cu toate paginile scrise: de două ori memoria.",
        }
    )
    assert redis.copies == 1
    assert redis.uss == redis.rss == 3
