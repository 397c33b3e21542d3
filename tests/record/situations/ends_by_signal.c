/* Children end by SIGSEGV, SIGBUS, SIGKILL, SIGABRT, and by a real-time signal. */
#include "situation.h"

int main(void) {
    struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    memory m = region(4), beyond = mmap(NULL, 4 * PAGE, RW, MAP_PRIVATE, file_of(1), 0);
    touch(m, 4);
    CHILD(touch(m, 2); munmap((void *)m, PAGE); touch(m, 1));
    CHILD(touch(m, 3); touch(beyond, 4));
    CHILD(touch(m, 4); kill(getpid(), SIGKILL));
    CHILD(abort());
    CHILD(touch(m, 1); kill(getpid(), SIGRTMIN + 3));
    touch(m, 4);
}
