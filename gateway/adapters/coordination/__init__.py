"""What processes tell each other; it may vanish at any moment without losing or doubling a rating."""
