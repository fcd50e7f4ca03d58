"""Figures of a month, as the bureau publishes them (R-14), with nobody recognisable in them."""
