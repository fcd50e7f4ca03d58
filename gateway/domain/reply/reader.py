"""The reply reader: the rules, in order, over one text message."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gateway.domain.levels import Level
from gateway.domain.reply.advertising import is_advertising
from gateway.domain.reply.agreement import Verdict, agree
from gateway.domain.reply.broken_phrase import is_broken
from gateway.domain.reply.comment import behind_digit, whole_message
from gateway.domain.reply.digit_doubts import digit_doubt
from gateway.domain.reply.evidence import Kind, is_good
from gateway.domain.reply.findings import Findings, find
from gateway.domain.reply.framing import frame
from gateway.domain.reply.normalise import normalise
from gateway.domain.reply.opt_out import opt_out
from gateway.domain.reply.question import is_question
from gateway.domain.reply.reading import Outcome, Reading, Rule, opted_out, unclear
from gateway.domain.reply.spoilt import Spoilt, find_spoilt
from gateway.domain.reply.tail_digit import find_tail

if TYPE_CHECKING:
    from gateway.domain.reply.normalise import Normalised

_BARE_DIGITS: Final = {
    str(level.digit): Reading(Outcome.RATING, level, "", Rule.HEAD_DIGIT) for level in Level
}
"""The most frequent replies by far, read beforehand; a test holds them to the full rules."""


def read_reply(text: str) -> Reading:
    """Read one reply (MO message) to the reminder into exactly one outcome; never raises.

    A rating needs a level that was stated clearly; silence and doubt record nothing (R-16).
    """
    return _BARE_DIGITS.get(text) or read_by_rules(text)


def read_by_rules(text: str) -> Reading:
    """The same as `read_reply`, without its short cut for a bare digit."""
    normal = normalise(text)
    message = frame(normal.text)
    if is_advertising(message.text[: message.stop]):
        return unclear(Rule.ADVERTISING)
    if rule := opt_out(message):
        return opted_out(rule)
    if message.start == message.end:
        return unclear(Rule.NOTHING_FOUND if normal.text.strip() else Rule.BLANK)
    found = find(message)
    if isinstance(found, Rule):
        return unclear(found)
    return _rate(normal, found)


def _rate(normal: Normalised, found: Findings) -> Reading:
    spoilt = find_spoilt(found.scene)
    if doubt := digit_doubt(found, normal.original) or _doubt(found, spoilt):
        return unclear(doubt)
    verdict = _verdict(found, spoilt)
    if verdict.level is None:
        return unclear(verdict.rule)
    if found.head:
        comment = behind_digit(normal, found.message, found.head.end)
    else:
        comment = whole_message(normal, found.message, found.without_evidence)
    return Reading(Outcome.RATING, Level.from_digit(verdict.level), comment, verdict.rule)


def _doubt(found: Findings, spoilt: Spoilt) -> Rule | None:
    """Why the message is unclear whatever its evidence says."""
    if is_broken(found.scene, with_head=found.head is not None):
        return Rule.BROKEN_PHRASE
    if found.head:
        return spoilt.elsewhere if _on_other_side(spoilt, found.head.digit) else None
    if spoilt.doubt:
        return spoilt.doubt
    asks = is_question(found.message, found.without_evidence)
    return Rule.QUESTION if asks else None


def _on_other_side(spoilt: Spoilt, digit: int) -> bool:
    """Whether another time or other people lie on the other side of a digit."""
    return any(each.good != is_good(digit) for each in spoilt.contradicting)


def _verdict(found: Findings, spoilt: Spoilt) -> Verdict:
    counting = [each for each in found.scene.evidence if each not in spoilt.all]
    firm = [each for each in counting if not each.doubtful]
    doubtful = [*(each for each in counting if each.doubtful), *found.doubtful]
    if found.head:
        return agree(found.head.digit, Rule.HEAD_DIGIT, firm, doubtful)
    tail = find_tail(found.message, found.scene)
    if tail.contradictory:
        return Verdict(None, Rule.TWO_NUMBERS)
    beside_phrase = any(each.kind is Kind.PHRASE for each in firm)
    digit = tail.digit if beside_phrase else None
    if digit and _on_other_side(spoilt, digit):
        return Verdict(None, spoilt.elsewhere or Rule.DOUBTFUL)
    verdict = agree(digit, Rule.TAIL_DIGIT, firm, [*doubtful, *tail.doubtful])
    if verdict.rule is Rule.NOTHING_FOUND and spoilt.elsewhere:
        return Verdict(None, spoilt.elsewhere)
    return verdict
