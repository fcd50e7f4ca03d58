"""The command `haochaping`."""
