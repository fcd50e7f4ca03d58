"""Asterisk by its REST interface (ARI): the hotline's own PBX, the first connection-driven provider."""
