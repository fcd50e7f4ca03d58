"""What operators see of the running gateway: logs, recent events, metrics."""
