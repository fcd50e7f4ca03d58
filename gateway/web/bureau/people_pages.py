"""An officer's own account; and for administrators everybody's, with what happened to each."""

from __future__ import annotations

from datetime import tzinfo
from typing import Final

from aiohttp import web

from gateway.application.bureau.enrol import Enrol
from gateway.application.bureau.keep_sessions import KeepSessions
from gateway.application.bureau.manage_people import INVITED_FOR, Invited, ManagePeople, PeopleFault
from gateway.domain.bureau.ledger import OPERATOR, LedgerEntry
from gateway.domain.bureau.officers import Officer, Role, as_login, as_name
from gateway.domain.bureau.passwords import SHORTEST
from gateway.web.bureau.door import PATH, SIGN_IN
from gateway.web.bureau.enrol_pages import DIFFERENT, FAULTS
from gateway.web.bureau.ledger_words import detail_in_words
from gateway.web.bureau.looks import Looks
from gateway.web.bureau.seat import Seat
from gateway.web.pages.follow_up_words import moment

_PAGE: Final = 100
_FAULTS: Final = {
    PeopleFault.TAKEN: ("这个登录名已经有人用了。", "Somebody has this login name."),
    PeopleFault.UNKNOWN: ("没有这个人员，请刷新页面。", "There is no such person; reload the page."),
    PeopleFault.LAST_ADMINISTRATOR: (
        "这是最后一位管理员，不能停用或改为其他角色。请先指定另一位管理员。",
        "This is the last administrator; name another one first.",
    ),
}
_BAD_LOGIN: Final = (
    "登录名请用2至64个字母、数字或 . _ - @ 。",
    "A login name has 2 to 64 letters, digits or . _ - @",
)
_BAD_NAME: Final = ("请填写姓名（不超过40字）。", "Write the person's name.")
_BAD_ROLE: Final = ("请选择角色。", "Choose a role.")
_UNKNOWN_ACT: Final = ("不知道要办理什么，请刷新页面后重试。", "Reload the page and try again.")

Fault = tuple[str, str]


class AccountPages:
    """An officer's own account."""

    def __init__(self, looks: Looks, enrol: Enrol, sessions: KeepSessions, zone: tzinfo) -> None:
        self._looks = looks
        self._enrol = enrol
        self._sessions = sessions
        self._zone = zone

    async def look(self, _request: web.Request, seat: Seat) -> web.Response:
        """Where they are signed in."""
        return await self._show(seat, 200)

    async def act(self, _request: web.Request, seat: Seat) -> web.Response:
        """Another password, or signing out everywhere."""
        fields = seat.fields
        if fields.get("act") == "sign_out_everywhere":
            await self._sessions.sign_out_everywhere(seat.officer, seat.address)
            return self._looks.moved_on(SIGN_IN)
        if fields.get("wanted", "") != fields.get("again", ""):
            return await self._show(seat, 422, fault=DIFFERENT)
        fault = await self._enrol.change_password(
            seat.officer,
            fields.get("present", ""),
            fields.get("wanted", ""),
            keep=seat.token,
            address=seat.address,
        )
        if fault is not None:
            return await self._show(seat, 422, fault=FAULTS[fault])
        return await self._show(seat, 200, changed=True)

    async def _show(
        self, seat: Seat, status: int, *, fault: Fault | None = None, changed: bool = False
    ) -> web.Response:
        sessions = await self._sessions.of(seat.officer)
        return self._looks.page(
            seat,
            status,
            "account.html",
            here=f"{PATH}/account",
            officer=seat.officer,
            sessions=[
                (moment(each.started_at, self._zone), moment(each.seen_at, self._zone)) for each in sessions
            ],
            shortest=SHORTEST,
            fault=fault,
            changed=changed,
        )


class PeoplePages:
    """Everybody who may sign in."""

    def __init__(self, looks: Looks, people: ManagePeople, zone: tzinfo, base_url: str) -> None:
        """`base_url` is under which people reach our pages."""
        self._looks = looks
        self._people = people
        self._zone = zone
        self._base_url = base_url

    async def look(self, _request: web.Request, seat: Seat) -> web.Response:
        """The list."""
        return await self._show(seat, 200)

    async def act(self, _request: web.Request, seat: Seat) -> web.Response:
        """Add, invite, change, unlock or sign out somebody."""
        outcome = await self._act(seat)
        if isinstance(outcome, PeopleFault):
            return await self._show(seat, 422, fault=_FAULTS[outcome])
        if isinstance(outcome, tuple):
            return await self._show(seat, 422, fault=outcome)
        if isinstance(outcome, Invited):
            return await self._show(seat, 200, invited=outcome)
        return self._looks.moved_on(f"{PATH}/people")

    async def ledger(self, request: web.Request, seat: Seat) -> web.Response:
        """What happened at the door and to people, newest first."""
        before = request.query.get("before", "")
        found = await self._people.ledger(
            _PAGE, int(before) if before.isascii() and before.isdigit() else None
        )
        return self._looks.page(
            seat,
            200,
            "ledger.html",
            here=f"{PATH}/ledger",
            entries=[self._entry(entry) for _, entry in found],
            older=found[-1][0] if len(found) == _PAGE else None,
        )

    async def _act(self, seat: Seat) -> Officer | Invited | PeopleFault | Fault:
        fields, people, doer = seat.fields, self._people, seat.doer
        login = as_login(fields.get("login", ""))
        if login is None:
            return _BAD_LOGIN
        match fields.get("act"):
            case "add":
                filled = _name_and_role(fields.get("name", ""), fields.get("role", ""))
                return filled[0] if filled[1] is None else await people.add(doer, login, *filled[1])
            case "change":
                filled = _name_and_role(fields.get("name", ""), fields.get("role", ""))
                if filled[1] is None:
                    return filled[0]
                name, role = filled[1]
                active = fields.get("active") == "yes"
                return await people.change(doer, login, name=name, role=role, active=active)
            case "invite":
                return await people.invite(doer, login)
            case "unlock":
                return await people.unlock(doer, login)
            case "sign_out":
                return await people.sign_out(doer, login)
            case _:
                return _UNKNOWN_ACT

    async def _show(
        self, seat: Seat, status: int, *, fault: Fault | None = None, invited: Invited | None = None
    ) -> web.Response:
        return self._looks.page(
            seat,
            status,
            "people.html",
            here=f"{PATH}/people",
            people=await self._people.all(),
            roles=[(role.value, role.name_zh) for role in Role],
            fault=fault,
            filled=seat.fields if fault else {},
            invited=invited.officer if invited else None,
            link=f"{self._base_url}{PATH}/enrol/{invited.token}" if invited else "",
            days=INVITED_FOR.days,
        )

    def _entry(self, entry: LedgerEntry) -> dict[str, str]:
        return {
            "at": moment(entry.at, self._zone),
            "what": entry.event.name_zh,
            "who": "运维人员" if entry.actor == OPERATOR else entry.actor or "（未知登录名）",
            "whom": entry.subject,
            "detail": detail_in_words(entry),
            "where": entry.address,
        }


def _name_and_role(name: str, role: str) -> tuple[Fault, tuple[str, Role] | None]:
    written = as_name(name)
    if written is None:
        return _BAD_NAME, None
    try:
        return _BAD_ROLE, (written, Role(role))
    except ValueError:
        return _BAD_ROLE, None
