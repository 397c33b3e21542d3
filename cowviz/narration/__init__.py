"""A trace in words: the transcript, alternate texts, questions, and what things are called."""
