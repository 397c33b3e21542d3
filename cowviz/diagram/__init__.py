"""Memory as a picture: its graph, emphasis and marks, the stage around every view, and the contract of a view."""
