"""What a machine may have or not: swap, KSM, huge pages. Unsupported says why something cannot be had here."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from cowviz.verify.files import Unsupported, folder_on

_KSM = Path("/sys/kernel/mm/ksm")
_THP = Path("/sys/kernel/mm/transparent_hugepage/enabled")
_SCANS = 4  # of all memory: in the first a page is met, in the second it is equal; one more for what was met late
_PATIENCE, _IDLE = 10, 1  # seconds for them; without any page looked at
_FAST = {"smart_scan": "0", "use_zero_pages": "0", "sleep_millisecs": "0", "pages_to_scan": "10000"}


def check_swap() -> None:
    """Raise Unsupported where this machine has no swap."""
    if len(Path("/proc/swaps").read_text().splitlines()) < 2:
        raise Unsupported("this machine has no swap")


def check_huge_pages() -> None:
    """Raise Unsupported where a hint gives nobody a huge page, or all get them without."""
    setting = _THP.read_text() if _THP.exists() else "[never]"
    if "[madvise]" not in setting:
        word = "never makes" if "[never]" in setting else "always makes"
        raise Unsupported(f"this machine {word} huge pages; echo madvise > {_THP}")


def ksm_for_us() -> int:
    """Return a lock on KSM, to be closed: no other verify lets it scan meanwhile, which would merge our pages too.

    Unsupported where equal pages are merged at times that are not ours, or never.
    """
    if not _KSM.exists():
        raise Unsupported("this kernel has no KSM")
    lock = os.open(_KSM / "run", os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        _check_ksm()
    except BaseException:
        os.close(lock)
        raise
    return lock


def _check_ksm() -> None:
    if _is_running():
        raise Unsupported(f"KSM runs here, and merges when it likes; echo 0 > {_KSM}/run")
    if not os.access(_KSM / "run", os.W_OK):
        raise Unsupported("only root may let KSM scan")


def fit(advice: frozenset[str], *, sees_numbers: bool) -> frozenset[str]:
    """Return those hints that have their effect here, the kinds of files there are, and ``ksm`` where it may scan."""
    able = set(advice) | {"ksm"} if "MERGEABLE" in advice and sees_numbers else set(advice)
    for word, check in (("PAGEOUT", check_swap), ("HUGEPAGE", check_huge_pages)):
        if not sees_numbers or _is_refused(check):
            able.discard(word)
    return frozenset(able | {kind for kind in ("tmpfs", "ext4") if not _is_refused(partial(folder_on, kind))})


def _is_refused(check: Callable[[], object]) -> bool:
    try:
        check()
    except Unsupported:
        return True
    return False


def merges_by_itself() -> bool:
    """Return whether KSM runs, for whoever asked for it, or cannot be made to."""
    try:
        os.close(ksm_for_us())
    except Unsupported:
        return True
    return False


def _is_running() -> bool:
    return (_KSM / "run").read_text().strip() == "1"


def scan_for_equal_pages() -> None:
    """Let ksmd look through all mergeable memory, until it has merged what it finds; its settings are put back.

    For who has the lock.
    """
    with _set(_FAST), _set({"run": "1"}):
        begun, looked, start = _number("full_scans"), _number("pages_scanned"), time.monotonic()
        while _number("full_scans") < begun + _SCANS:
            waited = time.monotonic() - start
            if waited > _IDLE and _number("pages_scanned") == looked:
                return  # it sleeps, since no process has mergeable memory
            if waited > _PATIENCE:
                raise Unsupported(f"KSM did not look through this machine's memory in {_PATIENCE} seconds")
            time.sleep(0.005)


def _number(name: str) -> int:
    return int((_KSM / name).read_text())


@contextmanager
def _set(values: dict[str, str]) -> Iterator[None]:
    """Settings of KSM, for a block; one that this kernel does not have is left out."""
    known = {name: value for name, value in values.items() if (_KSM / name).exists()}
    before = {name: (_KSM / name).read_text() for name in known}
    try:
        for name, value in known.items():
            (_KSM / name).write_text(value)
        yield
    finally:
        for name, value in before.items():
            (_KSM / name).write_text(value)
