/* mremap() makes a region longer where it is, then shorter, with a child that has both lengths. */
#include "situation.h"

int main(void) {
    memory all = region(64), m = all;
    munmap((void *)(all + 16 * PAGE), 48 * PAGE);
    touch(m, 16);
    mremap((void *)m, 16 * PAGE, 32 * PAGE, 0);
    touch(m, 32);
    CHILD(mremap((void *)m, 32 * PAGE, 8 * PAGE, 0); touch(m, 8));
    mremap((void *)m, 32 * PAGE, 24 * PAGE, 0);
    touch(m, 24);
}
