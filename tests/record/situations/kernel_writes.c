/* The kernel writes for the program: read() into co-owned pages and fresh ones, and a pipe's end in the child. */
#include "situation.h"

int main(void) {
    memory m = region(12);
    int fd = file_of(8), ends[2];
    touch(m, 4);
    CHILD(pread(fd, (void *)m, 8 * PAGE, 0); touch(m, 8));
    pread(fd, (void *)(m + 2 * PAGE), 8 * PAGE, 0);
    if (pipe(ends)) return 1;
    pid_t child = fork();
    if (!child) {
        read(ends[0], (void *)m, 3 * PAGE);
        _exit(m[0] != 'f');
    }
    write(ends[1], (void *)(m + 4 * PAGE), 3 * PAGE);
    touch(m, 12);
    return wait_for(child);
}
