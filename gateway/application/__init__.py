"""What happens: one module per event or duty, each a verb; the outside is reached through `ports`."""
