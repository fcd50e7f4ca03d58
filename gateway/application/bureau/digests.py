"""What is kept in place of tokens: whoever reads the database cannot use what they find."""

from __future__ import annotations

from hashlib import sha256


def digest_of(token: str) -> str:
    """The digest of a token that nobody can guess, or of a name whose tries are counted."""
    return sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
