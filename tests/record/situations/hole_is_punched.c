/* fallocate() punches a hole into shared memory that parent and child map. */
#include "situation.h"

int main(void) {
    int fd = memfd_create("holes", 0);
    if (ftruncate(fd, 8 * PAGE)) return 1;
    memory m = mmap(NULL, 8 * PAGE, RW, MAP_SHARED, fd, 0);
    touch(m, 8);
    CHILD(touch(m, 8); fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 2 * PAGE, 3 * PAGE); touch(m, 8));
    touch(m, 8);
}
