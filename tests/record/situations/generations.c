/* Four generations: each forks the next, all write the same pages, the oldest last. */
#include "situation.h"

static void lives(memory m, int generation) {
    touch(m + generation * PAGE, 6);
    pid_t child = generation < 3 ? fork() : -1;
    if (!child) lives(m, generation + 1), _exit(0);
    if (child > 0) wait_for(child);
    touch(m, 10);
}
int main(void) { lives(region(10), 0); }
