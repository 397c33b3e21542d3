/* One file mapped private and shared: a private copy does not see what the shared one writes later. */
#include "situation.h"

int main(void) {
    int fd = file_of(8);
    memory mine = mmap(NULL, 8 * PAGE, RW, MAP_PRIVATE, fd, 0), ours = mmap(NULL, 8 * PAGE, RW, MAP_SHARED, fd, 0);
    look(mine, 4);
    touch(mine, 2);
    touch(ours, 8);
    CHILD(touch(mine, 4); touch(ours, 8));
    msync((void *)ours, 8 * PAGE, MS_SYNC);
    touch(mine, 8);
    touch(ours, 8);
}
