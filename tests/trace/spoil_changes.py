"""Changes to a trace's structure, each of which might pass for true: other pids, pages, frames, events, regions."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from typing import Any

Data = dict[str, Any]
ODD = ("🐄", "ab\u202ecd", "a\tb\nc", "\x1b[2J", "{n}", "%s", "<b>", "$x$", "\ufeff")
NAMES = ("", " ", "P", "heap", "x" * 200, "…", *ODD)


def snapshots(data: Data) -> list[Data]:
    return [snapshot for step in data["steps"] for snapshot in step["snapshots"]]


def events(data: Data) -> Iterator[Data]:
    for snapshot in snapshots(data):
        for item in snapshot.get("events", []):
            yield from item["events"] if "times" in item else [item]


def processes(data: Data) -> Iterator[tuple[list[Any], Data]]:
    """Each telling of a process: its pair, and what is new of it."""
    for snapshot in snapshots(data):
        for pair in snapshot.get("machine", {}).get("processes", []):
            if isinstance(pair[1], dict):
                yield pair, pair[1]


def swap_pids(data: Data, chance: random.Random) -> None:
    """Two processes, or one and none, change numbers everywhere."""
    a, b = chance.sample([0, 1, 2, 3, 7, 2**31], 2)
    other = {a: b, b: a}
    for event in events(data):
        for key in ("pid", "parent", "child", "victim"):
            if key in event:
                event[key] = other.get(event[key], event[key])
    for pair, process in processes(data):
        pair[0] = other.get(pair[0], pair[0])
        for key in ("pid", "parent", "mm", "thread_of"):
            if key in process:
                process[key] = other.get(process[key], process[key])


def shift_pages(data: Data, chance: random.Random) -> None:
    """All virtual pages, of regions, tables and events, lie elsewhere."""
    by = chance.choice((-1, 1, 511, 512, 1 << 20, 1 << 35, (1 << 36) - 1, -20))
    for event in events(data):
        for key in ("vpn", "start", "to"):
            if isinstance(event.get(key), int):
                event[key] += by
    for _, process in processes(data):
        for vma in process.get("vmas", []):
            vma["start"], vma["end"] = vma["start"] + by, vma["end"] + by
        for key in ("table", "swapped"):
            for run in process.get(key, []):
                run[0] += by


def shift_frames(data: Data, chance: random.Random) -> None:
    """All frames have other numbers."""
    by = chance.choice((1, 25, 26, 700, 1 << 19, 1 << 30, 1 << 52))
    for event in events(data):
        for key in ("pfn", "old", "source", "target"):
            if isinstance(event.get(key), int) and event[key] >= 0:
                event[key] += by
        if "freed" in event:
            event["freed"] = [pfn + by for pfn in event["freed"]]
    for snapshot in snapshots(data):
        machine = snapshot.get("machine", {})
        for run in machine.get("frames", []):
            run[0] += by
        for _, runs in machine.get("cache", []):
            for run in runs or []:
                run[1] = run[1] if run[1] is None else run[1] + by
    for _, process in processes(data):
        for run in process.get("table", []):
            if run[1] and run[1][0] >= 0:
                run[1][0] += by


def rename(data: Data, chance: random.Random) -> None:
    """One name stands for another all through: of a process, a region, a file."""
    used = {vma["name"] for _, process in processes(data) for vma in process.get("vmas", [])}
    used |= {process["name"] for _, process in processes(data) if "name" in process}
    used |= {name for snapshot in snapshots(data) for name, _ in snapshot.get("machine", {}).get("files", [])}
    old, new = chance.choice(sorted(used)), chance.choice((*NAMES, *sorted(used)))
    _replace(data["steps"], old, new)


def _replace(data: Any, old: Any, new: Any) -> None:
    for key, item in data.items() if isinstance(data, dict) else enumerate(data):
        if isinstance(item, str) and item == old:
            data[key] = new
        elif isinstance(item, dict | list):
            _replace(item, old, new)


def cut_steps(data: Data, chance: random.Random) -> None:
    """The last steps are gone, or the first are made one."""
    steps = data["steps"]
    at = chance.randrange(1, len(steps) + 1)
    if chance.random() < 0.5:
        data["steps"] = steps[:at]
    else:
        steps[0]["snapshots"] = [snapshot for step in steps[:at] for snapshot in step["snapshots"]]
        data["steps"] = [steps[0], *steps[at:]]


def stay_a_while(data: Data, chance: random.Random) -> None:
    """A step comes many times: nothing changes in the copies, but their events are told again."""
    at = chance.randrange(len(data["steps"]))
    step = json.loads(json.dumps(data["steps"][at]))
    for snapshot in step["snapshots"]:
        snapshot.pop("machine", None)
    data["steps"][at + 1 : at + 1] = [step] * chance.choice((1, 2, 15))


def mix_events(data: Data, chance: random.Random) -> None:
    """Events happen in other steps, before or after what they tell of."""
    some = snapshots(data)
    for _ in range(chance.randint(1, 4)):
        one, other = chance.choice(some), chance.choice(some)
        if one.get("events"):
            event = chance.choice(one["events"])
            other.setdefault("events", []).insert(0, json.loads(json.dumps(event)))


def another_kind(data: Data, chance: random.Random) -> None:
    """Faults are of another kind, accesses another, frames of another use."""
    kinds = ("demand_zero", "zero_page", "file_mapped", "cow_copy", "cow_reuse", "stack_growth", "swap_cached")
    kinds += ("file_read", "swap_in", "segv_maperr", "segv_accerr", "bus_adrerr")  # type: ignore[assignment]
    for event in events(data):
        if chance.random() < 0.4:
            if "kind" in event:
                event["kind"] = chance.choice(kinds)
            if "access" in event:
                event["access"] = chance.choice(("read", "write", "fetch"))
            if event["event"] == "frame_filled":
                event["file"] = chance.choice(("swap", "log", *NAMES))
            if event["event"] in ("exited", "refused"):
                event["status"] = chance.choice(("exited 0", "killed by SIGSEGV", "ENOMEM", *NAMES))


def other_regions(data: Data, chance: random.Random) -> None:
    """Regions have other rights, sections and flags; the pages stay what they are."""
    flags = ("shared", "dontfork", "wipeonfork", "huge", "mergeable", "locked", "noreserve", "guarded", "has_private")
    for _, process in processes(data):
        for vma in process.get("vmas", []):
            if chance.random() < 0.5:
                vma["prot"] = chance.choice(("rw-", "r--", "r-x", "none", "rwx", "-w-"))
                vma["section"] = chance.choice(("text", "rodata", "data", "bss", "heap", "mmap", "stack"))
                vma[chance.choice(flags)] = True


def other_rights(data: Data, chance: random.Random) -> None:
    """Page table entries let other things through."""
    for _, process in processes(data):
        for run in process.get("table", []):
            if run[1] and chance.random() < 0.5:
                run[1][1] = chance.choice(("rw-", "r--", "r-x", "none"))


def many_times(data: Data, chance: random.Random) -> None:
    """Something happens hundreds of times."""
    for snapshot in snapshots(data):
        some = [event for event in snapshot.get("events", []) if "times" not in event]
        if some and chance.random() < 0.4:
            times = chance.choice((1, 3, 30, 100))
            snapshot["events"] = [{"times": times, "events": some[:6]}]


def grow(data: Data, chance: random.Random) -> None:
    """Regions and runs of pages and frames are much longer."""
    by = chance.choice((1, 7, 511, 5000))
    for _, process in processes(data):
        for i, vma in enumerate(process.get("vmas", [])):
            later = process["vmas"][i + 1 : i + 2]
            if not later or vma["end"] + by <= later[0]["start"]:
                vma["end"] += by


def other_words(data: Data, chance: random.Random) -> None:
    """Captions, contents and code say something else, and lines are marked."""
    for step in data["steps"]:
        if chance.random() < 0.5:
            step["caption"] = chance.choice((*NAMES, "word " * 30, "w" * 300, "a\n" * 3))
            step["line"] = chance.choice((None, 1, 2))
    data["code"] = chance.choice(([], ["x = 1;"], ["a", "b" * 200], ["", "", ""]))
    data["lang"] = chance.choice(("en", "ro", "xx", "en"))
    for snapshot in snapshots(data):
        for run in snapshot.get("machine", {}).get("frames", []):
            if run[1] and chance.random() < 0.4:
                run[1][0] = [[chance.choice(NAMES), chance.choice(NAMES)] for _ in range(chance.randint(0, 5))]


def share(data: Data, chance: random.Random) -> None:
    """One process uses another's memory."""
    told = [process for pair, process in processes(data) if "pid" in process]
    if len(told) > 1:
        one, other = chance.sample(told, 2)
        one["mm"] = other["pid"]
        for key in ("table", "vmas", "swapped"):
            if key in other:
                one[key] = json.loads(json.dumps(other[key]))
        one[chance.choice(("thread_of", "parent"))] = other["pid"]
        one["vforked"] = chance.random() < 0.3


