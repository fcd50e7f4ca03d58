"""Files of finished services: CSV or NDJSON, with rejected rows and progress kept beside them."""
