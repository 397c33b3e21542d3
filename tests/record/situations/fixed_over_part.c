/* MAP_FIXED puts new memory over a part of a region: alike, then a file's, then unreadable. */
#include "situation.h"

int main(void) {
    memory m = region(16);
    touch(m, 16);
    mmap((void *)(m + 4 * PAGE), 4 * PAGE, RW, UNNAMED | MAP_FIXED, -1, 0);
    touch(m, 6);
    CHILD(mmap((void *)(m + 4 * PAGE), 4 * PAGE, RW, UNNAMED | MAP_FIXED, -1, 0); touch(m, 16));
    mmap((void *)(m + 8 * PAGE), 2 * PAGE, RW, MAP_PRIVATE | MAP_FIXED, file_of(2), 0);
    mmap((void *)(m + 12 * PAGE), 2 * PAGE, PROT_NONE, UNNAMED | MAP_FIXED, -1, 0);
    touch(m, 12);
    touch(m + 14 * PAGE, 2);
}
