"""Swap: memory that is on the disk

Two frames, three pages in use: somebody must give way. A page that goes to swap keeps its place in virtual memory, but
its PTE names a slot on the disk. The next touch is a major fault: the kernel reads the page back, into any free frame.
"""

from cowviz import Story


def play(story: Story) -> None:
    story.memory(frames=2, swap=2)
    process = story.process("Process", heap=["x = 1", "y = 2", None])
    story.say("Three pages, two frames. The third page was never touched,\nand no frame is free for it.")

    old = process.heap[0].frame
    process.madvise(process.heap[0], "PAGEOUT")
    story.say(
        f"The kernel writes the first page to swap: its PTE names a slot there.\n{old} still holds the bytes, mapped by nobody."
    )
    assert process.heap[0].frame == "in swap"
    assert process.rss == 1

    process.write(
        process.heap[2],
        "z = 3",
        fault="The third page is touched: a fault, and a frame is needed ...",
        reclaim=f"... so {old} is taken back. Nothing is lost: x = 1 is in swap.",
    )
    story.say(f"{process.heap[2].frame} now holds z = 3: the same frame, another page.")
    assert process.heap[2].frame == old
    assert (process.faults, process.major_faults) == (1, 0)

    process.madvise(process.heap[1], "PAGEOUT")
    story.say(
        "The second page goes to swap as well. Three pages of data\nin two frames: as long as nobody touches all of them at once."
    )

    process.read(
        process.heap[0],
        fault="Now x is read. Its PTE names no frame: a fault.\nThe kernel finds the slot in it, and looks for a free frame.",
        fill="The page is read from the disk: a major fault.\nIt takes as long as ten thousand minor ones.",
    )
    story.say(
        "x = 1 is back, in another frame than before, and its slot is free.\nThe process has noticed nothing but the time."
    )
    assert process.heap[0].content == "x = 1"
    assert process.heap[0].frame != old
    assert process.major_faults == 1
