/* mremap() puts a region where another one was (MREMAP_FIXED), while a child has both. */
#include "situation.h"

int main(void) {
    memory m = region(8), other = region(8);
    touch(m, 8);
    touch(other, 8);
    pid_t child = fork();
    if (!child) {
        touch(other, 8);
        pause();
    }
    mremap((void *)m, 8 * PAGE, 8 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, other);
    touch(other, 8);
    kill(child, SIGKILL);
    wait_for(child);
    touch(other, 8);
}
