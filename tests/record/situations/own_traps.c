/* A program has breakpoints of its own, and calls ptrace, which a traced one may not. */
#include "situation.h"

static volatile int traps;
static void counts(int number) { traps++; }
int main(void) {
    memory m = region(4);
    signal(SIGTRAP, counts);
    touch(m, 2);
    raise(SIGTRAP);
    touch(m, 4);
    if (ptrace(PTRACE_TRACEME, 0, 0, 0) == 0) return 1;
    return traps == 1 ? 0 : 2;
}