def end(data: Data, chance: random.Random) -> None:
    """Processes have ended, were waited for, or live again."""
    for _, process in processes(data):
        if chance.random() < 0.3:
            process["status"] = chance.choice((None, "exited 0", "killed by SIGKILL", "?"))
            process["reaped"] = chance.random() < 0.5


def count_anew(data: Data, chance: random.Random) -> None:
    """Counters and map counts are others."""
    for _, process in processes(data):
        if chance.random() < 0.3:
            process["counters"] = {"minor": chance.choice((0, 1, 10**9)), "copies": chance.choice((0, 3, 2**52))}
    for snapshot in snapshots(data):
        for run in snapshot.get("machine", {}).get("frames", []):
            if run[1] and chance.random() < 0.3:
                run[1][1] = chance.choice((1, 2, 900))


def a_recording(data: Data, chance: random.Random) -> None:
    """It is a recording, and of another language."""
    data["recording"] = {"method": "ptrace", "kernel": chance.choice(NAMES), "page_size": 4096, "frames": "Seen."}


CHANGES: tuple[Callable[[Data, random.Random], None], ...] = (
    *(swap_pids, shift_pages, shift_frames, rename, cut_steps, stay_a_while, mix_events, another_kind, other_regions),
    *(other_rights, many_times, grow, other_words, share, end, count_anew, a_recording),
)
