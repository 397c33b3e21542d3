"""What a kernel does with memory: a pure simulator. Every operation is a generator of changes."""
