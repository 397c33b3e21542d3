"""Traces as the first edition wrote them: their names become those of today, and then they are read as any other.

It called events and kinds as the classes of that time: ``FrameCopied``, ``COW_COPY``, ``HEAP``.
"""

from __future__ import annotations

from collections.abc import Iterator

from cowviz.trace.json_encode import Json
from cowviz.trace.json_names import EVENTS, MEMBERS

_EVENTS = {"".join(word.capitalize() for word in name.split("_")): name for name, _ in EVENTS.values()}
_ACCESS, _SECTION, _KIND = MEMBERS.values()
_OF_EVENTS = {"access": _ACCESS, "kind": _KIND}


def upgraded(data: dict[str, Json]) -> dict[str, Json]:
    """Return the data of format 1 with the names of format 2; what is malformed is refused when it is read."""
    for snapshot in _objects(data.get("steps"), "snapshots"):
        for event in _events(snapshot.get("events")):
            _rename(event, "event", _EVENTS)
            for key, names in _OF_EVENTS.items():
                _rename(event, key, names)
        machine = snapshot.get("machine")
        for pair in _list(machine.get("processes")) if isinstance(machine, dict) else ():
            process = pair[1] if isinstance(pair, list) and len(pair) == 2 else None
            for vma in _list(process.get("vmas")) if isinstance(process, dict) else ():
                if isinstance(vma, dict):
                    _rename(vma, "section", _SECTION)
    return data


def _rename(data: dict[str, Json], key: str, names: dict[str, str]) -> None:
    value = data.get(key)
    if isinstance(value, str) and value in names:
        data[key] = names[value]
    elif isinstance(value, str) and value in names.values():
        data[key] = value.swapcase()  # no name of that time


def _list(data: Json) -> list[Json]:
    return data if isinstance(data, list) else []


def _objects(data: Json, inner: str) -> Iterator[dict[str, Json]]:
    """The objects in the list ``inner`` of each object in a list."""
    for outer in _list(data):
        if isinstance(outer, dict):
            yield from (item for item in _list(outer.get(inner)) if isinstance(item, dict))


def _events(data: Json) -> Iterator[dict[str, Json]]:
    """The events, those in stanzas too."""
    for event in _list(data):
        if isinstance(event, dict):
            yield event
            yield from (inner for inner in _list(event.get("events")) if isinstance(inner, dict))
