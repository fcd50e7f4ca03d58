"""Handling a follow-up: what may be done by whom, and a record of it that shows tampering (R-10 to R-13)."""
