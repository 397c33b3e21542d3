"""What the tests of stories share."""

from __future__ import annotations


def told(story):
    return story.trace("lesson", "Lesson", "").steps
