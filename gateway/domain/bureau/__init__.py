"""The bureau's own people: who they are, what they may do, and for how long they are let in."""
