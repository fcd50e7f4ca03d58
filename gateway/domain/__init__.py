"""The rules of the evaluation: pure values and functions, no I/O, no clock, no randomness."""
