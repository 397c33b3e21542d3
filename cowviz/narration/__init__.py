"""Puts a trace into words: the transcript, alternate texts, questions, and what things are called."""
