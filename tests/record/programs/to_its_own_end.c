#define _GNU_SOURCE
/* Threads, forks, a vfork and an exec; at its end it says "whole" in a file, and exits 7 or ends by a signal. */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PAGE = 4096, PAGES = 400 };

static volatile char *memory;

static void *maps_and_unmaps(void *nothing) {
    for (int round = 0; round < 3; round++) {
        volatile char *own = mmap(NULL, 100 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        for (int i = 0; i < 100; i++) own[i * PAGE] = 1;
        munmap((void *)own, 100 * PAGE);
    }
    return nothing;
}

static int failed(pid_t child) {
    int status;
    return waitpid(child, &status, 0) != child || status != 0;
}

int main(int argc, char **argv) {
    pthread_t threads[2];
    memory = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (int i = 0; i < 2; i++) pthread_create(&threads[i], NULL, maps_and_unmaps, NULL);
    for (int i = 0; i < PAGES; i++) memory[i * PAGE] = 1;
    for (int f = 0; f < 3; f++) {
        pid_t child = fork();
        if (child == 0) {
            for (int i = 0; i < PAGES; i++) memory[i * PAGE] = 2;
            _exit(0);
        }
        if (failed(child)) return 99;
    }
    for (int i = 0; i < 2; i++) pthread_join(threads[i], NULL);
    pid_t child = vfork();
    if (child == 0) {
        execlp("true", "true", (char *)NULL);
        _exit(1);
    }
    if (failed(child)) return 98;
    FILE *file = fopen(argv[1], "w");
    cpu_set_t processors;
    sched_getaffinity(0, sizeof processors, &processors);
    fprintf(file, "whole %d\n", CPU_COUNT(&processors));
    fclose(file);
    if (argc > 2) kill(getpid(), atoi(argv[2]));
    return 7;
}
