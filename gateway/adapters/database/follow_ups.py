"""Rows of follow-ups and of their histories."""

from __future__ import annotations

import json
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, func, insert, select, update

from gateway.adapters.database.correspondence_tables import unfinished_follow_ups
from gateway.adapters.database.dialects import insert_or_ignore
from gateway.adapters.database.key_sets import among, among_these
from gateway.adapters.database.tables import follow_up_steps, follow_ups
from gateway.domain.errors import AlreadyRecorded, ConfigurationError, InvalidInput
from gateway.domain.follow_ups import FollowUp
from gateway.domain.handling.acts import Actor
from gateway.domain.handling.history import FollowUpStep
from gateway.domain.handling.record import KeptStep, act_of, facts_of, words_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import RowMapping, Select

    from gateway.adapters.database.writing import SqlConnection
    from gateway.application.ports.personal_data import PersonalData
    from gateway.domain.follow_ups import FollowUpState
    from gateway.domain.ids import EvaluationId, FollowUpId

_COLUMNS = tuple(field.name for field in fields(FollowUp))

# Asked at the end of each call and all day long: building one costs more than running it.
_OF_EVALUATIONS = (
    select(follow_ups)
    .where(among(follow_ups.c.evaluation_id, "evaluation_ids"))
    .order_by(follow_ups.c.opened_at, follow_ups.c.follow_up_id)
)
_GET = select(follow_ups).where(follow_ups.c.follow_up_id == bindparam("follow_up_id"))
_LOCK = _GET.with_for_update()
_HISTORY = (
    select(follow_up_steps)
    .where(follow_up_steps.c.follow_up_id == bindparam("follow_up_id"))
    .order_by(follow_up_steps.c.number)
)
_STEPS = (
    select(follow_up_steps)
    .where(among(follow_up_steps.c.follow_up_id, "follow_up_ids"))
    .order_by(follow_up_steps.c.follow_up_id, follow_up_steps.c.number)
)
_WATCH = (
    update(unfinished_follow_ups)
    .where(unfinished_follow_ups.c.follow_up_id == bindparam("b_follow_up_id"))
    .values(alarm_at=bindparam("b_alarm_at"))
)
_NEXT_ALARM = select(func.min(unfinished_follow_ups.c.alarm_at)).where(
    unfinished_follow_ups.c.alarm_at.is_not(None)
)


