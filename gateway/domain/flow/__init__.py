"""Voice flows: what they are, how they are proved, and the engine that walks them one key at a time."""
