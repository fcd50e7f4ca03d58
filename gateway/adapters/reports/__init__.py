"""Monthly figures as files that people open: CSV for tables, one HTML page for reading and printing."""
