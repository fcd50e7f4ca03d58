"""The loop that runs what is due, and drains on stop."""
