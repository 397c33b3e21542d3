/* The stack grows page by page, in the parent, then in the child below it, and in the parent again. */
#include "situation.h"

static int deeper(int times) {
    volatile char frame[PAGE];
    frame[0] = times;
    return times ? deeper(times - 1) + frame[0] : 0;
}
int main(void) {
    deeper(50);
    CHILD(deeper(80));
    return deeper(90) < 0;
}
