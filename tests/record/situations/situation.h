/* What the situations share. Each is a program whose recording must replay without a difference. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE 4096L
#define RW (PROT_READ | PROT_WRITE)
#define UNNAMED (MAP_PRIVATE | MAP_ANONYMOUS)

typedef volatile char *memory;

static inline memory region(long pages) { return mmap(NULL, pages * PAGE, RW, UNNAMED, -1, 0); }

static inline void touch(memory start, long pages) {
    for (long i = 0; i < pages; i++) start[i * PAGE]++;
}

static inline long look(memory start, long pages) {
    long sum = 0;
    for (long i = 0; i < pages; i++) sum += start[i * PAGE];
    return sum;
}

static inline int file_of(long pages) {
    FILE *file = tmpfile();
    char page[PAGE];
    memset(page, 'f', PAGE);
    for (long i = 0; i < pages; i++) fwrite(page, PAGE, 1, file);
    fflush(file);
    return fileno(file);
}

static inline int wait_for(pid_t child) {
    int status;
    return waitpid(child, &status, 0) == child ? status : -1;
}

#define CHILD(does) \
    do { \
        pid_t child = fork(); \
        if (!child) { \
            does; \
            _exit(0); \
        } \
        wait_for(child); \
    } while (0)
