"""The HTTP side: webhooks of carriers, the API of business systems, pages."""