class SqlFollowUps:
    """The port `FollowUps`."""

    def __init__(self, connection: SqlConnection, personal_data: PersonalData) -> None:
        self._connection = connection
        self._personal_data = personal_data

    async def add(self, new: Sequence[FollowUp]) -> None:
        """New follow-ups."""
        if new:
            rows = [asdict(each) | {"due_at": each.acknowledge_by} for each in new]
            await self._connection.execute(insert(follow_ups), rows)

    async def get(self, follow_up_id: FollowUpId) -> FollowUp | None:
        """One follow-up."""
        return await self._one(_GET, follow_up_id)

    async def lock(self, follow_up_id: FollowUpId) -> FollowUp | None:
        """One follow-up that nobody else changes."""
        return await self._one(_LOCK, follow_up_id)

    async def of_evaluations(self, evaluation_ids: Collection[EvaluationId]) -> list[FollowUp]:
        """The follow-ups of these evaluations."""
        if not evaluation_ids:
            return []
        found = await self._connection.execute(_OF_EVALUATIONS, {"evaluation_ids": list(evaluation_ids)})
        return [follow_up_of(row) for row in found.mappings()]

    async def page(self, after: str, limit: int) -> list[FollowUp]:
        """Follow-ups behind this number, in the order of their numbers."""
        found = await self._connection.execute(
            select(follow_ups)
            .where(follow_ups.c.follow_up_id > after)
            .order_by(follow_ups.c.follow_up_id)
            .limit(limit)
        )
        return [follow_up_of(row) for row in found.mappings()]

    async def history(self, follow_up_id: FollowUpId) -> list[KeptStep]:
        """What was done, in order."""
        found = await self._connection.execute(_HISTORY, {"follow_up_id": follow_up_id})
        return [self._kept_step(row) for row in found.mappings()]

    async def steps_of(self, follow_up_ids: Collection[FollowUpId]) -> dict[FollowUpId, list[FollowUpStep]]:
        """What was done with each of many, without the words."""
        found = await self._connection.execute(_STEPS, {"follow_up_ids": follow_up_ids})
        steps: dict[FollowUpId, list[FollowUpStep]] = {each: [] for each in follow_up_ids}
        for row in found.mappings():
            if row["follow_up_id"] in steps:
                try:
                    steps[row["follow_up_id"]].append(step_without_words(row))
                except LookupError:
                    del steps[row["follow_up_id"]]
        return steps

    async def append(
        self, follow_up: FollowUp, kept: KeptStep, state: FollowUpState, due_at: datetime | None
    ) -> None:
        """The next step of a history, and the state that it leads to."""
        step = kept.step
        ours = (follow_ups.c.follow_up_id == follow_up.follow_up_id, follow_ups.c.steps == step.number - 1)
        written = await self._connection.execute(
            update(follow_ups)
            .where(*ours)
            .values(state=state, steps=step.number, head=kept.digest, due_at=due_at)
        )
        if written.rowcount != 1:
            raise AlreadyRecorded("another step was taken at the same moment")
        row = {
            "follow_up_id": follow_up.follow_up_id,
            "number": step.number,
            "at": step.at,
            "actor": step.actor.kind,
            "actor_name": step.actor.name,
            "act": step.act.kind,
            "facts": facts_of(step.act),
            "words_sealed": self._personal_data.seal(json.dumps(words_of(step.act), ensure_ascii=False)),
            "salt": kept.salt,
            "words_digest": kept.words_digest,
            "digest": kept.digest,
        }
        await self._connection.execute(insert(follow_up_steps), row)

    async def watch(self, follow_up: FollowUp, alarm_at: datetime | None) -> None:
        """It is unfinished; when its next alarm is due."""
        changed = await self._connection.execute(
            _WATCH, {"b_follow_up_id": follow_up.follow_up_id, "b_alarm_at": alarm_at}
        )
        if changed.rowcount == 0:
            await self.watch_new([follow_up], alarm_at)

    async def watch_new(self, new: Sequence[FollowUp], alarm_at: datetime | None) -> None:
        """The same for some of which none is watched."""
        rows = [
            {"follow_up_id": each.follow_up_id, "agency_code": each.agency_code, "alarm_at": alarm_at}
            for each in new
        ]
        if rows:
            await self._connection.execute(insert_or_ignore(self._connection, unfinished_follow_ups), rows)

    async def unwatch(self, follow_up_id: FollowUpId) -> None:
        """It is finished."""
        await self._connection.execute(
            delete(unfinished_follow_ups).where(unfinished_follow_ups.c.follow_up_id == follow_up_id)
        )

    async def next_alarm_at(self) -> datetime | None:
        """When the next alarm falls due."""
        found = await self._connection.execute(_NEXT_ALARM)
        next_at: datetime | None = found.scalar_one()
        return next_at

    async def due_alarms(self, now: datetime, limit: int) -> list[FollowUp]:
        """Those whose alarm is due, by the small index of those that have one."""
        due = await self._connection.execute(
            select(unfinished_follow_ups.c.follow_up_id)
            .where(unfinished_follow_ups.c.alarm_at <= now)
            .order_by(unfinished_follow_ups.c.alarm_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        found = await self._connection.execute(
            select(follow_ups).where(among_these(follow_ups.c.follow_up_id, list(due.scalars())))
        )
        return [follow_up_of(row) for row in found.mappings()]

    async def unfinished_agencies(self) -> list[str]:
        """The agencies that have any unfinished."""
        codes = unfinished_follow_ups.c.agency_code
        found = await self._connection.execute(select(codes).distinct().order_by(codes))
        return list(found.scalars())

    async def unfinished(self, agency_code: str | None, after: str, limit: int) -> list[FollowUp]:
        """Unfinished ones behind this number."""
        these = unfinished_follow_ups.c
        statement = (
            select(follow_ups)
            .join(unfinished_follow_ups, these.follow_up_id == follow_ups.c.follow_up_id)
            .where(these.follow_up_id > after)
            .order_by(these.follow_up_id)
            .limit(limit)
        )
        if agency_code is not None:
            statement = statement.where(these.agency_code == agency_code)
        found = await self._connection.execute(statement)
        return [follow_up_of(row) for row in found.mappings()]

    async def _one(self, statement: Select[Any], follow_up_id: FollowUpId) -> FollowUp | None:
        found = await self._connection.execute(statement, {"follow_up_id": follow_up_id})
        row = found.mappings().first()
        return None if row is None else follow_up_of(row)

    def _kept_step(self, row: RowMapping) -> KeptStep:
        sealed = row["words_sealed"]
        words = None if sealed is None else self._words(sealed, row["number"])
        return KeptStep(
            step=_step(row, words),
            salt=row["salt"],
            words_digest=row["words_digest"],
            digest=row["digest"],
            erased=sealed is None,
        )

    def _words(self, sealed: bytes, number: int) -> Mapping[str, str]:
        try:
            words: Mapping[str, str] = json.loads(self._personal_data.unseal(sealed))
        except (ConfigurationError, InvalidInput, ValueError) as error:
            # As everything else that a history lacks: whoever goes through many takes the next.
            raise LookupError(f"the words of step {number} cannot be read: {error}") from None
        return words


def follow_up_of(row: RowMapping) -> FollowUp:
    """The follow-up of a row."""
    values: dict[str, Any] = {name: row[name] for name in _COLUMNS}
    return FollowUp(**values)


def step_without_words(row: RowMapping) -> FollowUpStep:
    """The step of a row, for whoever only counts."""
    return _step(row, None)


def _step(row: RowMapping, words: Mapping[str, str] | None) -> FollowUpStep:
    return FollowUpStep(
        number=row["number"],
        at=row["at"],
        actor=Actor(row["actor"], row["actor_name"]),
        act=act_of(row["act"], row["facts"], words),
    )
