/* Files with odd names, one that is deleted while it is mapped, and memory that has a name of the program's. */
#include "situation.h"

int main(void) {
    char name[] = "/tmp/a b (deleted) \n=XXXXXX";
    int fd = mkstemp(name), other = memfd_create("", 0);
    if (ftruncate(fd, 4 * PAGE) || ftruncate(other, 4 * PAGE)) return 1;
    memory file = mmap(NULL, 4 * PAGE, RW, MAP_PRIVATE, fd, 0), m = mmap(NULL, 4 * PAGE, RW, MAP_SHARED, other, 0);
    touch(file, 2);
    unlink(name);
    touch(m, 4);
    memory named = region(4);
    syscall(SYS_prctl, 0x53564d41, 0, named, 4 * PAGE, "a: name");
    touch(named, 4);
    CHILD(touch(file, 4); touch(named, 4));
    touch(file, 4);
    touch(named, 4);
}
