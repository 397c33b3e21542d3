"""Defines the commands: one file each, named after the command, with a click command called ``command``."""
