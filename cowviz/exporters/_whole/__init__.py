"""Writes files whole or not at all, and removes what killed runs left behind."""
