"""Has perf stop each task at its page faults, or collect them in a ring where the kernel has no sigtrap."""

from __future__ import annotations

from dataclasses import dataclass

from cowviz.linux import perf
from cowviz.record.watch.traced_task import TracedTask, because


@dataclass
class FaultEvents:
    """The perf events of the tasks under watch."""

    ring: perf.Ring | None = None  # where there is no sigtrap
    failure: OSError | None = None  # perf_event_open's, for the first task
    _may_watch: bool = False  # perf has let us stop a task at its faults

    def open(self, task: TracedTask) -> str:
        """Stop the task at its faults; return what is not understood where this one alone may not be stopped."""
        task.close_event()
        if self.ring:
            return ""
        try:
            task.event = perf.stop_at_faults(task.tid)
            self._may_watch = True
        except ProcessLookupError:
            pass
        except OSError as error:
            if self._may_watch:  # such as a program that its user may not read
                return "perf_event_open" + because(error)
            self.failure = error
        return ""

    def close(self) -> None:
        if self.ring:
            self.ring.close()
