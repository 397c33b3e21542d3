/* MADV_DONTFORK, WIPEONFORK and DONTNEED, each on a part of a region. */
#include "situation.h"

int main(void) {
    memory m = region(16);
    touch(m, 16);
    madvise((void *)(m + 4 * PAGE), 4 * PAGE, MADV_DONTFORK);
    madvise((void *)(m + 8 * PAGE), 4 * PAGE, MADV_WIPEONFORK);
    CHILD(touch(m, 4); touch(m + 8 * PAGE, 8); madvise((void *)m, 2 * PAGE, MADV_DONTNEED); touch(m, 2));
    touch(m, 16);
    madvise((void *)(m + 4 * PAGE), 4 * PAGE, MADV_DOFORK);
    madvise((void *)(m + 8 * PAGE), 4 * PAGE, MADV_KEEPONFORK);
    CHILD(madvise((void *)m, 16 * PAGE, MADV_DONTNEED); touch(m, 16));
    madvise((void *)(m + 6 * PAGE), 4 * PAGE, MADV_DONTNEED);
    touch(m, 16);
}
