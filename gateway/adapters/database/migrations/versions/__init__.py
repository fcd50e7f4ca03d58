"""Migrations, each a step from the one before."""
