/* A region that grows down (MAP_GROWSDOWN) does so in the parent, in the child, and by a system call. */
#include "situation.h"

int main(void) {
    memory top = mmap((void *)0x300000000, 4 * PAGE, RW, UNNAMED | MAP_GROWSDOWN | MAP_FIXED_NOREPLACE, -1, 0);
    if (top == MAP_FAILED) return 1;
    touch(top, 4);
    for (int i = 1; i <= 6; i++) touch(top - i * PAGE, 1);
    CHILD(for (int i = 7; i <= 12; i++) touch(top - i * PAGE, 1); touch(top - 6 * PAGE, 6));
    int fd = file_of(1);
    pread(fd, (void *)(top - 7 * PAGE), 8, 0);
    touch(top - 8 * PAGE, 12);
}
