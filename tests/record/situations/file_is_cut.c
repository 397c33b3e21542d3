/* A file is cut while it is mapped, private copies and all, and then made longer again. */
#include "situation.h"

int main(void) {
    int fd = file_of(12);
    memory mine = mmap(NULL, 12 * PAGE, RW, MAP_PRIVATE, fd, 0), ours = mmap(NULL, 12 * PAGE, RW, MAP_SHARED, fd, 0);
    touch(mine, 6);
    touch(mine + 8 * PAGE, 4);
    touch(ours, 12);
    if (ftruncate(fd, 5 * PAGE)) return 1;
    touch(mine, 5);
    touch(ours, 5);
    if (ftruncate(fd, 12 * PAGE)) return 1;
    touch(ours, 12);
    look(mine, 12);
    touch(mine, 12);
    CHILD(if (ftruncate(fd, PAGE)) _exit(1); touch(mine, 1));
    touch(mine, 1);
}
