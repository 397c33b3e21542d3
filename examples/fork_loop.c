/* Forks again and again: something to attach to.

       cc -o fork_loop fork_loop.c && ./fork_loop 1000 &
       cowviz record --pid $! --seconds 2 -o fork_loop.json
*/
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PAGE = 4096, PAGES = 64 };

int main(int count, char **words)
{
    char *p = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    for (int n = count > 1 ? atoi(words[1]) : 10; n > 0; n--) {
        for (int i = 0; i < PAGES; i++)
            p[i * PAGE] = 1;
        if (fork() == 0) {
            for (int i = 0; i < PAGES / 2; i++)
                p[i * PAGE] = 2;
            _exit(0);
        }
        usleep(20000);
        wait(NULL);
    }
    return 0;
}
