"""The API for business systems."""
