"""How Redis saves a snapshot: BGSAVE

BGSAVE forks. The child's page table is a frozen view of all keys at that moment, which it writes to disk page by page.
The parent goes on serving, so it is the parent that writes, and the parent that copies.
"""

from cowviz import Story


def play(story: Story) -> None:
    story.memory(frames=5)
    redis = story.process("Redis", heap=["a = 1", "b = 2", "c = 3"])
    story.say("An in-memory database: three pages of keys and values.\nA client asks for a snapshot: BGSAVE.")

    child = redis.fork("Child")
    story.say(
        "fork(): the child's page table is a snapshot of all the data.\nIt costs a page table, not a copy of the memory."
    )

    child.save(child.heap[0], "dump.rdb")
    story.say("The child writes the first page to the disk.\nReading costs it nothing.")

    first = redis.heap[1].frame
    redis.write(
        redis.heap[1],
        "b = 20",
        fault="A client says SET b 20. The server goes on serving,\nso it is the parent that faults ...",
        copy="... and the parent that copies: one page, not the database.",
    )
    story.say(f"The server now has b = 20 in {redis.heap[1].frame}.\nThe child's view still has b = 2, in {first}.")
    assert (redis.copies, child.copies) == (1, 0)

    child.save(child.heap[1], "dump.rdb")
    story.say("The child saves b = 2: the value at the time of BGSAVE,\nthough the server has moved on.")

    redis.write(redis.heap[1], "b = 21")
    story.say("SET b 21: that page is the server's own by now.\nA second write to it costs nothing.")
    assert redis.faults == 1

    child.save(child.heap[2], "dump.rdb")
    story.say("The last page goes to disk: a = 1, b = 2, c = 3.\nThe file is consistent, and nobody had to wait.")

    frozen = child.heap[1].frame
    child.exit()
    redis.wait(child)
    story.say(
        f"The child exits, and {frozen} is free again.\nWorst case: had every page been written, twice the memory."
    )
    assert redis.copies == 1
    assert redis.uss == redis.rss == 3
