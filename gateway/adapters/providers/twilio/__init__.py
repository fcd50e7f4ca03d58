"""Twilio: voice calls by TwiML webhooks, texts by its REST API, both signed with the account's token."""
