/* The heap's end moves up and down by brk, in parent and child. */
#include "situation.h"

int main(void) {
    memory heap = sbrk(8 * PAGE);
    heap = (memory)(((long)heap + PAGE - 1) & ~(PAGE - 1));
    touch(heap, 7);
    CHILD(sbrk(8 * PAGE); touch(heap, 15); sbrk(-12 * PAGE); touch(heap, 3));
    sbrk(-4 * PAGE);
    touch(heap, 3);
    sbrk(4 * PAGE);
    touch(heap, 7);
}
