"""SQL: SQLite by default, PostgreSQL at scale, the same statements for both."""
