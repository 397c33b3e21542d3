/* A program writes its own code: mprotect makes a page of .text writable, which becomes a private copy. */
#include "situation.h"

__attribute__((aligned(4096))) static int answer(void) { return 1; }
int main(void) {
    memory code = (memory)((long)answer & ~(PAGE - 1));
    int before = answer();
    mprotect((void *)code, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC);
    CHILD(code[PAGE - 1] = 1);
    code[PAGE - 1] = 2;
    mprotect((void *)code, PAGE, PROT_READ | PROT_EXEC);
    return before != answer();
}
