"""The promises about follow-ups, checked against what agencies, bureau and citizens did (R-10 to R-13)."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping
from datetime import timedelta
from typing import Final

from gateway.domain.handling.acts import ActKind, ActorKind, AnswerOfCitizen, TellCitizen, Way
from gateway.domain.handling.history import FollowUpStep
from gateway.domain.ids import FollowUpId
from gateway.simulation.alarm_judge import judge_alarms
from gateway.simulation.findings import Findings
from gateway.simulation.handling_ledger import Deed, Told
from gateway.simulation.ledger import Violation
from gateway.simulation.peers import CoreStorePeer
from gateway.simulation.retold import Retold, Stand
from gateway.simulation.scene import Scene
from gateway.simulation.surroundings import BEGINNING

_MARK: Final = re.compile(r"[甲乙丙丁戊己庚辛壬癸]{6}")
_ONCE: Final = "each act that was acknowledged is in the history once"
_FREELY: Final = "no act is refused that may be done"
_RIGHTLY: Final = "nothing is done that may not be done"
_TOLD: Final = "the citizen learns the result, once"
_ANSWERED: Final = "each answer to a result is recorded once, and is no rating"
_ADOPTED: Final = "a rating counts unless it was found mistaken or malicious"
_QUIET: Final = frozenset(
    {ActKind.COMMENTED, ActKind.ATTACHED, ActKind.NUMBER_SHOWN, ActKind.RECORDING_PLAYED}
)
"""What sends nobody's form back."""
_EACH_TIME: Final = "show_number"
"""Each look is a step of its own (R-18)."""
_OVERTAKEN, _REFUSED = 409, 422
_LONG: Final = timedelta(days=1.5)
_NOT_ADOPTED: Final = "的评价已核实"


def judge_handling(scene: Scene, found: Findings, store: CoreStorePeer, texted: Collection[str]) -> None:
    """Compare; raises the first Violation. `texted` are the words of all texts that the carrier took."""
    if found.faults_of_histories:
        raise Violation("histories are as they were written", found.faults_of_histories[0])
    stories = list(_stories(found))
    for story in stories:
        if story.wrong:
            follow_up_id = story.follow_up.follow_up_id
            raise Violation(_RIGHTLY, f"{follow_up_id}: {story.wrong}", follow_up_id)
    _judge_deeds(scene, found)
    _judge_texted(scene, found, texted)
    _judge_told(scene, found, stories)
    _judge_answers(scene, found)
    _judge_adopted(found, stories, store)
    judge_alarms(scene, stories, found.rules)


def _stories(found: Findings) -> Iterator[Retold]:
    for follow_up in found.follow_ups:
        steps = [kept.step for kept in found.histories[follow_up.follow_up_id]]
        yield Retold(follow_up, found.rules.timezone).tell(steps)


def _steps(found: Findings) -> Iterator[tuple[str, FollowUpStep]]:
    for follow_up_id, history in found.histories.items():
        for kept in history:
            yield follow_up_id, kept.step


def _judge_deeds(scene: Scene, found: Findings) -> None:
    done: defaultdict[str, list[str]] = defaultdict(list)
    for follow_up_id, step in _steps(found):
        if step.actor.kind not in {ActorKind.AGENCY, ActorKind.BUREAU}:
            continue
        mark = _MARK.search(step.actor.name)
        deed = scene.handling.deeds.get(mark[0]) if mark else None
        if deed is None or deed.follow_up_id != follow_up_id:
            raise Violation(_RIGHTLY, f"{follow_up_id}: nobody took step {step.number}", follow_up_id)
        done[deed.mark].append(follow_up_id)
    for deed in scene.handling.deeds.values():
        times, what = len(done[deed.mark]), f"{deed.form} {deed.mark} by {deed.by}"
        if (deed.is_acknowledged and times == 0) or (times > 1 and deed.form != _EACH_TIME):
            raise Violation(_ONCE, f"{what} is there {times} times", deed.follow_up_id)
        if times and not deed.is_allowed:
            raise Violation(_RIGHTLY, f"{what} was taken", deed.follow_up_id)
        for told in deed.told:
            _judge_refusal(scene, found, deed, told)


def _judge_refusal(scene: Scene, found: Findings, deed: Deed, told: Told) -> None:
    what = f"{deed.form} {deed.mark} by {deed.by}: {told.status}"
    if told.status == _REFUSED and deed.is_allowed:
        raise Violation(_FREELY, what, deed.follow_up_id)
    if told.status != _OVERTAKEN:
        return
    until = BEGINNING + timedelta(seconds=told.at + 2 * scene.worst_skew + 1)
    meanwhile = (
        kept.step
        for kept in found.histories[FollowUpId(deed.follow_up_id)][deed.seen :]
        if kept.step.at <= until and kept.step.act.kind not in _QUIET
    )
    if not any(meanwhile):
        raise Violation(_FREELY, f"{what}, and nobody was quicker", deed.follow_up_id)


