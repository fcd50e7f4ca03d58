"""The core store over HTTP, and the profiles that give it each evaluation in the form it expects."""
