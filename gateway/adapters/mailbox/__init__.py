"""Email that comes back: read from an IMAP mailbox, and understood."""
