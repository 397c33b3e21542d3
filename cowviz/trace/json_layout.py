"""JSON laid out so that a diff shows what changed."""

from __future__ import annotations

import json

from cowviz.trace.json_encode import Json

WIDTH = 120


def layout(data: Json, depth: int = 0, key: str = "") -> str:
    """Write JSON whose short values stay on a line and whose long ones open up."""
    line = key + json.dumps(data, ensure_ascii=False)
    if depth + len(line) < WIDTH or not isinstance(data, dict | list):
        return line
    if isinstance(data, dict):
        items = [layout(item, depth + 1, f"{json.dumps(name)}: ") for name, item in data.items()]
    elif depth < 2 or any(isinstance(item, dict | list) for item in data):
        items = [layout(item, depth + 1) for item in data]
    else:
        return line  # many numbers
    inner, outer = "\n" + " " * (depth + 1), "\n" + " " * depth
    left, right = "{}" if isinstance(data, dict) else "[]"
    return key + left + inner + f",{inner}".join(items) + outer + right
