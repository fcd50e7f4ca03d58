"""The technologies behind the ports; no adapter imports another."""
