"""Settings of the city's rules and of what is kept about people."""

from __future__ import annotations

from base64 import b64decode
from binascii import Error as Base64Error
from datetime import date, time, timedelta
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, SecretStr

from gateway.adapters.chinese_calendar import is_chinese_workday
from gateway.domain.rules import QuietHours, Rules
from gateway.domain.working_time import WorkCalendar
from gateway.settings.values import Duration, QuietSpan, Secrets, Section, Timeout, WorkingDays, Zone, fault

_KEY_BYTES: Final = 32


class RuleSettings(Section):
    """The periods and deadlines of the city's work plan."""

    reminder_after: Timeout = Field(
        timedelta(hours=24), description="How long after completion the one reminder falls due (R-8)."
    )
    reminder_misfire: Timeout = Field(
        timedelta(days=3), description="A reminder later than this is dropped and counted."
    )
    quiet_hours: QuietSpan = Field(
        QuietHours(time(21), time(8)),
        description="When nobody is texted of our own accord, in the citizen's zone; empty = never quiet.",
    )
    answer_window: Duration = Field(
        timedelta(minutes=10),
        description="An answer to a citizen's own text goes at once, even in quiet hours; later than this it "
        "waits for the morning.",
    )
    additional_period: Timeout = Field(
        timedelta(days=30), description="Within which one additional evaluation is taken (R-9)."
    )
    email_settle: Duration = Field(
        timedelta(seconds=15),
        description="How long the email about a bad rating by phone waits for its reason; the call's end "
        "ends the wait.",
    )
    acknowledge_deadline: WorkingDays = Field(
        1,
        description="Until the agency confirms a bad rating (R-10).",
        json_schema_extra={"as_toml": '"1 working day"'},
    )
    callback_deadline: WorkingDays = Field(
        1,
        description="Until the agency calls the citizen back (R-10).",
        json_schema_extra={"as_toml": '"1 working day"'},
    )
    rectify_deadline: WorkingDays = Field(
        15,
        description="Until what was wrong is put right (R-11).",
        json_schema_extra={"as_toml": '"15 working days"'},
    )
    callback_tries: int = Field(
        3,
        ge=1,
        le=20,
        description="How often, on more than one day, a citizen is called in vain before the agency may give "
        "its verdict unheard.",
    )
    holidays: tuple[date, ...] = Field(
        (),
        description="Further days off: the State Council's holidays are known for every year announced "
        "before this release; add those of a later notice, and the city's own.",
    )
    workdays: tuple[date, ...] = Field(
        (), description="Further make-up workdays on a weekend, from the same notices."
    )
    timezone: Zone = Field(
        ZoneInfo("Asia/Shanghai"),
        description="The city's zone: deadlines, and citizens whose zone is unknown.",
    )

    def for_domain(self) -> Rules:
        """The rules as the domain reads them."""
        return Rules(
            reminder_after=self.reminder_after,
            reminder_misfire=self.reminder_misfire,
            quiet_hours=self.quiet_hours,
            answer_window=self.answer_window,
            additional_period=self.additional_period,
            acknowledge_working_days=self.acknowledge_deadline,
            callback_working_days=self.callback_deadline,
            rectify_working_days=self.rectify_deadline,
            callback_tries=self.callback_tries,
            email_settle=self.email_settle,
            timezone=self.timezone,
            calendar=WorkCalendar(frozenset(self.holidays), frozenset(self.workdays), is_chinese_workday),
        )


def _check_keys(keys: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
    for place, key in enumerate(keys, start=1):
        try:
            size = len(b64decode(key.get_secret_value(), validate=True))
        except (Base64Error, ValueError):
            size = 0
        if size != _KEY_BYTES:
            remedy = "make one with: openssl rand -base64 32"
            raise fault(f"has as its {place}. key something other than base64 of {_KEY_BYTES} bytes", remedy)
    if len({key.get_secret_value() for key in keys}) < len(keys):
        raise fault("has the same key twice", "keep each key once, the newest first")
    return keys


class PrivacySettings(Section):
    """What is kept about people, and how (R-18)."""

    keys: Annotated[Secrets, AfterValidator(_check_keys)] = Field(
        (),
        description="Keys that seal phone numbers, each the base64 of 32 bytes, the newest first. Without "
        "any, the first start on SQLite makes one in `var/keys/` (mode 0600) and says so; with PostgreSQL "
        "they have to be given, the same on all machines (`haochaping keys new` makes one).",
    )
    retention: Timeout = Field(
        timedelta(days=730), description="How long after the last contact a phone number is kept."
    )
    traces: Timeout = Field(
        timedelta(days=90),
        ge=timedelta(days=7),
        description="How long settled outbox entries, delivery receipts and ended calls are kept, at least a "
        "week, for they keep what was sent from going again, and never longer than `retention`; workers "
        "remove them all day long.",
    )
