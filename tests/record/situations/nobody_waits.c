/* Children for whom nobody waits: SIGCHLD is ignored, or the parent ends first. */
#include "situation.h"

int main(void) {
    signal(SIGCHLD, SIG_IGN);
    for (int i = 0; i < 3; i++)
        if (!fork()) _exit(i);
    wait(NULL);
    signal(SIGCHLD, SIG_DFL);
    if (!fork()) {
        if (!fork()) {
            touch(region(2), 2);
            _exit(5);
        }
        _exit(6);
    }
    wait(NULL);
}
