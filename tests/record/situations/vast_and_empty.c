/* Regions of terabytes of which a few pages are touched, far from each other, before and after fork. */
#include "situation.h"

int main(void) {
    long far = 1L << 38;
    memory m = mmap(NULL, 4 * far, RW, UNNAMED | MAP_NORESERVE, -1, 0);
    for (int i = 0; i < 4; i++) touch(m + i * far, 2);
    CHILD(for (int i = 0; i < 4; i++) touch(m + i * far, 3));
    for (int i = 0; i < 4; i++) touch(m + i * far, 4);
}
