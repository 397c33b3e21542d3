/* Copy-on-write on four pages of the heap, with steps that the program names itself.

       cc -O1 -o fork_heap fork_heap.c
       cowviz record --only heap,data -o fork_heap.json -- ./fork_heap
       cowviz render fork_heap.json
*/
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define STEP(text) access("cowviz: " text, 0) /* no such file: without a recorder nothing happens */

enum { PAGE = 4096, PAGES = 4 };

int main(void)
{
    volatile char *heap = aligned_alloc(PAGE, PAGES * PAGE);
    int i, sum = 0;

    STEP("The parent writes to four pages of its heap.");
    for (i = 0; i < PAGES; i++)
        heap[i * PAGE] = 1;
    STEP("fork() copies the page table, not the memory.");
    if (fork() == 0) {
        STEP("The child reads all four.");
        for (i = 0; i < PAGES; i++)
            sum += heap[i * PAGE];
        STEP("The child writes to the second one: it gets a copy.");
        heap[1 * PAGE] = 2;
        STEP("The child exits.");
        _exit(sum != PAGES);
    }
    wait(NULL);
    STEP("The parent writes to the second one, of which it is the only owner now.");
    heap[1 * PAGE] = 3;
    STEP("The parent exits.");
    return 0;
}
