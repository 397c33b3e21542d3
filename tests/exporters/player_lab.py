"""What the tests of the player share."""

from __future__ import annotations

SIZE = {"width": 1280, "height": 800}


def step(page) -> int:
    return int(page.locator("#number").inner_text().split()[0])
