"""The roles the outside plays, as Protocols; adapters fill them and one contract suite holds each to its word."""
