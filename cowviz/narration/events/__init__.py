"""Holds the rows of cowviz's own events by topic; ``event_rows`` finds each module's ``ROWS``."""
