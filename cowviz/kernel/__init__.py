"""What cowviz needs of a real Linux kernel: verify holds the simulator against it, record watches a program on it."""