def _judge_texted(scene: Scene, found: Findings, texted: Collection[str]) -> None:
    """Each result at most once; and what a history says was texted was."""
    known_as: defaultdict[str, set[str]] = defaultdict(set)
    for result in scene.handling.results.values():
        if mark := _MARK.search(result.body):
            known_as[mark[0]].add(result.reference)
    if again := next((mark for mark, references in known_as.items() if len(references) > 1), None):
        raise Violation(_TOLD, f"the answer {again} was texted as {known_as[again]}")
    for follow_up_id, step in _steps(found):
        act = step.act
        if isinstance(act, TellCitizen) and act.way is Way.TEXT and act.words not in texted:
            raise Violation(_TOLD, f"step {step.number} says so, and no text left", follow_up_id)


def _judge_told(scene: Scene, found: Findings, stories: list[Retold]) -> None:
    """Nothing stays untold: who was not texted is to be called, and the bureau knows what does not count."""
    citizens = _citizens(scene, found)
    for story in stories:
        follow_up_id, since = story.follow_up.follow_up_id, story.stands_since
        if since is None or since > scene.moment - _LONG:
            continue
        if story.stand is Stand.NOT_ADOPTED:
            raise Violation("the bureau is told what is not adopted", follow_up_id, follow_up_id)
        called = any("请电话告知" in letter.subject for letter in scene.handling.letters[follow_up_id])
        citizen = citizens[follow_up_id]
        if story.stand is Stand.RECTIFIED and not called and not scene.ledger.opting_out[citizen]:
            raise Violation(_TOLD, f"{follow_up_id} is rectified, and nobody told", follow_up_id, citizen)


def _judge_answers(scene: Scene, found: Findings) -> None:
    """By the letter it is an answer; without one it may be, and is recorded once at most."""
    recorded = {str(e.event_key) for e in found.evaluations}
    replies = scene.handling.replies.values()
    if taken := next((reply for reply in replies if f"demo:{reply.message_id}" in recorded), None):
        raise Violation(_ANSWERED, f"{taken.message_id} was taken for a rating", taken.citizen)
    citizens = _citizens(scene, found)
    noted: Counter[tuple[str, bool]] = Counter()
    for follow_up_id, step in _steps(found):
        if isinstance(step.act, AnswerOfCitizen):
            noted[citizens[follow_up_id], step.act.satisfied] += 1
    least = Counter((each.citizen, each.satisfied) for each in replies if each.acknowledged_at is not None)
    most = Counter((each.citizen, each.satisfied) for each in replies)
    most.update(
        (given.citizen, not given.is_bad)
        for given in scene.ledger.given.values()
        if not given.names_service and given.key[0] not in recorded
    )
    for whose in noted.keys() | most.keys():
        if not least[whose] <= noted[whose] <= most[whose]:
            counted = f"{noted[whose]} recorded, {least[whose]} to {most[whose]} given"
            raise Violation(_ANSWERED, f"{whose[0]}, satisfied {whose[1]}: {counted}", whose[0])


def _citizens(scene: Scene, found: Findings) -> Mapping[str, str]:
    """Whose rating each follow-up is about."""
    rated = {e.evaluation_id: (e.service_id, e.visit_no) for e in found.evaluations}
    visits = scene.ledger.visits
    return {f.follow_up_id: visits[rated[f.evaluation_id]].citizen for f in found.follow_ups}


def _judge_adopted(found: Findings, stories: list[Retold], store: CoreStorePeer) -> None:
    """The rating, and the copies of it that concern the agency, on record and in the core store (R-12)."""
    counts = {(str(s.follow_up.evaluation_id), s.follow_up.agency_code): s.adopted for s in stories}
    for evaluation in found.evaluations:
        key = str(evaluation.applied_from or evaluation.evaluation_id), evaluation.agency_code
        expected = counts.get(key, True)
        stored = store.revisions.get(str(evaluation.evaluation_id))
        told = stored[max(stored)].adopted if stored else evaluation.adopted
        if not evaluation.adopted == expected == told:
            place = f"{evaluation.service_id} of {evaluation.agency_code}"
            what = f"recorded {evaluation.adopted}, in the store {told}, meant {expected}"
            raise Violation(_ADOPTED, f"{place}: {what}")
