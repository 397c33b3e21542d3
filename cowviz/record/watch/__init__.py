"""Watches a program while it runs, and writes down what is seen of it; what that means is found later."""
