"""What lessons seldom show: swap, KSM, huge pages, pinned pages, limits."""
