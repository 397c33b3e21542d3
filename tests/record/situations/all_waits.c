/* Every way to wait for a child: wait, waitpid, wait3, wait4, waitid, with WNOHANG and WNOWAIT. */
#include "situation.h"

static pid_t ends(int code) {
    pid_t child = fork();
    if (!child) _exit(code);
    return child;
}
int main(void) {
    int status;
    siginfo_t info;
    ends(1), wait(&status);
    ends(2), wait(NULL);
    waitpid(ends(3), &status, 0);
    ends(4), wait3(&status, 0, NULL);
    wait4(ends(5), &status, 0, NULL);
    waitid(P_PID, ends(6), &info, WEXITED);
    pid_t child = ends(7);
    waitid(P_PID, child, &info, WEXITED | WNOWAIT);
    waitid(P_ALL, 0, NULL, WEXITED);
    child = ends(8);
    while (!waitpid(child, &status, WNOHANG)) sched_yield();
    ends(9);
}
