"""The promises, each checked against what really happened; written from the policy, not from the code.

Some are watched all the way (`peers`, `sms_carrier` and `network` break them where they see it); those here
look at the whole once everything has had time to arrive.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from datetime import timedelta

from gateway.domain.evaluations import Evaluation, Origin
from gateway.domain.outbox import TEXT_KINDS
from gateway.simulation.findings import Findings
from gateway.simulation.ledger import ITEM, Given, Violation, Visit
from gateway.simulation.peers import CoreStorePeer, MailServerPeer
from gateway.simulation.scene import Scene
from gateway.simulation.sms_carrier import REFUSED_FOR_GOOD, SmsCarrierPeer

_MOST_IN_A_SLOT = 2
_ONCE = "each given rating is recorded once, with the level meant"
_NOTHING_ELSE = "nothing is recorded that was not given"
_DELIVERED = "every recorded revision reaches the core store"
_EMAILED = "every bad rating is emailed, none twice"
_TEXTS = {kind.value for kind in TEXT_KINDS}
_NOTHING_WAITS = "nothing waits forever"
_ON_ITS_WAY = timedelta(minutes=1)
"""How long ago something may have become owed that waits when the judges come."""


def judge(
    scene: Scene,
    found: Findings,
    store: CoreStorePeer,
    mail: MailServerPeer,
    reminded: Counter[str],
    carrier: SmsCarrierPeer,
) -> None:
    """Compare; raises the first Violation."""
    own = [e for e in found.evaluations if e.origin is Origin.GATEWAY]
    _judge_recorded(scene, own)
    _judge_unrecorded(scene, found.evaluations)
    _judge_elsewhere(scene, found.evaluations)
    _judge_slots(scene, found.evaluations)
    _judge_batches(scene, found.evaluations)
    _judge_deliveries(own, store)
    _judge_emails(found, own, mail)
    _judge_reminded(scene, found, reminded, carrier.expired)
    _judge_opt_outs(scene, found)
    _judge_outbox(scene, found)
    _judge_proven(found, carrier.proven)


def event_of(evaluation: Evaluation) -> tuple[str, str]:
    """The call or text that gave it, and the subject: what the ledger knows it by."""
    source = evaluation.call_id or evaluation.event_key or ""
    return str(source), evaluation.subject.kind.value


def _judge_recorded(scene: Scene, own: Iterable[Evaluation]) -> None:
    seen: set[tuple[str, str]] = set()
    for evaluation in own:
        if evaluation.applied_from is not None:
            continue
        key = event_of(evaluation)
        given = scene.ledger.given.get(key)
        place = f"{evaluation.service_id} ({key[1]})"
        if given is None:
            raise Violation(_NOTHING_ELSE, f"{place} has a rating that nobody gave: {key}")
        if key in seen:
            raise Violation(_ONCE, f"{place}: {key} is recorded twice", given.citizen)
        seen.add(key)
        if evaluation.level is None or evaluation.level.digit != given.level:
            raise Violation(_ONCE, f"{place}: {given.level} was meant", given.citizen)
        if (evaluation.service_id, evaluation.visit_no) not in scene.ledger.linked(given.visits):
            raise Violation(_NOTHING_ELSE, f"{place} was not what {key} is about", given.citizen)


def _judge_unrecorded(scene: Scene, evaluations: Iterable[Evaluation]) -> None:
    """What was acknowledged is recorded, unless everything it may be about was rated twice before."""
    recorded = {event_of(e) for e in evaluations if e.applied_from is None}
    slots = Counter(_place(e.subject.kind.value, e.service_id, e.visit_no) for e in evaluations)
    for key, given in scene.ledger.given.items():
        if given.acknowledged_at is None or key in recorded or scene.may_answer_result(given):
            continue
        together = scene.ledger.linked(given.visits)
        full = any(slots[_place(given.subject, *visit)] >= _MOST_IN_A_SLOT for visit in together)
        if not full and not _nothing_open(scene, given):
            raise Violation(_ONCE, f"{key}: level {given.level} is lost", given.citizen)


def _place(subject: str, service_id: str, visit_no: int) -> tuple[str, str, int]:
    """What can be rated twice: the item of a service, the staff of each visit (R-3, R-4)."""
    return subject, service_id, 0 if subject == ITEM else visit_no


def _judge_elsewhere(scene: Scene, evaluations: Iterable[Evaluation]) -> None:
    recorded = {e.event_key: e.level for e in evaluations if e.origin is Origin.ELSEWHERE}
    for told in scene.ledger.elsewhere:
        level = recorded.pop(f"elsewhere:{told.told_as}", None)
        if told.acknowledged_at is not None and (level is None or level.digit != told.level):
            raise Violation(_ONCE, f"{told.told_as} counts for nothing", told.visit.citizen)
    if recorded:
        raise Violation(_NOTHING_ELSE, f"{recorded} was rated nowhere")


def _nothing_open(scene: Scene, given: Given) -> bool:
    """Whether a text came when no finished visit of the citizen was known for sure."""
    if given.subject != ITEM or len(given.visits) == 0:
        return not given.visits
    known = (scene.ledger.visits[key].known_at for key in given.visits)
    return all(at is None or at > given.given_at for at in known)


def _judge_slots(scene: Scene, evaluations: Iterable[Evaluation]) -> None:
    sequences: defaultdict[object, list[int]] = defaultdict(list)
    for evaluation in evaluations:
        sequences[evaluation.slot].append(evaluation.sequence)
        visit = scene.ledger.visits.get((evaluation.service_id, evaluation.visit_no))
        if visit is not None and visit.of_several:
            # Known by the policy alone, whatever the gateway takes for one slot.
            place = _place(evaluation.subject.kind.value, *visit.key)
            sequences[place].append(evaluation.sequence)
    for slot, numbers in sequences.items():
        if sorted(numbers) != list(range(1, len(numbers) + 1)) or len(numbers) > _MOST_IN_A_SLOT:
            raise Violation(_ONCE, f"{slot} has the sequences {sorted(numbers)}")


def _judge_batches(scene: Scene, evaluations: Iterable[Evaluation]) -> None:
    """A batch is one visit: its items are rated alike, its staff once and once more (R-4, R-5)."""
    levels: defaultdict[str, dict[int, object]] = defaultdict(dict)
    staff: defaultdict[str, list[int]] = defaultdict(list)
    for evaluation in evaluations:
        if evaluation.subject.kind.value == ITEM:
            levels[evaluation.service_id][evaluation.sequence] = evaluation.level
        else:
            staff[evaluation.service_id].append(evaluation.sequence)
    batches: defaultdict[str, list[Visit]] = defaultdict(list)
    for visit in scene.ledger.visits.values():
        if visit.is_batch and visit.known_at is not None:
            batches[visit.group].append(visit)
    named = _named_apart(scene)
    for group, members in batches.items():
        rated = [levels[member.service_id] for member in members]
        # Two filings rated before anybody knew that they belong together have two ratings of their own.
        unlike = any(others != rated[0] for others in rated) and named[group] < 2  # noqa: PLR2004
        if unlike or len({len(others) > 0 for others in rated}) > 1:
            raise Violation("a batch is rated as one", f"{group}: its filings differ", members[0].citizen)
        sequences = sorted(number for member in members for number in staff[member.service_id])
        if sequences not in ([], [1], [1, 2]) and named[group] < 2:  # noqa: PLR2004
            raise Violation("a batch is one visit", f"{group}: staff has {sequences}", members[0].citizen)


def _named_apart(scene: Scene) -> Counter[str]:
    """How many filings of each group were rated by themselves: by calls, each about one, and by texts.

    A text is about all that is known to belong together; what a call was about before its report is not.
    """
    visits = scene.ledger.visits
    called = {key for given in scene.ledger.given.values() if len(given.visits) == 1 for key in given.visits}
    named = Counter(visits[key].group for key in called)
    for given in scene.ledger.given.values():
        for key in given.visits & called if len(given.visits) > 1 else ():
            reported_at = visits[key].reported_at
            if reported_at is None or reported_at > given.given_at:
                named[visits[key].group] += 1
    return named


def _judge_deliveries(own: Iterable[Evaluation], store: CoreStorePeer) -> None:
    known = {str(e.evaluation_id): e for e in own}
    for evaluation_id, evaluation in known.items():
        revisions = store.revisions.get(evaluation_id, {})
        missing = [n for n in range(1, evaluation.revision + 1) if n not in revisions]
        if missing:
            raise Violation(_DELIVERED, f"{evaluation.service_id}: revisions {missing} are missing")
        newest = revisions[max(revisions)]
        told = (newest.level, newest.service_id, newest.agency_code, newest.sequence)
        level = evaluation.level.value if evaluation.level else None
        meant = (level, evaluation.service_id, evaluation.agency_code, evaluation.sequence)
        if told != meant or max(revisions) != evaluation.revision:
            raise Violation(_DELIVERED, f"{evaluation.service_id}: the store has {told}, recorded is {meant}")
    strange = set(store.revisions) - set(known)
    if strange:
        raise Violation(_NOTHING_ELSE, f"the core store has evaluations that are not recorded: {strange}")


def _judge_emails(found: Findings, own: Iterable[Evaluation], mail: MailServerPeer) -> None:
    """Each agency concerned by a bad rating has one follow-up of it, and got its email."""
    owed = {
        (str(e.applied_from or e.evaluation_id), e.agency_code)
        for e in own
        if e.level is not None and e.level.is_bad
    }
    opened = Counter((str(f.evaluation_id), f.agency_code) for f in found.follow_ups)
    wrong = [key for key in owed if opened[key] != 1]
    if wrong:
        raise Violation(_EMAILED, f"(rating, agency) {wrong[0]} has {opened[wrong[0]]} follow-ups")
    emailed = {name.strip("<").split(".")[0] for name in mail.taken}
    unsaid = [f.follow_up_id for f in found.follow_ups if f.follow_up_id not in emailed]
    if unsaid:
        raise Violation(_EMAILED, f"{unsaid[0]} was never emailed")
    again = [name for name, many in mail.taken.items() if any(one.was_written_down for one in many[:-1])]
    if again:
        raise Violation(_EMAILED, f"{again[0]} was sent again though it was confirmed")


def _judge_reminded(scene: Scene, found: Findings, reminded: Counter[str], expired: int) -> None:
    """Whoever rated nothing and did not opt out was reminded of each finished visit (R-8).

    One whose fate is unknown is not repeated, so some may be missing; each of those is dead, and shown. So
    may some whose handsets were off until the evening: the carrier keeps no reminder for the night.
    """
    heard_of = {given.citizen for given in scene.ledger.given.values()} | scene.ledger.opting_out.keys()
    heard_of |= {told.visit.citizen for told in scene.ledger.elsewhere}
    groups = {
        v.group: v.citizen
        for v in scene.ledger.visits.values()
        if v.known_at is not None and v.completed_at is not None and v.citizen not in heard_of
    }
    missing = [(group, citizen) for group, citizen in groups.items() if not reminded[group]]
    given_up = sum(row.key.startswith("reminder:") for row in found.dead)
    if len(missing) > given_up + expired:
        raise Violation("who has not rated is reminded", f"{missing[0][0]} never was", missing[0][1])


def _judge_opt_outs(scene: Scene, found: Findings) -> None:
    """Whoever opted out once and took it back is not out."""
    for name in scene.ledger.came_back:
        if scene.ledger.opting_out[name] == 1 and name in found.opted_out:
            raise Violation("who wants texts again gets them", f"{name} still counts as opted out", name)


def _judge_outbox(scene: Scene, found: Findings) -> None:
    waiting = [row.key for row in found.pending if row.created_at < scene.moment - _ON_ITS_WAY]
    if waiting:
        raise Violation(_NOTHING_WAITS, f"{len(waiting)} deliveries still wait, such as {waiting[0]}")
    for row in found.dead:
        if row.kind not in _TEXTS or not _explained(scene, row.last_error):
            raise Violation(_NOTHING_WAITS, f"{row.kind} {row.key} is dead: {row.last_error}")
    if found.unended_calls:
        raise Violation(_NOTHING_WAITS, f"{found.unended_calls} calls never ended")
    if found.reminder_waits:
        raise Violation(_NOTHING_WAITS, "a reminder waits past its time")


def _judge_proven(found: Findings, proven: Collection[str]) -> None:
    """`proven` are texts that receipts told of by our reference."""
    given_up = [row.key for row in found.dead if row.key in proven]
    if given_up:
        raise Violation("what a receipt proves is not given up", f"{given_up[0]} is dead")


def _explained(scene: Scene, why: str) -> bool:
    """Whether something happened for which a text may be given up."""
    troubles = scene.trouble.counts
    if "refused for good" in why:
        # By the carrier; the gateway itself has no such refusal.
        return REFUSED_FOR_GOOD in why and troubles["SMS carrier: rejected"] > 0
    if scene.timeline.counts["crashes"] > 0 or any(name.startswith("database") for name in troubles):
        return True
    return troubles["SMS carrier: forgotten"] + troubles["SMS carrier: broken"] > 0
