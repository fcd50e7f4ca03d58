"""Texts to citizens, from `<language>/<kind>.j2` files that the operator may edit."""

from gateway.adapters.sms_templates.lint import lint
from gateway.adapters.sms_templates.texts import JinjaMessageTexts

__all__ = ["JinjaMessageTexts", "lint"]
