"""What a trace's JSON calls things is a table of its own: code may be renamed, and files of the first edition load."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from pathlib import Path

import pytest

from cowviz.errors import CowvizError
from cowviz.memory import events as ev
from cowviz.story.loader import bundled, load_scenario, load_trace
from cowviz.trace import json_names
from cowviz.trace.codec import dumps, loads
from cowviz.trace.format_1 import upgraded

TRACES = Path(__file__).with_name("traces")


def test_every_event_record_and_kind_has_its_row(golden):
    rows = [f"{name}: {' '.join(json_names.field_names(kind).values())}" for kind, name in events().items()]
    rows += [f"{kind.__name__}: {names}" for kind, names in json_names.RECORDS.items()]
    rows += [f"{kind.__name__}: {' '.join(names.values())}" for kind, names in json_names.MEMBERS.items()]
    golden("trace-names.txt", "\n".join(rows) + "\n")
    assert json_names.EVENTS.keys() <= set(ev.event_classes())
    for kind, row in [*json_names.RECORDS.items(), *((kind, row) for kind, (_, row) in json_names.EVENTS.items())]:
        assert len(fields(kind)) == len(row.split()) == len(set(row.split())), kind
    for kind, names in json_names.MEMBERS.items():
        assert list(names) == [member.name for member in kind]  # type: ignore[attr-defined]
        assert len(set(names.values())) == len(names)


def events() -> dict[type, str]:
    return {kind: name for kind, (name, _) in json_names.EVENTS.items()}


def test_a_class_that_is_renamed_changes_no_file():
    trace = load_scenario("fork_cow").record()
    told = dumps(trace)
    ev.FrameCopied.__name__ = "CopyMade"
    try:
        assert dumps(trace) == told
    finally:
        ev.FrameCopied.__name__ = "FrameCopied"
    assert '"event": "frame_copied"' in told and '"kind": "cow_copy"' in told
    assert loads(told) == trace


def test_a_trace_of_the_first_edition_loads():
    old = json.loads((TRACES / "format_1.json").read_text())
    assert old["version"] == 1
    assert load_trace(TRACES / "format_1.json") == load_trace(bundled() / "fork_heap_real.json")


@pytest.mark.parametrize(
    "event", ["frame_copied", "Frame_Copied", "FRAMECOPIED", "", "event", 7, None, ["FrameCopied"]]
)
def test_names_of_today_are_none_of_the_first_edition(event):
    data = json.loads((TRACES / "format_1.json").read_text())
    data["steps"][0]["snapshots"][0]["events"][0]["event"] = event
    with pytest.raises(CowvizError, match=r"^trace: step 1: (unknown event|expected)"):
        loads(json.dumps(data))


@pytest.mark.parametrize(
    "odd", [None, 7, "x", [], [None], [{}], [{"snapshots": 3}], [{"snapshots": [{"events": {}, "machine": []}]}]]
)
def test_what_is_malformed_stays_so(odd):
    assert upgraded({"steps": odd}) == {"steps": odd}
    machine = {"processes": [[1], [1, None], [1, {"vmas": odd}], odd]}
    data = {"steps": [{"snapshots": [{"machine": machine}]}]}
    assert upgraded(data) == {"steps": [{"snapshots": [{"machine": machine}]}]}  # type: ignore[arg-type]


def test_an_event_of_another_package_takes_no_name_of_ours():
    @dataclass(frozen=True, slots=True)
    class FrameCopied(ev.Event):
        pid: int

    @dataclass(frozen=True, slots=True)
    class FrameScrubbed(ev.Event):
        pid: int

    assert json_names.events()["frame_copied"] is ev.FrameCopied
    assert json_names.events()["frame_scrubbed"] is FrameScrubbed
    assert {FrameCopied, FrameScrubbed} <= set(ev.event_classes())
