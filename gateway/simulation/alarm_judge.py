"""Whether agencies were reminded of what they owe, and their heads told once it was late (R-10, R-11)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from gateway.domain.rules import Rules
from gateway.simulation.equipment import equipment
from gateway.simulation.handling_ledger import Letter
from gateway.simulation.ledger import Violation
from gateway.simulation.retold import Duty, Retold, Stretch
from gateway.simulation.scene import Scene
from gateway.simulation.surroundings import BEGINNING

_MORNING: Final = time(9)
_DAYS_BEFORE: Final = {Duty.TAKE_ON: 0, Duty.CALL_BACK: 0, Duty.RECTIFY: 2}
_LONGEST_BEFORE: Final = 15
_REMINDER: Final = "提醒："
_ESCALATION: Final = "超期："
_UNDER_WAY: Final = timedelta(minutes=5)
"""How long an email may take from the last look at what is owed until it is taken."""
_SEEN_WITHIN: Final = timedelta(hours=7)
"""How long it may take until a worker looks, in the worlds in which they look seldom."""


@dataclass(frozen=True, slots=True)
class _Due:
    """One email that is due."""

    at: datetime
    kind: str
    level: int
    """Of what is late: how many working mornings it has been."""
    stretch: Stretch


def judge_alarms(scene: Scene, stories: Sequence[Retold], rules: Rules) -> None:
    """Each that was due came, each once, and none that was not."""
    for story in stories:
        letters = scene.handling.letters[story.follow_up.follow_up_id]
        due = [each for stretch in story.owed for each in _due(stretch, rules, scene)]
        for kind in (_REMINDER, _ESCALATION):
            sent = [letter for letter in letters if kind in letter.subject]
            of_kind = [each for each in due if each.kind == kind]
            _judge_undue(scene, story, sent, of_kind)
            _judge_again(story, sent, of_kind)
        _judge_missing(scene, story, letters, due)


def _due(stretch: Stretch, rules: Rules, scene: Scene) -> Iterator[_Due]:
    """What is due while this is owed: a reminder, then something each working morning after the deadline."""
    day, calendar = stretch.deadline.astimezone(rules.timezone).date(), rules.calendar
    slack = _slack(scene)
    since, until = stretch.since - slack, (stretch.until or scene.moment) + slack
    before = [day - timedelta(days=n) for n in range(1, _LONGEST_BEFORE)]
    reminder = [day, *filter(calendar.is_workday, before)][_DAYS_BEFORE[stretch.duty]]
    mornings = [(_morning(reminder, rules), _REMINDER, 0)]
    while mornings[-1][0] <= until:
        day += timedelta(days=1)
        level = mornings[-1][2] + 1
        if calendar.is_workday(day):
            mornings.append((_morning(day, rules), _ESCALATION, level))
    for at, kind, level in mornings:
        if since <= at <= until:
            yield _Due(at, kind, level, stretch)


def _morning(day: date, rules: Rules) -> datetime:
    return datetime.combine(day, _MORNING, tzinfo=rules.timezone)


def _slack(scene: Scene) -> timedelta:
    return timedelta(seconds=2 * scene.worst_skew) + _UNDER_WAY


def _at(seconds: float) -> datetime:
    return BEGINNING + timedelta(seconds=seconds)


def _judge_undue(scene: Scene, story: Retold, sent: Sequence[Letter], due: Sequence[_Due]) -> None:
    slack = _slack(scene)
    for letter in sent:
        at = _at(letter.at)
        if not any(
            each.at - slack <= at and (each.stretch.until is None or at <= each.stretch.until + slack)
            for each in due
        ):
            follow_up_id = story.follow_up.follow_up_id
            what = f"{letter.message_id} at {letter.at:.0f} s: {letter.subject}"
            raise Violation("nobody is reminded of what is not owed", what, follow_up_id)


def _judge_again(story: Retold, sent: Sequence[Letter], due: Sequence[_Due]) -> None:
    for reader in {reader for letter in sent for reader in letter.to}:
        times = sum(reader in letter.to for letter in sent)
        if times > len(due):
            follow_up_id = story.follow_up.follow_up_id
            what = f"{follow_up_id}: {reader} got {times}, {len(due)} were due"
            raise Violation("each alarm is raised once", what, follow_up_id)


def _judge_missing(scene: Scene, story: Retold, letters: Sequence[Letter], due: Sequence[_Due]) -> None:
    """Once everything works, each comes; of those before, the latest, if it still is owed."""
    calm, slack = _at(scene.calm_since), _slack(scene)
    readers = _readers(story.follow_up.agency_code)
    mine = [each for each in due if each.level <= readers and each.at >= each.stretch.since + slack]
    for place, each in enumerate(mine):
        is_latest = place + 1 == len(mine) or mine[place + 1].stretch is not each.stretch
        looked = max(each.at, calm) + _SEEN_WITHIN
        lasted = looked <= scene.moment and (each.stretch.until is None or each.stretch.until > looked)
        if not lasted or not (each.at > calm or is_latest):
            continue
        if not any(each.kind in letter.subject and each.at - slack <= _at(letter.at) for letter in letters):
            follow_up_id = story.follow_up.follow_up_id
            what = f"{follow_up_id}: {each.stretch.duty.value}, due {each.at:%m-%d %H:%M}, {each.kind}"
            raise Violation("what is owed is reminded of, what is late is told", what, follow_up_id)


def _readers(agency_code: str) -> int:
    """How many are told one after the other that something is late: the heads, then the bureau."""
    agency = equipment().directory.find(agency_code)
    return 1 if agency is None else sum(each.role.value == "head" for each in agency.contacts) + 1
