"""The demonstration's fixed story, played over HTTP against the running system."""
