"""Which act leads from which state to which, and whose it is: one table, drawn in the documents too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gateway.domain.follow_ups import FollowUpState as At
from gateway.domain.handling.acts import ActKind, ActorKind, CallBack, Judge, Overrule, Return

if TYPE_CHECKING:
    from gateway.domain.handling.acts import Act
    from gateway.domain.handling.progress import Progress

REACHED: Final = "reached"
NOT_REACHED: Final = "not reached"
TRUE: Final = "true"
NOT_TRUE: Final = "mistaken or malicious"
TO_RECTIFY: Final = "verdict true"
TO_CALL_BACK: Final = "any other"

_AGENCY: Final = frozenset({ActorKind.AGENCY})
"""Where nobody knows the agency, the bureau acts in its place, as an agency does (R-19)."""
_BUREAU: Final = frozenset({ActorKind.BUREAU})
_SYSTEM: Final = frozenset({ActorKind.SYSTEM})
_ANY: Final = frozenset(At)
_TO_BE_CALLED: Final = frozenset({At.OPENED, At.ACKNOWLEDGED, At.CALLED_BACK})
_JUDGED: Final = frozenset({At.RECTIFYING, At.RECTIFIED, At.CITIZEN_TOLD, At.NOT_ADOPTED, At.BUREAU_INFORMED})
_FOUND_TRUE: Final = frozenset({At.RECTIFIED, At.CITIZEN_TOLD, At.CLOSED})
_FOUND_NOT: Final = frozenset({At.NOT_ADOPTED, At.BUREAU_INFORMED, At.CLOSED})


@dataclass(frozen=True, slots=True)
class Move:
    """One row: an act, in one of its variants, is open to these in these states."""

    act: ActKind
    by: frozenset[ActorKind]
    where: frozenset[At]
    to: At | None
    """None = the state stays."""
    variant: str = ""


MOVES: Final = (
    Move(ActKind.ACKNOWLEDGED, _AGENCY, frozenset({At.OPENED}), At.ACKNOWLEDGED),
    # Who calls at once has taken it on.
    Move(ActKind.CALLED_BACK, _AGENCY, frozenset({At.OPENED, At.ACKNOWLEDGED}), At.ACKNOWLEDGED, NOT_REACHED),
    Move(ActKind.CALLED_BACK, _AGENCY, frozenset({At.CALLED_BACK}), None, NOT_REACHED),
    Move(ActKind.CALLED_BACK, _AGENCY, _TO_BE_CALLED, At.CALLED_BACK, REACHED),
    Move(ActKind.JUDGED, _AGENCY, frozenset({At.ACKNOWLEDGED, At.CALLED_BACK}), At.RECTIFYING, TRUE),
    Move(ActKind.JUDGED, _AGENCY, frozenset({At.ACKNOWLEDGED, At.CALLED_BACK}), At.NOT_ADOPTED, NOT_TRUE),
    Move(ActKind.RECTIFIED, _AGENCY, frozenset({At.RECTIFYING}), At.RECTIFIED),
    Move(ActKind.CITIZEN_TOLD, _AGENCY | _SYSTEM, frozenset({At.RECTIFIED}), At.CITIZEN_TOLD),
    Move(ActKind.CITIZEN_TOLD, _AGENCY | _SYSTEM, frozenset({At.NOT_ADOPTED, At.BUREAU_INFORMED}), None),
    # A text may leave when somebody was quicker by telephone, or it is closed already.
    Move(ActKind.CITIZEN_TOLD, _SYSTEM, frozenset({At.CITIZEN_TOLD, At.CLOSED}), None),
    Move(ActKind.BUREAU_INFORMED, _SYSTEM, frozenset({At.NOT_ADOPTED}), At.BUREAU_INFORMED),
    Move(ActKind.CLOSED, _BUREAU, frozenset({At.CITIZEN_TOLD, At.BUREAU_INFORMED}), At.CLOSED),
    Move(ActKind.RETURNED, _BUREAU, _FOUND_TRUE, At.RECTIFYING, TO_RECTIFY),
    Move(ActKind.RETURNED, _BUREAU, _FOUND_NOT, At.ACKNOWLEDGED, TO_CALL_BACK),
    Move(ActKind.OVERRULED, _BUREAU, _JUDGED | {At.CLOSED}, At.RECTIFYING, TRUE),
    Move(ActKind.OVERRULED, _BUREAU, _JUDGED | {At.CLOSED}, At.BUREAU_INFORMED, NOT_TRUE),
    Move(ActKind.COMMENTED, _AGENCY | _BUREAU, _ANY, None),
    Move(ActKind.ATTACHED, _AGENCY | _BUREAU, _ANY, None),
    # Whatever has come of it since they were told: what a citizen says is never refused.
    Move(ActKind.CITIZEN_ANSWERED, frozenset({ActorKind.CITIZEN}), _ANY, None),
    Move(ActKind.SPOT_CHECKED, _BUREAU, _JUDGED | {At.CLOSED}, None),
    Move(ActKind.REFERRED, _BUREAU, _ANY, None),
    Move(ActKind.RATED_AGAIN, _SYSTEM, _ANY, None),
    # What is closed, only the bureau listens to again.
    Move(ActKind.RECORDING_PLAYED, _AGENCY | _BUREAU, _ANY - {At.CLOSED}, None),
    Move(ActKind.RECORDING_PLAYED, _BUREAU, frozenset({At.CLOSED}), None),
    # To call back, and to tell by telephone who gets no texts.
    Move(
        ActKind.NUMBER_SHOWN,
        _AGENCY,
        _TO_BE_CALLED | {At.RECTIFIED, At.NOT_ADOPTED, At.BUREAU_INFORMED},
        None,
    ),
)


def variant_of(progress: Progress, act: Act) -> str:
    """Which of its variants the act is."""
    match act:
        case CallBack(reached=reached):
            return REACHED if reached else NOT_REACHED
        case Judge(verdict=verdict) | Overrule(verdict=verdict):
            return TRUE if verdict.is_adopted else NOT_TRUE
        case Return():
            found_true = progress.verdict is not None and progress.verdict.is_adopted
            return TO_RECTIFY if found_true else TO_CALL_BACK
        case _:
            return ""


def move_of(progress: Progress, act: Act) -> Move | None:
    """The row that an act is, in this state; None when there is none."""
    variant = variant_of(progress, act)
    rows = (m for m in MOVES if m.act is act.kind and m.variant == variant and progress.state in m.where)
    return next(rows, None)


def target_of(progress: Progress, act: Act) -> At | None:
    """The state that an act leads to from here; None when it is not open here."""
    move = move_of(progress, act)
    if move is None:
        return None
    return progress.state if move.to is None else move.to


def open_to(kind: ActorKind, state: At) -> frozenset[ActKind]:
    """The acts that somebody of this kind may do in this state, for the page to offer."""
    return frozenset(move.act for move in MOVES if kind in move.by and state in move.where)
