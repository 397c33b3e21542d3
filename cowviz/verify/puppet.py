"""A puppet: a process that does one operation after another as it is told, and counts the faults of each.

This file runs as a program of its own, under a bare Python (``puppets.py`` starts it), and imports nothing of cowviz.

Each operation is done by a few lines of machine code, for two reasons. Nothing of the interpreter runs between the two
getrusage(2) calls that count, so that an operation that does nothing counts 0. And an access may end in SIGSEGV or
SIGBUS without ending the puppet: a handler written in Python or through ctypes would run the interpreter inside a
signal handler, a throw-away child would change who shares what, and asking the kernel's tables beforehand whether the
access is fatal would be to predict and not to measure. The handler here changes one register of the interrupted access,
so that it returns as failed, and it does so only for the two instructions that access memory; whatever else faults ends
the process at once. x86-64 only.
"""

from __future__ import annotations

import _thread
import ctypes
import mmap
import os
import signal
import struct
import sys

SYSCALL, READ, WRITE, FORK, EXIT, OPEN, THREAD = range(7)
COMMAND = struct.Struct("<8q")  # what, then: a system call's number and arguments, or address and pages, or a number
ANSWER = struct.Struct("<3q")  # signal, result (as the system call's), faults

# The block that the code works on: +0 what, +8 number, +16 ... +56 arguments, +64 result, +72 signal,
# +0x100 and +0x200 what getrusage said before and after. struct rusage: ru_minflt at +64, ru_majflt at +72.
# fmt: off
CODE = bytes.fromhex(
    "53"                # run:      push rbx
    "4889fb"            #           mov rbx, rdi
    "6a015f"            #           push 1; pop rdi         getrusage(RUSAGE_THREAD, rbx+0x100), twice: the first
    "488db300010000"    #           lea rsi, [rbx+0x100]    makes sure that writing the answer faults no more
    "b862000000"        #           mov eax, 98
    "0f05"              #           syscall
    "6a015f"            #           push 1; pop rdi
    "488db300010000"    #           lea rsi, [rbx+0x100]
    "b862000000"        #           mov eax, 98
    "0f05"              #           syscall
    "488b03"            #           mov rax, [rbx]
    "85c0"              #           test eax, eax
    "7524"              #           jnz touch
    "488b4308"          #           mov rax, [rbx+8]
    "488b7b10"          #           mov rdi, [rbx+16]
    "488b7318"          #           mov rsi, [rbx+24]
    "488b5320"          #           mov rdx, [rbx+32]
    "4c8b5328"          #           mov r10, [rbx+40]
    "4c8b4330"          #           mov r8, [rbx+48]
    "4c8b4b38"          #           mov r9, [rbx+56]
    "0f05"              #           syscall
    "48894340"          #           mov [rbx+64], rax
    "eb24"              #           jmp done
    "488b7b08"          # touch:    mov rdi, [rbx+8]
    "488b4b10"          #           mov rcx, [rbx+16]
    "4885c9"            # next:     test rcx, rcx
    "7417"              #           jz done
    "83f802"            #           cmp eax, 2
    "7404"              #           je store
    "8a17"              # load:     mov dl, [rdi]
    "eb02"              #           jmp stepped
    "8807"              # store:    mov [rdi], al
    "4881c700100000"    # stepped:  add rdi, 4096
    "48ffc9"            #           dec rcx
    "ebe4"              #           jmp next
    "6a015f"            # done:     push 1; pop rdi         getrusage(RUSAGE_THREAD, rbx+0x200)
    "488db300020000"    #           lea rsi, [rbx+0x200]
    "b862000000"        #           mov eax, 98
    "0f05"              #           syscall
    "5b"                #           pop rbx
    "c3"                #           ret
    "488b82a8000000"    # handler:  mov rax, [rdx+168]      ucontext: where it was interrupted
    "488d0dcdffffff"    #           lea rcx, [load]
    "4839c8"            #           cmp rax, rcx
    "7226"              #           jb foreign
    "488d0dc7ffffff"    #           lea rcx, [stepped]
    "4839c8"            #           cmp rax, rcx
    "731a"              #           jae foreign
    "488d0dc7ffffff"    #           lea rcx, [done]
    "48898aa8000000"    #           mov [rdx+168], rcx      where it goes on
    "488b8a80000000"    #           mov rcx, [rdx+128]      its rbx
    "48897948"          #           mov [rcx+72], rdi       the signal
    "c3"                #           ret
    "b8e7000000"        # foreign:  mov eax, 231            exit_group(139)
    "bf8b000000"        #           mov edi, 139
    "0f05"              #           syscall
    "b80f000000"        # restorer: mov eax, 15             rt_sigreturn
    "0f05"              #           syscall
)
# fmt: on
HANDLER, RESTORER = 0x88, 0xCD  # offsets in it

