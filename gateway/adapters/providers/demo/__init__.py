"""The demonstration's carrier: a browser page plays the telephone network, over the production routes."""
