/* A handler of SIGSEGV on a stack of its own gives each page its rights back when it is written. */
#include "situation.h"

static void gives(int number, siginfo_t *info, void *context) {
    mprotect((void *)((long)info->si_addr & ~(PAGE - 1)), PAGE, RW);
}
int main(void) {
    memory m = region(6);
    stack_t stack = {.ss_sp = malloc(64 * PAGE), .ss_size = 64 * PAGE};
    struct sigaction action = {.sa_sigaction = gives, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    sigaltstack(&stack, NULL);
    sigaction(SIGSEGV, &action, NULL);
    touch(m, 6);
    mprotect((void *)m, 6 * PAGE, PROT_READ);
    touch(m, 3);
    CHILD(touch(m, 6));
    touch(m, 6);
}
