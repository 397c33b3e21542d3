"""Demand paging: malloc() gives pages, not frames

malloc() only makes a region of virtual memory. A frame is found for a page when the program first touches it, one fault
a page; what is not touched never takes memory.
"""

from cowviz import Story


def play(story: Story) -> None:
    story.memory(frames=3, order="BA")
    story.code("""
        int *arr = malloc(2000 * sizeof(int));
        arr[1500] = 2;
        arr[1503] = 2;
        arr[0] = 2;
    """)
    process = story.process("Process")
    arr = process.malloc("arr", pages=2)
    story.say(
        "2000 ints are 8000 bytes: two pages of virtual memory.\nNo frame yet: both PTEs are empty.", line="malloc"
    )
    assert process.faults == 0
    assert not arr[0].is_mapped and not arr[1].is_mapped

    story.at("arr[1500]")
    process.write(
        arr[1],
        "arr[1500] = 2",
        fault="arr[1500] lies 6000 bytes in, so in the second page.\nIts PTE is empty: the first touch is a page fault.",
        allocate="The kernel takes a free frame - any one - and fills it with zeroes.",
    )
    story.say(f"The page is mapped to {arr[1].frame}, and the write is retried.\nThe other page still has no frame.")
    assert process.faults == 1

    process.write(arr[1], "arr[1503] = 2")
    story.say("arr[1503] lies in the same page, which is mapped now: no fault.", line="arr[1503]")
    assert process.faults == 1

    story.at("arr[0]")
    process.write(
        arr[0], "arr[0] = 2", fault="arr[0] lies in the first page, which was never touched:\na fault of its own."
    )
    story.say("... and a frame of its own. Two pages, two first touches,\ntwo faults. Nothing was copied.")
    assert (process.faults, process.copies) == (2, 0)
