/* The course's program: how many page faults do these four loops take?

       cc -O1 -o fork_faults fork_faults.c
       cowviz record -o fork_faults.json -- ./fork_faults
       cowviz render fork_faults.json
*/
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PAGE = 4096, PAGES = 1024 };

int main(void)
{
    volatile char *p = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    int i, sum = 0;

    for (i = 0; i < PAGES; i++)
        p[i * PAGE] = 1;
    if (fork() == 0) {
        for (i = 0; i < PAGES / 2; i++)
            sum += p[i * PAGE];
        for (i = PAGES / 2; i < PAGES; i++)
            p[i * PAGE] = 2;
        _exit(sum != PAGES / 2);
    }
    wait(NULL);
    for (i = 0; i < PAGES; i++)
        p[i * PAGE] = 3;
    return 0;
}
