/* A program runs itself again, by exec in a child, by exec in place, and from a thread. */
#include "situation.h"

static void *again(void *program) {
    execl(program, program, "3", NULL);
    return NULL;
}
int main(int count, char **words) {
    memory m = region(4);
    touch(m, 4);
    if (count > 1 && words[1][0] == '3') return 0;
    if (count > 1 && words[1][0] == '2') {
        pthread_t thread;
        pthread_create(&thread, NULL, again, words[0]);
        pthread_join(thread, NULL);
    }
    CHILD(execl(words[0], words[0], "3", NULL));
    touch(m, 4);
    execl(words[0], words[0], "2", NULL);
}
