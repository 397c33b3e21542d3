/* A mapping is longer than its file, which grows under it: by write(), and by ftruncate(). */
#include "situation.h"

int main(void) {
    int fd = file_of(2);
    memory mine = mmap(NULL, 8 * PAGE, RW, MAP_PRIVATE, fd, 0);
    char page[PAGE] = {1};
    touch(mine, 2);
    pwrite(fd, page, PAGE, 2 * PAGE);
    touch(mine, 3);
    if (ftruncate(fd, 8 * PAGE)) return 1;
    look(mine, 6);
    CHILD(touch(mine, 8));
    touch(mine, 8);
}
