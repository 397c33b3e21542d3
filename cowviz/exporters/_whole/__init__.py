"""Files that are written whole or not at all, and what killed runs left of them."""
