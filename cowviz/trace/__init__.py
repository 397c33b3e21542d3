"""What happened, in order: a Trace of Steps of Snapshots, and as JSON."""
