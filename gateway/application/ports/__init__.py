"""The roles the outside plays, as Protocols; one contract suite holds each adapter to its word."""
