"""The SMS reply reader: what a citizen's text message means, by fixed rules, each result explained."""

from gateway.domain.reply.letter import take_letter
from gateway.domain.reply.reader import read_by_rules, read_reply
from gateway.domain.reply.reading import Outcome, Reading, Rule
from gateway.domain.reply.restart import wants_restart

__all__ = ["Outcome", "Reading", "Rule", "read_by_rules", "read_reply", "take_letter", "wants_restart"]
