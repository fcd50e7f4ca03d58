"""From what is recorded to what the API shows; a phone number leaves only masked (R-18)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from gateway.domain.evaluations import FIRST
from gateway.domain.invitations import ReminderState
from gateway.domain.subjects import Scope, Subject
from gateway.web.api import answers

if TYPE_CHECKING:
    from gateway.application.describe_service import ServiceState, VisitState
    from gateway.domain.agencies import AgencyDirectory
    from gateway.domain.evaluations import Evaluation
    from gateway.domain.follow_ups import FollowUp
    from gateway.domain.invitations import Invitation


class Views:
    """Shows domain values in the city's time and with the agencies' names."""

    def __init__(self, zone: ZoneInfo, agencies: AgencyDirectory) -> None:
        self._zone = zone
        self._agencies = agencies

    def service(self, state: ServiceState) -> answers.Service:
        """A service with everything about it."""
        visits = [self._visit(visit) for visit in state.visits]
        return answers.Service(
            service_id=state.visits[-1].stored.service.service_id,
            subjects=_subjects(state),
            evaluations=[self.evaluation(evaluation) for evaluation in state.evaluations],
            reminder=visits[-1].reminder,
            follow_ups=[self._follow_up(follow_up) for follow_up in state.follow_ups],
            visits=visits,
        )

    def evaluation(self, evaluation: Evaluation) -> answers.Evaluation:
        """One evaluation, in the words of the core store's document."""
        level = evaluation.level
        return answers.Evaluation.model_validate(
            {
                "evaluation_id": evaluation.evaluation_id,
                "revision": evaluation.revision,
                "service_id": evaluation.service_id,
                "visit_no": evaluation.visit_no,
                "sequence": evaluation.sequence,
                "subject": _subject(evaluation.subject),
                "scope": "theme" if evaluation.scope is Scope.WHOLE else "service",
                "agency_code": evaluation.agency_code,
                "region_code": evaluation.region_code,
                "level": level.value if level else None,
                "level_code": level.digit if level else None,
                "points": level.points if level else None,
                "channel": evaluation.channel.value,
                "channel_code": evaluation.channel.code,
                "comment": evaluation.comment or evaluation.reason,
                "raw_input": evaluation.raw_input,
                "evaluated_at": self._local(evaluation.evaluated_at),
                "applied_from": evaluation.applied_from,
                "adopted": evaluation.adopted,
                "origin": evaluation.origin.value,
            }
        )

    def _visit(self, visit: VisitState) -> answers.Visit:
        stored, service = visit.stored, visit.stored.service
        agency = self._agencies.find(service.agency_code)
        return answers.Visit.model_validate(
            {
                "visit_no": service.visit_no,
                "kind": service.kind.value,
                "phone": service.phone.masked if service.phone else None,
                "phone_problem": stored.phone_problem,
                "agency_code": service.agency_code,
                "agency_name": agency.name if agency else None,
                "region_code": service.region_code,
                "item": _subject(service.item),
                "staff": _subject(service.staff) if service.staff else None,
                "batch_id": service.batch_id,
                "theme_id": service.theme_id,
                "completed_at": self._local(service.completed_at),
                "language": service.language.value,
                "provisional": service.provisional,
                "registered_at": self._local(stored.registered_at),
                "reminder": self._reminder(visit.invitation),
                "messages": [
                    {
                        "kind": text.kind,
                        "provider": text.provider,
                        "sent_at": self._local(text.sent_at),
                        "delivery": text.status.value if text.status else None,
                    }
                    for text in visit.texts
                ],
            }
        )

    def _reminder(self, invitation: Invitation | None) -> dict[str, object]:
        state = invitation.reminder if invitation else ReminderState.NONE
        return {
            "state": state.value,
            "due_at": self._local(invitation.remind_at) if invitation else None,
        }

    def _follow_up(self, follow_up: FollowUp) -> answers.FollowUp:
        return answers.FollowUp.model_validate(
            {
                "follow_up_id": follow_up.follow_up_id,
                "evaluation_id": follow_up.evaluation_id,
                "agency_code": follow_up.agency_code,
                "state": follow_up.state.value,
                "opened_at": self._local(follow_up.opened_at),
                "acknowledge_by": self._local(follow_up.acknowledge_by),
                "call_back_by": self._local(follow_up.call_back_by),
                "rectify_by": self._local(follow_up.rectify_by),
                "applies_to": follow_up.applies_to,
            }
        )

    def _local(self, moment: datetime | None) -> datetime | None:
        """The moment in the city's time, to the second, as the core store gets it."""
        return None if moment is None else moment.astimezone(self._zone).replace(microsecond=0)


def _subject(subject: Subject) -> dict[str, object]:
    return {"kind": subject.kind.value, "code": subject.code, "name": subject.name}


def _subjects(state: ServiceState) -> list[answers.RateableSubject]:
    rated = {evaluation.slot for evaluation in state.evaluations if evaluation.sequence == FIRST}
    shown: dict[str, answers.RateableSubject] = {}
    for visit in state.visits:
        service = visit.stored.service
        for kind in service.rateable_subjects:
            subject, slot = service.subject(kind), service.slot(kind)
            if subject is not None:
                facts = {**_subject(subject), "visit_no": service.visit_no, "rated": slot in rated}
                shown[slot] = answers.RateableSubject.model_validate(facts)
    return list(shown.values())
