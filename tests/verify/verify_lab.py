"""What the tests of verify share: the kernel of this machine, recorded facts, the bugs to be put into the simulator."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import pytest

from cowviz.errors import MissingTool
from cowviz.verify.facts import Expect, Fact, Op
from cowviz.verify.facts_file import load_facts
from cowviz.verify.linux_backend import Kernel

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
NOBODY = 65534


def facts_in(name: str) -> list[Fact]:
    return load_facts(HERE / name)[0]


def opened_kernel():
    """This machine's kernel; the test is skipped where there is none to ask."""
    try:
        return Kernel().__enter__()
    except MissingTool as error:
        pytest.skip(f"no kernel to compare with: {error}")


@contextmanager
def swap_file(folder: Path) -> Iterator[str]:
    """Swap for a block, in a file, where this user may have it and there is none; yields why not, or nothing."""
    if len(Path("/proc/swaps").read_text().splitlines()) > 1:
        yield ""
        return
    if os.geteuid() != 0:
        yield "only root may add swap"
        return
    file = folder / "swap"
    file.write_bytes(bytes(64 << 20))  # written: a file with holes is none to swap to
    file.chmod(0o600)
    try:
        for command in ("mkswap", "swapon"):
            done = subprocess.run([command, file], capture_output=True, text=True, check=False)
            if done.returncode:
                yield f"{command}: {done.stderr.strip()}"
                return
        try:
            yield ""
        finally:
            subprocess.run(["swapoff", file], check=True)
    except FileNotFoundError as error:
        yield f"no {error.filename} here"
    finally:
        file.unlink()


def bugs():
    """All seeded bugs, by name: those of tests/memory, and more."""
    import paging_bugs
    import seeded_bugs
    import seeded_bugs_of_holes

    return {**paging_bugs.BUGS, **seeded_bugs.BUGS, **seeded_bugs_of_holes.BUGS}


def kernel_facts() -> list[Fact]:
    """The facts of tests/memory/kernel_facts.txt; what they expect of the last pages is a text of its form."""
    text = (HERE.parent / "memory/kernel_facts.txt").read_text(encoding="utf-8")
    return [_fact(block.strip().split("\n")) for block in text.split("\n\n") if not block.startswith("#")]


def _fact(lines: list[str]) -> Fact:
    steps = [line.partition(" = ")[::2] for line in lines[1:] if " = " in line]
    final = dict(line.strip().split(": ") for line in lines[1:] if " = " not in line)
    answers = tuple(int(answer) if answer.isdigit() else answer for _, answer in steps)
    return Fact(lines[0], "", tuple(_op(step.split()) for step, _ in steps), Expect(answers, final))


def _op(words: list[str]) -> Op:
    proc, verb, *rest = words
    if verb == "mmap":
        return Op(verb, proc, rest[0], pages=int(rest[1]), kind=rest[2], prot=rest[3], flag="".join(rest[4:]))
    if verb == "fork":
        return Op(verb, proc, child=rest[0])
    if verb == "ftruncate":
        return Op(verb, proc, file_kind=rest[0], pages=int(rest[1]))
    if verb == "exit":
        return Op(verb, proc)
    first, _, n = rest[1].partition("+")
    more = {"mprotect": "prot", "madvise": "advice", "mremap": "to"}.get(verb)
    said = {more: rest[2].upper() if more == "advice" else rest[2]} if more else {}
    said |= {"file": "k"} if verb == "kernel_write" else {}
    return Op("kread" if verb == "kernel_write" else verb, proc, rest[0], page=int(first), n=int(n or 1), **said)  # type: ignore[arg-type]


def renumbered(cells: dict[str, str]) -> dict[str, str]:
    """Frames numbered in the order in which they stand here."""
    seen: dict[str, int] = {}
    again = {}
    for region, text in sorted(cells.items()):
        again[region] = re.sub(r"(?<=f)\d+", lambda found: str(seen.setdefault(found[0], len(seen))), text)
    return again


def as_nobody(*arguments: str) -> subprocess.CompletedProcess[str]:
    """``cowviz ...`` as an ordinary user; the test is skipped where this one may not become one."""
    if os.geteuid() != 0:
        pytest.skip("only root can become another user; the other tests run as an ordinary user already")
    python = next((p for p in (sys.executable, "/usr/bin/python3") if _runs(p)), None)
    if python is None:
        pytest.skip("no Python here that user 65534 may run, with the libraries of this one")
    return subprocess.run(
        [python, "-m", "cowviz", *arguments], **_nobody(), capture_output=True, text=True, timeout=120, check=False
    )


def _nobody() -> dict:
    paths = os.pathsep.join([str(ROOT), str(Path(click.__file__).parents[1])])
    return {
        "user": NOBODY,
        "group": NOBODY,
        "extra_groups": [],
        "cwd": ROOT,
        "env": {"PATH": "/usr/bin:/bin", "PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1", "LANG": "C.UTF-8"},
    }


def _runs(python: str) -> bool:
    try:
        return subprocess.run([python, "-c", "import click, cowviz.cli"], **_nobody(), check=False).returncode == 0
    except OSError:
        return False


def puppets_of(driver: int) -> list[int]:
    """The processes that a run of verify, by its pid, has started and that still live."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            words = (entry / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if any(word.endswith(b"verify/puppet.py") for word in words) and str(driver).encode() in words:
            found.append(int(entry.name))
    return found
