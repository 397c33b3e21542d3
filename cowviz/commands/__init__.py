"""One file = one command: its name is the file's, its click command is called ``command``."""
