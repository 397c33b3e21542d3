/* Four pages out of the middle of a region are moved, by a child and by its parent. */
#include "situation.h"

int main(void) {
    memory m = region(16), to = region(32);
    munmap((void *)to, 32 * PAGE);
    touch(m, 16);
    CHILD(memory t = mremap((void *)(m + 4 * PAGE), 4 * PAGE, 4 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, to); touch(t, 4); touch(m, 4));
    memory t = mremap((void *)(m + 4 * PAGE), 4 * PAGE, 8 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, to);
    touch(t, 8);
    touch(m + 8 * PAGE, 8);
}
