"""A second, independent idea of memory: plain dictionaries of what each process must read, and who owns what with whom.

It knows nothing of frames, map counts or PTEs. A private page that was written is a ``Token``; fork hands tokens on.
A token held by several pages means that a writer must get a copy, one held once that it must keep its frame.
"""

from __future__ import annotations

from expected_memory import (
    BASE,
    FILES,
    PAGES,
    PROTS,
    Expected,
    Page,
    Token,
    copies,
    stored,
)
from memory_lab import RW, R, kinds, signals

from cowviz.memory import access
from cowviz.memory.calls import processes
from cowviz.memory.events import Event, Exited, OutOfMemory, PageReused
from cowviz.memory.machine import Cell, Content, MisuseError, Prot
from cowviz.memory.profile import Profile


class Oracle(Expected):
    """Applies random operations to the simulator and to dictionaries, and compares after each."""

    # operations

    def apply(self, name: str, a: int, b: int, c: int) -> None:
        """One operation, made possible by taking the numbers modulo what there is."""
        living = list(self.pages)
        if living:
            getattr(self, f"do_{name}")(living[a % len(living)], b, c)
            self.compare()

    def do_mmap(self, pid: int, b: int, c: int) -> None:
        start, pages = BASE + b % PAGES, 1 + c % 5
        file = (None, None, None, *FILES)[c // 5 % 6]
        shared, pgoff = c // 30 % 2 == 1, 0 if file is None else c // 60 % 6
        prot = PROTS[b // PAGES % len(PROTS)]
        more = {"file": file, "pgoff": pgoff, "shared": shared}
        call = processes.mmap(self.lab.machine, pid, start, pages, prot, "m", **more)  # type: ignore[arg-type]
        if any(vpn in self.pages[pid] for vpn in range(start, start + pages)):
            self.refused(call)
            return
        self.lab.run(call)
        if shared and file is None:
            vma = self.lab.process(pid).vma(start)
            assert vma is not None and vma.file is not None
            file = vma.file
            self.files |= {(file, i): () for i in range(pages)}
        self.pages[pid] |= {start + i: Page(prot, file, pgoff + i, shared) for i in range(pages)}

    def refused(self, call: object) -> None:
        before = self.lab.machine
        try:
            self.lab.run(call)  # type: ignore[arg-type]
        except MisuseError:
            assert self.lab.machine is before
        else:
            raise AssertionError("wrong use was not refused")

    def somewhere(self, pid: int, b: int) -> int:
        """Mostly a page that there is, and often one that was written."""
        known = sorted(self.private[pid] if self.private[pid] and b % 3 else self.pages[pid])
        return known[b % len(known)] if known and b % 16 else BASE + b % PAGES

    def do_read(self, pid: int, b: int, c: int, at: int | None = None) -> None:
        vpn = self.somewhere(pid, b) if at is None else at
        token, faults = self.private[pid].get(vpn), self.lab.faults(pid)
        swapped = self.is_swapped(pid, vpn)
        events = self.lab.read(pid, vpn)
        if not self.went_through(pid, vpn, Prot.R, events, c):
            return
        assert not copies(events), "reading copied"
        if token is not None:
            assert self.lab.faults(pid) == faults + swapped, "reading a present page faulted"
        elif self.pages[pid][vpn].file is None and not self.lab.machine.profile.zero_page:
            self.private[pid][vpn] = Token(())
        assert self.lab.content(pid, vpn) == self.value(pid, vpn)

    def do_write(self, pid: int, b: int, c: int, at: int | None = None) -> None:
        vpn, cell = self.somewhere(pid, b) if at is None else at, self.next_cell(c)
        token, old = self.private[pid].get(vpn), self.lab.process(pid).pte(vpn)
        counters, owners, swapped = self.lab.counters(pid), self.owners(), self.is_swapped(pid, vpn)
        events = self.lab.run(access.write(self.lab.machine, pid, vpn, cell))
        if not self.went_through(pid, vpn, Prot.W, events, c):
            return
        page, now, new = self.pages[pid][vpn], self.lab.counters(pid), stored(self.value(pid, vpn), cell)
        if page.shared:
            self.files[str(page.file), page.offset] = new
            assert not copies(events), "MAP_SHARED was copied"
            if page.file == "ext4":
                assert vpn not in self.told[pid] or now.faults == counters.faults, "the file was told twice"
                self.told[pid].add(vpn)
            return
        if not any(isinstance(event, OutOfMemory) for event in events):
            co_owned = token is not None and owners[token] > 1
            copied = co_owned or (token is None and page.file is not None)
            assert copies(events) == now.copies - counters.copies == copied, "copied without need, or not at all"
            assert now.copied_bytes - counters.copied_bytes == 4096 * copied
            kept = old is not None and old.pfn == self.lab.pfn(pid, vpn)
            sole = token is not None and not co_owned and not swapped
            assert kept == sole, "a reuse keeps the frame, a copy changes it"
            quiet = sole and token is not None and token.exclusive
            assert now.faults - counters.faults == (not quiet), "one fault, and none for an exclusive owner"
            reuses = sum(isinstance(event, PageReused) for event in events)
            assert reuses == now.reuses - counters.reuses == (kept and not quiet)
        self.take(pid, vpn, new)

    def take(self, pid: int, vpn: int, value: Content) -> None:
        token = self.private[pid].get(vpn)
        if token is None or self.owners()[token] > 1:
            self.private[pid][vpn] = Token(value)
        else:
            token.value, token.exclusive = value, True

    def next_cell(self, c: int) -> Cell | None:
        """A whole page's text, a variable beside others, or a touch alone."""
        self.stores += 1
        return (Cell("", f"value {self.stores}"), Cell("xy"[c // 8 % 2], str(self.stores)), None)[c // 2 % 3]

    def went_through(self, pid: int, vpn: int, need: Prot, events: list[Event], c: int) -> bool:
        """Whether the access succeeded; a signal must be the right one, and may kill."""
        self.bury(events)
        if pid not in self.pages:
            return False
        signal = self.verdict(pid, vpn, need)
        assert signals(events) == ([signal] if signal else []), f"{kinds(events)} at {vpn:#x}"
        if signal and c % 2:
            process = self.thread_of.get(pid, pid)
            threads = {thread for thread, of in self.thread_of.items() if of == process}
            self.end(pid, f"killed by {signal}", threads | {process})
        return signal is None

    def bury(self, events: list[Event]) -> None:
        for event in events:
            if isinstance(event, Exited):
                self.forget(event.pid)

    def forget(self, pid: int) -> None:
        del self.pages[pid], self.private[pid]

    def do_read_write(self, pid: int, b: int, c: int) -> None:
        """First a page is read, then written: of an untouched one, two faults."""
        known = sorted(self.pages[pid].keys() - self.private[pid].keys())
        if known:
            vpn = known[b % len(known)]
            self.do_read(pid, b, c, vpn)
            if pid in self.pages:
                self.do_write(pid, b, c, vpn)

    def do_fork(self, pid: int, b: int, c: int) -> None:
        child = len(self.lab.machine.processes) + 1
        if len(self.pages) < 5:
            self.lab.fork(pid, child)
            for token in self.private[pid].values():
                token.exclusive = False
            self.pages[child], self.private[child] = dict(self.pages[pid]), dict(self.private[pid])
            self.told[child] = set()
            assert self.lab.faults(child) == 0

    def do_exit(self, pid: int, b: int, c: int) -> None:
        if len(self.pages) > 1:
            self.end(pid, "exited 0", {pid} | {thread for thread, of in self.thread_of.items() if of == pid})

    def end(self, pid: int, status: str, gone: set[int]) -> None:
        """A process ends; with it its threads, and of a signal the process whose thread had it."""
        gone &= self.pages.keys()
        self.bury(self.lab.run(processes.exit(self.lab.machine, pid, status)))
        assert not gone & self.pages.keys(), "somebody goes on running"

    def do_thread(self, pid: int, b: int, c: int) -> None:
        """A thread has the very same pages as its process."""
        if len(self.pages) < 5:
            thread = self.lab.thread(pid, len(self.lab.machine.processes) + 1)
            self.pages[thread], self.private[thread] = self.pages[pid], self.private[pid]
            self.told[thread] = self.told[pid]
            self.thread_of[thread] = self.thread_of.get(pid, pid)

    def do_pageout(self, pid: int, b: int, c: int) -> None:
        """Which pages go is the simulator's choice; what they hold, and who owns them with whom, stays as it was."""
        span = self.span(pid, b, c)
        if span:
            self.lab.run(processes.madvise(self.lab.machine, pid, span.start, len(span), "pageout"))

    def do_reclaim(self, pid: int, b: int, c: int) -> None:
        self.lab.run(processes.reclaim(self.lab.machine, pid))

    def do_wait(self, pid: int, b: int, c: int) -> None:
        children = [p for p in self.lab.machine.processes.values() if p.parent == pid]
        for child in children[:1]:
            call = processes.wait(self.lab.machine, pid, child.pid)
            self.refused(call) if child.is_alive or child.reaped else self.lab.run(call)

    def span(self, pid: int, b: int, c: int) -> range:
        """Some pages next to one another that all have a region."""
        first = self.somewhere(pid, b)
        pages = next(n for n in range(10) if n > c % 4 or first + n not in self.pages[pid])
        return range(first, first + pages)

    def do_munmap(self, pid: int, b: int, c: int) -> None:
        span = self.span(pid, b, c)
        call = processes.munmap(self.lab.machine, pid, span.start, len(span))
        if not span:
            self.refused(call)
            return
        self.lab.run(call)
        for vpn in span:
            self.pages[pid].pop(vpn)
            self.private[pid].pop(vpn, None)
        self.told[pid].difference_update(span)

    def do_mprotect(self, pid: int, b: int, c: int) -> None:
        """Another protection for some pages, one time in three with the old one given back at once."""
        span = self.span(pid, b, c)
        for prot in (R, RW) if c % 3 == 0 else (PROTS[c // 4 % len(PROTS)],):
            if not span:
                return
            self.lab.run(processes.mprotect(self.lab.machine, pid, span.start, len(span), prot))
            self.pages[pid] |= {vpn: self.pages[pid][vpn]._replace(prot=prot) for vpn in span}
        for vpn in sorted(self.told[pid].intersection(span)):
            if self.pages[pid][vpn].prot & Prot.W:
                self.do_write(pid, b, 0, vpn)

    def do_exec(self, pid: int, b: int, c: int) -> None:
        if c % 3 == 0 and len(self.lab.machine.free) > 10:
            call = processes.exec_(self.lab.machine, pid, "program", self.program())
            if self.lab.process(pid).thread_of is not None:
                self.refused(call)
                return
            self.bury(self.lab.run(call))
            self.loaded(pid)

    def do_dontneed(self, pid: int, b: int, c: int) -> None:
        span = self.span(pid, b, c)
        if span:
            self.lab.run(processes.madvise(self.lab.machine, pid, span.start, len(span), "dontneed"))
            for vpn in span:
                self.private[pid].pop(vpn, None)
            self.told[pid].difference_update(span)

    def do_remap(self, pid: int, b: int, c: int) -> None:
        """mremap one page to a free place."""
        vpn, to = self.somewhere(pid, b), BASE + c % PAGES
        if vpn in self.pages[pid] and to not in self.pages[pid]:
            self.lab.run(processes.mremap(self.lab.machine, pid, vpn, 1, to))
            self.pages[pid][to] = self.pages[pid].pop(vpn)
            if vpn in self.private[pid]:
                self.private[pid][to] = self.private[pid].pop(vpn)
            if vpn in self.told[pid]:
                self.told[pid].remove(vpn)
                self.told[pid].add(to)


def check(profile: Profile, frames: int, todo: list[tuple[str, int, int, int]]) -> None:
    """Run random operations; AssertionError where the simulator and the dictionaries disagree."""
    oracle = Oracle(profile, frames)
    for name, a, b, c in todo:
        oracle.apply(name, a, b, c)
