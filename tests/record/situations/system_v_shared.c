/* System V shared memory: attached twice, detached in the child, gone with the last. */
#include "situation.h"

int main(void) {
    int id = shmget(IPC_PRIVATE, 6 * PAGE, 0600);
    memory m = shmat(id, NULL, 0), view = shmat(id, NULL, SHM_RDONLY);
    shmctl(id, IPC_RMID, NULL);
    touch(m, 4);
    look(view, 6);
    CHILD(touch(m, 6); shmdt((void *)m); look(view, 6));
    shmdt((void *)view);
    touch(m, 6);
}
