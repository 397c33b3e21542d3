/* A thread forks while the main thread maps, writes and unmaps. */
#include "situation.h"

static void *forks(void *m) {
    for (int i = 0; i < 3; i++) CHILD(touch(m, 8));
    return NULL;
}
int main(void) {
    pthread_t thread;
    memory m = region(8);
    touch(m, 8);
    pthread_create(&thread, NULL, forks, (void *)m);
    for (int i = 0; i < 20; i++) {
        memory own = region(4);
        touch(own, 4);
        touch(m, 8);
        munmap((void *)own, 4 * PAGE);
    }
    pthread_join(thread, NULL);
}
