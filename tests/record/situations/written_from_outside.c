/* Another process's memory is written: by process_vm_writev, and by /proc/PID/mem, which breaks copy-on-write too. */
#include "situation.h"

int main(void) {
    memory m = region(6);
    int go[2];
    touch(m, 6);
    if (pipe(go)) return 1;
    pid_t child = fork();
    if (!child) {
        char byte;
        read(go[0], &byte, 1);
        touch(m, 6);
        _exit(0);
    }
    char bytes[] = "hello";
    struct iovec from = {bytes, 5}, to = {(void *)(m + PAGE), 5};
    process_vm_writev(child, &from, 1, &to, 1, 0);
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/mem", child);
    int fd = open(path, O_RDWR);
    if (fd >= 0) pwrite(fd, bytes, 5, (long)(m + 2 * PAGE));
    write(go[1], "!", 1);
    wait_for(child);
    touch(m, 6);
}
