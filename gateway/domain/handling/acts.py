"""Who does what with a follow-up; each act becomes one step of its history."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, ClassVar, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping


class ActorKind(Enum):
    """Whose hand it was."""

    SYSTEM = "system"
    AGENCY = "agency"
    BUREAU = "bureau"
    CITIZEN = "citizen"


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who acts, as the history names them; the citizen has no name here (R-18)."""

    kind: ActorKind
    name: str = ""


SYSTEM = Actor(ActorKind.SYSTEM)
CITIZEN = Actor(ActorKind.CITIZEN)


class ActKind(Enum):
    """Every kind of act, by the name that the record keeps."""

    ACKNOWLEDGED = "acknowledged"
    CALLED_BACK = "called_back"
    JUDGED = "judged"
    RECTIFIED = "rectified"
    CITIZEN_TOLD = "citizen_told"
    BUREAU_INFORMED = "bureau_informed"
    RETURNED = "returned"
    OVERRULED = "overruled"
    CLOSED = "closed"
    COMMENTED = "commented"
    CITIZEN_ANSWERED = "citizen_answered"
    RATED_AGAIN = "rated_again"
    NUMBER_SHOWN = "number_shown"
    SPOT_CHECKED = "spot_checked"
    REFERRED = "referred"
    ATTACHED = "attached"
    RECORDING_PLAYED = "recording_played"
    UNKNOWN = "unknown"
    """Of a newer release: the record keeps its own name."""


class Verdict(Enum):
    """What the call-back found (R-11, R-12)."""

    TRUE = "true"
    """属实: it is put right by a deadline."""
    MISTAKEN = "mistaken"
    """误评: the citizen meant something else, or somebody else."""
    MALICIOUS = "malicious"
    """恶意差评."""

    @property
    def is_adopted(self) -> bool:
        """Whether the rating counts."""
        return self is Verdict.TRUE


class Way(Enum):
    """How the citizen was told."""

    TEXT = "text"
    CALL = "call"
    """By telephone: who wants no texts, or has no number that takes them, is called."""


@dataclass(frozen=True, slots=True)
class Acknowledge:
    """签收: the agency takes it on."""

    kind: ClassVar = ActKind.ACKNOWLEDGED


@dataclass(frozen=True, slots=True)
class CallBack:
    """回访: one try to call the citizen, and what was said."""

    kind: ClassVar = ActKind.CALLED_BACK
    reached: bool
    called_at: datetime
    words: str


@dataclass(frozen=True, slots=True)
class Judge:
    """核实结论, with the reasons for it."""

    kind: ClassVar = ActKind.JUDGED
    verdict: Verdict
    reasons: str


@dataclass(frozen=True, slots=True)
class Rectify:
    """整改: what was put right, and what the citizen is told of it."""

    kind: ClassVar = ActKind.RECTIFIED
    words: str
    answer: str


@dataclass(frozen=True, slots=True)
class TellCitizen:
    """反馈评价人: the result has reached the citizen."""

    kind: ClassVar = ActKind.CITIZEN_TOLD
    way: Way
    words: str


@dataclass(frozen=True, slots=True)
class InformBureau:
    """报送数据局: the bureau has been told that a rating is not adopted, and why (R-12)."""

    kind: ClassVar = ActKind.BUREAU_INFORMED


@dataclass(frozen=True, slots=True)
class Return:
    """退回: the bureau wants it done again, by a new deadline."""

    kind: ClassVar = ActKind.RETURNED
    why: str
    due_by: datetime


@dataclass(frozen=True, slots=True)
class Overrule:
    """改判: the bureau replaces the agency's verdict."""

    kind: ClassVar = ActKind.OVERRULED
    verdict: Verdict
    why: str
    due_by: datetime
    """Until when it is rectified, should the verdict ask for that."""


@dataclass(frozen=True, slots=True)
class Close:
    """办结."""

    kind: ClassVar = ActKind.CLOSED
    why: str


@dataclass(frozen=True, slots=True)
class Comment:
    """A remark that changes nothing else."""

    kind: ClassVar = ActKind.COMMENTED
    words: str


@dataclass(frozen=True, slots=True)
class AnswerOfCitizen:
    """Whether the citizen is satisfied with the handling."""

    kind: ClassVar = ActKind.CITIZEN_ANSWERED
    satisfied: bool
    words: str


@dataclass(frozen=True, slots=True)
class RateAgain:
    """追加评价: the citizen rated the same service once more."""

    kind: ClassVar = ActKind.RATED_AGAIN
    evaluation_id: str
    level: str


@dataclass(frozen=True, slots=True)
class ShowNumber:
    """The citizen's number was shown to the one who must call (R-18)."""

    kind: ClassVar = ActKind.NUMBER_SHOWN


@dataclass(frozen=True, slots=True)
class SpotCheck:
    """抽查: the bureau looked whether what the agency wrote is so (R-13)."""

    kind: ClassVar = ActKind.SPOT_CHECKED
    sample: str
    """The sample it was drawn with."""
    passed: bool
    words: str


@dataclass(frozen=True, slots=True)
class Refer:
    """移送: a suspected violation goes to the department that is competent for it (R-20)."""

    kind: ClassVar = ActKind.REFERRED
    department: str
    """Its code in the directory."""
    words: str


@dataclass(frozen=True, slots=True)
class Attach:
    """A file goes with it; its digest is chained, so that another in its place would show."""

    kind: ClassVar = ActKind.ATTACHED
    words: str
    """What the file is called."""
    media_type: str
    size: int
    """Bytes."""
    sha256: str


@dataclass(frozen=True, slots=True)
class PlayRecording:
    """The citizen's spoken message was opened to be listened to (R-18)."""

    kind: ClassVar = ActKind.RECORDING_PLAYED


@dataclass(frozen=True, slots=True)
class UnknownAct:
    """What a newer release did: shown as a step, and left to it."""

    kind: ClassVar = ActKind.UNKNOWN
    name: str
    """Of its kind, as the record keeps it."""
    facts: Mapping[str, object]
    texts: Mapping[str, str] | None
    """What people wrote in it; None once it was erased."""


Act: TypeAlias = (
    Acknowledge
    | CallBack
    | Judge
    | Rectify
    | TellCitizen
    | InformBureau
    | Return
    | Overrule
    | Close
    | Comment
    | AnswerOfCitizen
    | RateAgain
    | ShowNumber
    | SpotCheck
    | Refer
    | Attach
    | PlayRecording
    | UnknownAct
)
