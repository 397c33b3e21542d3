/* Two regions that lie side by side are moved by one call (Linux 6.17), or refused. */
#include "situation.h"

int main(void) {
    memory m = region(16), to = region(64);
    mprotect((void *)(m + 8 * PAGE), 8 * PAGE, PROT_READ);
    mprotect((void *)(m + 8 * PAGE), 8 * PAGE, RW);
    mmap((void *)(m + 8 * PAGE), 8 * PAGE, RW, UNNAMED | MAP_FIXED, -1, 0);
    touch(m, 16);
    munmap((void *)to, 64 * PAGE);
    memory t = mremap((void *)m, 16 * PAGE, 16 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, to);
    if (t == MAP_FAILED) t = m;
    CHILD(touch(t, 16));
    touch(t, 16);
}
