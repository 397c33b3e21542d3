/* MAP_PRIVATE of /dev/zero is memory like any other: zero page, then frames. */
#include "situation.h"

int main(void) {
    memory m = mmap(NULL, 8 * PAGE, RW, MAP_PRIVATE, open("/dev/zero", O_RDWR), 0);
    look(m, 4);
    touch(m, 8);
    CHILD(touch(m, 4));
    touch(m, 8);
}
