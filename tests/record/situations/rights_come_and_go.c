/* mprotect takes all rights and gives them back, before and after fork. */
#include "situation.h"

int main(void) {
    memory m = region(8);
    touch(m, 6);
    mprotect((void *)m, 8 * PAGE, PROT_NONE);
    mprotect((void *)m, 8 * PAGE, RW);
    touch(m, 8);
    pid_t child = fork();
    if (!child) {
        mprotect((void *)(m + 2 * PAGE), 2 * PAGE, PROT_READ);
        look(m, 8);
        mprotect((void *)(m + 2 * PAGE), 2 * PAGE, RW);
        touch(m, 8);
        _exit(0);
    }
    mprotect((void *)m, 4 * PAGE, PROT_NONE);
    wait_for(child);
    mprotect((void *)m, 4 * PAGE, RW);
    touch(m, 8);
}
