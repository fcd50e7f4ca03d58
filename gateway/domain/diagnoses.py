"""What a look at an installation finds: one diagnosis for each thing that is well, doubtful or wrong."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Verdict(Enum):
    """How a thing is."""

    OK = "ok"
    WARN = "warn"
    """It works, and may cost something some day."""
    FAIL = "fail"
    """Something does not work, or ratings are at risk."""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One thing that was looked at; holds neither a phone number nor a secret."""

    check: str
    verdict: Verdict
    finding: str
    """How it is, or what is wrong."""
    remedy: str = ""
    """What mends it; empty where all is well."""
    evidence: str = ""
    """What was seen."""


def sound(check: str, finding: str, evidence: str = "") -> Diagnosis:
    """All is well."""
    return Diagnosis(check, Verdict.OK, finding, "", evidence)


def doubtful(check: str, finding: str, remedy: str, evidence: str = "") -> Diagnosis:
    """It works, and may cost something some day."""
    return Diagnosis(check, Verdict.WARN, finding, remedy, evidence)


def broken(check: str, finding: str, remedy: str, evidence: str = "") -> Diagnosis:
    """It does not work, or ratings are at risk."""
    return Diagnosis(check, Verdict.FAIL, finding, remedy, evidence)
