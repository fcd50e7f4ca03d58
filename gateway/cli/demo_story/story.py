"""The story: rate by phone; silence, reminder, unclear reply, rating by text; bad rating, email; opt-out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeVar

from gateway.cli.demo_story.ledger import Ledger
from gateway.cli.demo_story.network import Call, DemoNetwork, Json, Seen
from gateway.cli.demo_story.services import MR_LI, MR_WU, MR_ZHAO, MS_CHEN, MS_WANG, finished_service

_T = TypeVar("_T")

_CREATED: Final = 201
_UNCLEAR: Final = "还行吧但是等太久？"
"""A level and a "but", then a question: the policy records nothing and asks back."""
_MOST_TRIES: Final = 10


class Story:
    """Plays the acts in order and notes what came of each."""

    def __init__(self, network: DemoNetwork) -> None:
        self._network = network
        self._number = 0
        self.ledger = Ledger()

    async def play(self) -> Ledger:
        """All acts."""
        rated = await self._good_rating_by_phone()
        await self._silence_then_text()
        await self._bad_rating_by_phone()
        await self._opt_out()
        await self._nothing_twice(rated)
        return self.ledger

    async def _good_rating_by_phone(self) -> str:
        note, network = self.ledger.note, self._network
        self.ledger.begin("Good rating by phone")
        service_id = await self._finish(MS_WANG, staff=True)
        asked = await network.ring(MS_WANG, service_id)
        note("agent hangs up", "asked for the item", asked.heard[:24], held=asked.awaits == "key")
        staff_asked = await network.press(asked, "1")
        again = await network.press(asked, "1")
        same = again.raw == staff_asked.raw
        note("key 1, sent twice", "the same answer twice", "identical" if same else again.heard, held=same)
        goodbye = await network.press(staff_asked, "2")
        await network.end(goodbye)
        ending = await network.until(lambda seen: seen.ending_of(asked.call_id))
        note("key 2 for the staff member", "call ends as rated", ending, held=ending == "rated")
        levels = await network.until(lambda seen: _two_levels(seen, service_id))
        wanted = "item very_satisfied, staff satisfied"
        note("look into the core store", wanted, levels, held=levels == wanted)
        return service_id

    async def _silence_then_text(self) -> None:
        note, network = self.ledger.note, self._network
        self.ledger.begin("Silence, then text")
        service_id = await self._finish(MR_LI, staff=True)
        call = await self._stay_silent(MR_LI, service_id)
        ending = await network.until(lambda seen: seen.ending_of(call.call_id))
        note("call, press nothing", "ends as no_input", ending, held=ending == "no_input")
        evaluations = (await network.service(service_id))["evaluations"]
        note("ask the API", "nothing recorded", f"{len(evaluations)} ratings", held=not evaluations)
        await network.skip("24h")
        reminder = await network.until(lambda seen: _nth(seen.texts_to(MR_LI), 1))
        note("skip 24 hours", "one reminder", reminder, held="请回复数字评价" in (reminder or ""))
        await network.text(MR_LI, _UNCLEAR)
        question = await network.until(lambda seen: _nth(seen.texts_to(MR_LI), 2))
        note(f"reply {_UNCLEAR}", "asked back, once", question, held="没有看懂" in (question or ""))
        evaluations = (await network.service(service_id))["evaluations"]
        note("ask the API", "nothing recorded", f"{len(evaluations)} ratings", held=not evaluations)
        sid = await network.text(MR_LI, "2")
        thanks = await network.until(lambda seen: _nth(seen.texts_to(MR_LI), 3))
        note(
            "reply 2", "thanked for 满意", thanks, held="满意" in (thanks or "") and "感谢" in (thanks or "")
        )
        await network.text(MR_LI, "2", message_id=sid)
        record = await network.until(lambda seen: _nth(seen.records_of(service_id), 1))
        told = f"{record['level']} by {record['channel']}" if record else None
        note("look into the core store", "satisfied by sms", told, held=told == "satisfied by sms")

    async def _bad_rating_by_phone(self) -> None:
        note, network = self.ledger.note, self._network
        self.ledger.begin("Bad rating by phone")
        service_id = await self._finish(MR_ZHAO, staff=False)
        call = await network.press(await network.ring(MR_ZHAO, service_id), "4")
        note("key 4", "asked for the reason", call.heard[:24], held="哪里不满意" in call.heard)
        await network.end(await network.press(call, "1"))
        mail = await network.until(lambda seen: _nth(seen.mails, 1))
        html = await network.mail(mail["id"]) if mail else ""
        number = await self._follow_up_number(service_id)
        subject = mail["subject"] if mail else None
        note(
            "key 1 (等太久), hang up", f"email about {number}", subject, held=bool(number) and number in html
        )
        reason = "等太久" if "等太久" in html else "missing"
        note("read the email", "the reason 等太久 in it", reason, held=reason == "等太久")
        leaked = MR_ZHAO.removeprefix("+86") in html or "137****7003" in html
        note("read the email", "no phone number in it", "found one" if leaked else "none", held=not leaked)
        record = await network.until(lambda seen: _commented(seen, service_id))
        told = f"{record['level']}, {record['comment']}, revision {record['revision']}" if record else None
        wanted = "dissatisfied, 等太久, revision 2"
        note("look into the core store", wanted, told, held=told == wanted)

    async def _opt_out(self) -> None:
        note, network = self.ledger.note, self._network
        self.ledger.begin("Opt-out")
        unwilling = await self._finish(MS_CHEN, staff=True)
        await self._finish(MR_WU, staff=True)
        await network.text(MS_CHEN, "TD")
        words = await network.until(lambda seen: _nth(seen.texts_to(MS_CHEN), 1))
        note("reply TD", "confirmed once", words, held="退订" in (words or ""))
        await network.skip("24h")
        # Both fell due together: once the other citizen has theirs, this one's was judged too.
        other = await network.until(lambda seen: _nth(seen.texts_to(MR_WU), 1))
        note("skip 24 hours", "another citizen is reminded", other, held="请回复数字评价" in (other or ""))
        texts = network.seen.texts_to(MS_CHEN)
        state = (await network.service(unwilling))["reminder"]["state"]
        held = len(texts) == 1 and state == "opted_out"
        note("look at the handset", "no reminder", f"{len(texts)} text, reminder {state}", held=held)

    async def _nothing_twice(self, service_id: str) -> None:
        note, network = self.ledger.note, self._network
        self.ledger.begin("In the end")
        count = len(network.seen.records_of(service_id))
        note("key 1 was sent twice", "2 records, not 3", f"{count} records", held=count == 2)  # noqa: PLR2004 - item and staff
        texts = len(network.seen.texts_to(MR_LI))
        note("reply 2 was sent twice", "3 texts, not 4", f"{texts} texts", held=texts == 3)  # noqa: PLR2004 - see the act
        delivered = await network.until(_all_delivered)
        total = len(network.seen.texts)
        note(
            "look at the receipts", "all texts delivered", f"{delivered} of {total}", held=delivered == total
        )

    async def _finish(self, phone: str, *, staff: bool) -> str:
        """Report a service as finished just now; its id."""
        self._number += 1
        service = finished_service(self._number, phone, self._network.seen.now, staff=staff)
        status = await self._network.report(service)
        held = status == _CREATED
        self.ledger.note("business system reports a service", "201", status, held=held)
        return str(service["service_id"])

    async def _stay_silent(self, phone: str, service_id: str) -> Call:
        """Let every question go by until the gateway hangs up."""
        call = await self._network.ring(phone, service_id)
        for _ in range(_MOST_TRIES):
            if call.awaits == "nothing":
                break
            call = await self._network.wait_silently(call)
        await self._network.end(call)
        return call

    async def _follow_up_number(self, service_id: str) -> str:
        follow_ups = (await self._network.service(service_id))["follow_ups"]
        return str(follow_ups[0]["follow_up_id"]) if follow_ups else ""


def _nth(items: Sequence[_T], number: int) -> _T | None:
    """The first, second, … of items; None while there are fewer."""
    return items[number - 1] if len(items) >= number else None


def _two_levels(seen: Seen, service_id: str) -> str | None:
    records = seen.records_of(service_id)
    levels = sorted(f"{record['subject']['kind']} {record['level']}" for record in records)
    return ", ".join(levels) if len(levels) > 1 else None


def _commented(seen: Seen, service_id: str) -> Json | None:
    return next((record for record in seen.records_of(service_id) if record["comment"]), None)


def _all_delivered(seen: Seen) -> int | None:
    delivered = sum(text["receipt"] == "delivered" for text in seen.texts)
    return delivered if delivered == len(seen.texts) else None
