"""Tables of a million entries: persistent radix trees, whose leaves are tuples of objects or arrays of words."""
