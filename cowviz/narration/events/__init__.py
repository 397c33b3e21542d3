"""The rows of cowviz's own events, grouped by topic: each module's ``ROWS`` are found by looking through them."""
