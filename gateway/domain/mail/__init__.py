"""Email that comes back: what it is, and what of it somebody wrote."""
