/* Three threads write to their pages again and again while the main thread forks four times; each child writes too. */
#include "situation.h"

enum { PAGES = 48, THREADS = 3, FORKS = 4 };
static memory m;
static volatile int is_over;
static void *writer(void *number) {
    long round = 0;
    while (!is_over)
        for (long i = (long)number; i < PAGES; i += THREADS) {
            m[i * PAGE] = ++round;
            if (round % 7 == 0) sched_yield();
        }
    return 0;
}
int main(void) {
    pthread_t threads[THREADS];
    m = region(PAGES);
    for (long i = 0; i < THREADS; i++) pthread_create(&threads[i], 0, writer, (void *)i);
    for (int f = 0; f < FORKS; f++) {
        sched_yield();
        if (fork() == 0) {
            for (int i = f; i < PAGES; i += FORKS) m[i * PAGE] = 1;
            _exit(0);
        }
    }
    for (int f = 0; f < FORKS; f++) wait(0);
    is_over = 1;
    for (int i = 0; i < THREADS; i++) pthread_join(threads[i], 0);
    return 0;
}
