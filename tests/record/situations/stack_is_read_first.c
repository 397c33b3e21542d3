/* The stack grows by a read, by a jump of many pages, and by the kernel that reads a file into it. */
#include "situation.h"

int main(void) {
    memory here = (memory)__builtin_frame_address(0) - 40 * PAGE;
    int fd = file_of(4);
    look(here, 1);
    look(here - 20 * PAGE, 1);
    CHILD(pread(fd, (void *)(here - 30 * PAGE), 3 * PAGE, 0); touch(here - 31 * PAGE, 2));
    touch(here - 20 * PAGE, 20);
}
