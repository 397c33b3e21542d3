/* MAP_SHARED memory without a file is seen by all, is moved, and outlives who made it. */
#include "situation.h"

int main(void) {
    memory m = mmap(NULL, 8 * PAGE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    touch(m, 2);
    CHILD(touch(m, 4));
    memory to = mremap((void *)m, 8 * PAGE, 4 * PAGE, 0);
    CHILD(touch(to, 4); mprotect((void *)to, 4 * PAGE, PROT_READ); look(to, 4));
    memory far = region(8);
    to = mremap((void *)to, 4 * PAGE, 4 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, far);
    touch(to, 4);
}
