"""What the bureau does: letting its people in, and what they do once they are."""
