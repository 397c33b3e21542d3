/* Memory that is filled in at once: MAP_POPULATE, mlock, MADV_POPULATE_READ and _WRITE, before and after fork. */
#include "situation.h"

int main(void) {
    memory m = mmap(NULL, 8 * PAGE, RW, UNNAMED | MAP_POPULATE, -1, 0), n = region(8);
    touch(m, 8);
    madvise((void *)n, 8 * PAGE, MADV_POPULATE_READ);
    touch(n, 4);
    CHILD(madvise((void *)m, 8 * PAGE, MADV_POPULATE_WRITE); touch(m, 8); mlock((void *)n, 4 * PAGE); touch(n, 8));
    mlock((void *)m, 4 * PAGE);
    touch(m, 8);
    touch(n, 8);
}
