/* clone(CLONE_VM) without a thread: two processes with one memory, of which one forks. */
#include "situation.h"

static memory m;
static int works(void *unused) {
    touch(m, 8);
    CHILD(touch(m, 8));
    return unused != NULL;
}
int main(void) {
    m = region(8);
    char *stack = malloc(16 * PAGE);
    touch(m, 4);
    pid_t child = clone(works, stack + 16 * PAGE, CLONE_VM | SIGCHLD, NULL);
    wait_for(child);
    touch(m, 8);
}
