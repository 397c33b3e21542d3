"""What the kernel tells of processes, and how they are stopped: pagemap, perf, ptrace. Linux only."""
