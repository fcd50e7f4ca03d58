"""The demonstration's page and what it shows; everything it does goes through the production routes."""
