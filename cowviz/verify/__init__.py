"""The simulator held against a real kernel: operations, their outcome on both sides, and what differs."""
