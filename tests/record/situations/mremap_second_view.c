/* mremap() of length 0 gives shared memory a second view. */
#include "situation.h"

int main(void) {
    memory m = mmap(NULL, 8 * PAGE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    touch(m, 4);
    memory view = mremap((void *)m, 0, 8 * PAGE, MREMAP_MAYMOVE);
    touch(view, 8);
    CHILD(touch(m, 8); touch(view, 8));
    touch(m, 8);
}
