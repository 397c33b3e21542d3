"""A real program's run as a trace: what is seen, what it means, and the machine that it makes."""
