/* realloc() after fork moves a large block by mremap: in the child, then in the parent. */
#include "situation.h"

int main(void) {
    char *block = malloc(100 * PAGE);
    touch(block, 100);
    CHILD(block = realloc(block, 300 * PAGE); touch(block, 300));
    block = realloc(block, 200 * PAGE);
    touch(block, 200);
    free(block);
}
