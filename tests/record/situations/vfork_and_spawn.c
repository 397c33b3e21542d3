/* A vfork child writes in its parent's memory and runs a program; posix_spawn does so as well. */
#include "situation.h"

extern char **environ;
int main(void) {
    memory m = region(4);
    char *words[] = {"true", NULL};
    pid_t child;
    touch(m, 2);
    if (!(child = vfork())) {
        m[0] = m[2 * PAGE] = 7;
        execvp("true", words);
        _exit(127);
    }
    wait_for(child);
    touch(m, 4);
    posix_spawnp(&child, "true", NULL, NULL, words, environ);
    wait_for(child);
    CHILD(touch(m, 4));
    touch(m, 4);
}
