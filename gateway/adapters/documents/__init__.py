"""What business systems send, read by pydantic models."""
