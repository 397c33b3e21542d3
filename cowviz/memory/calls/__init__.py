"""The system calls: processes, mappings, advice, the heap, what a program brings along."""