_SIGACTION, _MADVISE, PRCTL = 13, 28, 157  # system calls
_MADV_COLD = 20
_SA_SIGINFO, _SA_RESTORER = 4, 0x04000000
PR_SET_THP_DISABLE, _PR_SET_CHILD_SUBREAPER = 41, 36


class PuppetMemory:
    """The code and the block, in pages of their own."""

    def __init__(self) -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        self._code, self._block, self._nothing = (mmap.mmap(-1, mmap.PAGESIZE, mmap.MAP_PRIVATE) for _ in "123")
        self._code.write(CODE)
        self.address = ctypes.addressof(ctypes.c_char.from_buffer(self._code))
        self.block = ctypes.addressof(ctypes.c_char.from_buffer(self._block))
        self.nothing = ctypes.addressof(ctypes.c_char.from_buffer(self._nothing))
        if libc.mprotect(ctypes.c_void_p(self.address), ctypes.c_size_t(mmap.PAGESIZE), 5):  # r-x
            raise OSError(ctypes.get_errno(), "mprotect")
        self._run = ctypes.CFUNCTYPE(None, ctypes.c_void_p)(self.address)
        self._catch(signal.SIGSEGV)
        self._catch(signal.SIGBUS)
        self.do(SYSCALL, PRCTL, PR_SET_THP_DISABLE, 1)  # a page is 4096 bytes, whatever this machine prefers
        self.do(SYSCALL, PRCTL, _PR_SET_CHILD_SUBREAPER, 1)  # orphans come to the first puppet, and are gone at once

    def do(self, *command: int) -> tuple[int, int, int]:
        """Return the signal, the result and the faults of one operation."""
        block = self._block
        struct.pack_into("<10q", block, 0, *command, *[0] * (10 - len(command)))
        self._run(self.block)
        result, caught = struct.unpack_from("<2q", block, 64)
        before, after = (sum(struct.unpack_from("<2q", block, at + 64)) for at in (0x100, 0x200))
        return caught, result, after - before

    def drain(self) -> None:
        """Let go of the pages that the kernel has listed on this processor, to be sorted by age or lock later.

        The list holds a reference to each, and a page's sole owner then copies it instead of reusing it
        (mm/memory.c: wp_can_reuse_anon_folio). MADV_COLD begins with lru_add_drain(); nothing is mapped here.
        """
        self.do(SYSCALL, _MADVISE, self.nothing, mmap.PAGESIZE, _MADV_COLD)

    def _catch(self, number: int) -> None:
        """rt_sigaction, past the C library, which would put a restorer of its own."""
        flags = _SA_SIGINFO | _SA_RESTORER
        struct.pack_into("<4Q", self._block, 0x300, self.address + HANDLER, flags, self.address + RESTORER, 0)
        _, result, _ = self.do(SYSCALL, _SIGACTION, number, self.block + 0x300, 0, 8)
        if result:
            raise OSError(-result, "rt_sigaction")


def serve(stage: PuppetMemory, channels: list[int], number: int, driver: int, *, is_thread: bool = False) -> None:
    """Do what comes through this process's or this thread's channel until it is to end, or the driver is gone.

    Threads take their operations one at a time as processes do, on one stage; each counts its own faults.
    """
    opened, channel = dict[int, int](), channels[number]
    os.write(channel, ANSWER.pack(0, os.getpid(), 0))
    while command := os.read(channel, COMMAND.size):
        what, *rest = COMMAND.unpack(command)
        if what == EXIT and is_thread:
            os.write(channel, ANSWER.pack(0, 0, 0))
            return
        if what == EXIT:
            break
        if what == FORK:
            child = os.fork()
            if child == 0:  # a thread that forks is a process there
                channel, is_thread = channels[rest[0]], False
            answer = 0, child or os.getpid(), 0
        elif what == THREAD:
            _thread.start_new_thread(serve, (stage, channels, rest[0], driver), {"is_thread": True})
            answer = 0, os.getpid(), 0
        elif what == OPEN:
            answer = 0, _open(driver, rest[0], opened), 0
        else:
            stage.drain()
            answer = stage.do(what, *rest)
        os.write(channel, ANSWER.pack(*answer))
    os._exit(0)


def _open(driver: int, number: int, opened: dict[int, int]) -> int:
    """This process's own descriptor of a file that the driver has open."""
    try:
        if number not in opened:
            opened[number] = os.open(f"/proc/{driver}/fd/{number}", os.O_RDWR)
        return opened[number]
    except OSError as error:
        return -(error.errno or 1)


def main() -> None:
    """Serve the channels of ``puppet.py DRIVER CPU FD ...``: one for each process, the first for this one."""
    driver, cpu, *channels = map(int, sys.argv[1:])
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits: the dead are gone at once
    os.sched_setaffinity(0, {cpu})
    try:
        serve(PuppetMemory(), channels, 0, driver)
    except OSError as error:
        os.write(channels[0], ANSWER.pack(0, -(error.errno or 1), 0))
    finally:
        os._exit(0)


if __name__ == "__main__":
    main()
