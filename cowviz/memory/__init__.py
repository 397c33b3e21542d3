"""What a kernel does with memory: a pure simulator. Every operation is a generator of changes.

A load or store begins in ``access``. Where the page table refuses it, ``page_fault`` says why and ``resolvers`` does
what the kernel does then, with ``frames``. System calls begin in ``syscalls``; ``machine`` is the state of it all.
"""
