"""The rules by which the recorder understands what it sees, where they are more than a few lines."""
