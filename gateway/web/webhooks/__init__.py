"""Webhooks of request-driven providers, behind one verifying wrapper."""
