/* MADV_FREE, then fork: sole owners may be copied, since the kernel holds a reference to some of the pages. */
#include "situation.h"

int main(void) {
    memory m = region(40);
    touch(m, 40);
    madvise((void *)m, 40 * PAGE, MADV_FREE);
    CHILD(touch(m, 20));
    touch(m, 40);
    madvise((void *)m, 40 * PAGE, MADV_FREE);
    touch(m, 10);
    CHILD(look(m, 40));
    touch(m, 40);
}
