"""Stops the user's code if it runs without end, or takes ever more memory.

What a story may have, it counts itself. This is for the rest, and it works where a signal can interrupt: in the main
thread, and not on Windows.
"""

from __future__ import annotations

import contextlib
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

MOST_SECONDS = 2.5  # of processor time between two words to the story
MOST_IDLE_SECONDS = 3.5  # of any time, where no debugger waits for its user
MOST_MEMORY = 400 << 20  # bytes more than at the beginning
PERIOD, IMPATIENT = 0.1, 0.003  # seconds between two looks; after the first complaint
_OURS = str(Path(__file__).parent)
_STATM = Path("/proc/self/statm")


class EndlessError(BaseException):
    """The code does not seem to end; no ``except Exception`` of its own may hold this up.

    It knows where by itself: after a very deep recursion there is no memory for a traceback.
    """

    def __init__(self, words: str, frame: FrameType | None) -> None:
        super().__init__(words)
        while frame and frame.f_code.co_filename.startswith(_OURS) and frame.f_back:
            frame = frame.f_back
        self.file, self.line = (frame.f_code.co_filename, frame.f_lineno) if frame else ("", 0)


class _Watch:
    """Holds the memory at the start of the user's code, and the time since it last called the story."""

    def __init__(self, base: FrameType) -> None:
        self.base = base  # where the user's code is called
        self.busy = 0  # how deep we are in operations of the story
        self.memory = _memory()
        self.words = ""  # of the first complaint
        self.let_go()

    def let_go(self) -> None:
        self.processor, self.looks = time.thread_time(), 0

    def look(self, _: int, frame: FrameType | None) -> None:
        """Complain where it is time to; signals call it."""
        self.looks += 1
        if frame and frame.f_code is _Swallowed.__call__.__code__:
            return  # the next look is soon
        if self._is_let_go(frame) and (complaint := self.words or self._complaint()):
            self.words = complaint
            signal.setitimer(signal.ITIMER_REAL, IMPATIENT, IMPATIENT)  # whoever swallows it gets it again
            raise EndlessError(complaint, frame)

    def _is_let_go(self, frame: FrameType | None) -> bool:
        """Return whether the user's code is on the stack; on leaving the block it is not, and nothing may be raised."""
        while frame and frame is not self.base:
            if not frame.f_code.co_filename.startswith((_OURS, contextlib.__file__)):
                return True
            frame = frame.f_back
        return False

    def _complaint(self) -> str:
        if _memory() - self.memory > MOST_MEMORY:
            return f"the scenario takes more than {MOST_MEMORY >> 20} MB of memory: does a loop not end?"
        if self.busy:
            return ""
        if time.thread_time() - self.processor > MOST_SECONDS:
            return f"{MOST_SECONDS:g} seconds without a call of the story: does this loop end?"
        # Not by the clock: on a machine that slept, or has much else to do, there are few looks in a long time.
        if self.looks * PERIOD > MOST_IDLE_SECONDS and sys.gettrace() is None:
            return f"{MOST_IDLE_SECONDS:g} seconds without a call of the story: does this loop end?"
        return ""


class _Swallowed:
    """Hides an error that Python had to drop, as in a ``__del__``: it is raised again."""

    def __init__(self) -> None:
        self.before = sys.unraisablehook

    def __call__(self, dropped: sys.UnraisableHookArgs) -> None:
        if dropped.exc_type is not EndlessError:
            self.before(dropped)


_current: _Watch | None = None


@contextmanager
def watched() -> Iterator[None]:
    """Look at what the block does, ten times a second. Raises EndlessError in it."""
    global _current
    if _current or not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return
    _current, begun = _Watch(sys._getframe(2)), time.monotonic()
    handler, sys.unraisablehook = signal.signal(signal.SIGALRM, _current.look), (swallowed := _Swallowed())
    timer = signal.setitimer(signal.ITIMER_REAL, PERIOD, PERIOD)
    try:
        with _bounded():
            yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, handler)
        sys.unraisablehook = swallowed.before
        if timer[0]:  # somebody else's
            left = timer[0] - (time.monotonic() - begun)
            signal.setitimer(signal.ITIMER_REAL, max(left, PERIOD), timer[1])
        _current = None


def heard() -> None:
    """Note that the user's code has said a word to the story."""
    if _current:
        _current.let_go()


@contextmanager
def at_work() -> Iterator[None]:
    """Keep the time of the block from the user's code: the story works on what it was asked."""
    if _current is None:
        yield
        return
    watch = _current
    watch.busy += 1
    try:
        yield
    finally:
        watch.let_go()  # before it counts as the user's time again: a look may come in between
        watch.busy -= 1


@contextmanager
def _bounded() -> Iterator[None]:
    """Limit the data (RLIMIT_DATA), so that one huge request raises MemoryError and the machine does not swap."""
    try:
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
        most = _memory(field=5) + MOST_MEMORY
        if not _STATM.exists() or (soft != resource.RLIM_INFINITY and soft <= most):
            raise ValueError
        resource.setrlimit(resource.RLIMIT_DATA, (most, hard))
    except (ImportError, OSError, ValueError):  # not here: the looks are all there is
        yield
        return
    try:
        yield
    finally:
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


def _memory(field: int = 1) -> int:
    """Return the resident bytes; with field 5 those of data, touched or not; 0 if the system does not tell."""
    try:
        import resource

        return int(_STATM.read_bytes().split()[field]) * resource.getpagesize()
    except (ImportError, OSError):
        return 0
