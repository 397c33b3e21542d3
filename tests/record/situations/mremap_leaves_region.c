/* MREMAP_DONTUNMAP moves the pages and leaves the region, which is empty then. */
#include "situation.h"

int main(void) {
    memory m = region(8);
    touch(m, 8);
    memory to = mremap((void *)m, 8 * PAGE, 8 * PAGE, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, 0);
    touch(m, 4);
    CHILD(touch(to, 8); touch(m, 8));
    touch(to, 8);
    touch(m, 8);
}
