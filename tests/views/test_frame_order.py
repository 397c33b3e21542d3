"""The frames stand so that the fewest arrows cross."""

from __future__ import annotations

from cowviz import run


def rows(play) -> list[str]:
    """The frames' names, top to bottom, in the last picture."""
    shapes = run(play).picture().shapes
    named = [(shape.y, shape.text) for name, shape in shapes.items() if name.startswith("frame:") and "/name" in name]
    return [text for _, text in sorted(named)]


def lesson(order=""):
    def play(story):
        """Two keys."""
        story.memory(frames=4, order=order)
        parent = story.process("Parent", heap=["a = 1", "b = 1", "c = 1"])
        child = parent.fork("Child")
        story.say("Forked.")
        child.write(child.heap[1], "b = 2")
        story.say("Copied.")

    return play


def test_a_copy_stands_below_its_original():
    assert rows(lesson()) == ["Frame A", "Frame B", "Frame D", "Frame C"]


def test_frames_handed_out_in_an_order_of_the_lesson_s_stand_by_address():
    assert rows(lesson("CABD")) == ["Frame A", "Frame B", "Frame C", "Frame D"]
